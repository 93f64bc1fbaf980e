//! The report: text in the form of etcd's load generator.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::cli::go;

#[derive(Clone, Copy, Debug, Default)]
pub struct ReportOptions {
    /// All digits.
    pub precise: bool,
    /// One line for each second.
    pub sample: bool,
    /// A JSON file beside the text.
    pub perfdash: bool,
}

const PERCENTILES: [f64; 8] = [10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9];
const BAR: &str = "∎";
const BAR_MAX: usize = 40;
const STEPS: usize = 10;

/// The results of one kind of request.
#[derive(Debug)]
pub struct Report {
    options: ReportOptions,
    /// In file names and in the JSON.
    operation: String,
    started: Instant,
    started_unix: Duration,
    total: Option<Duration>,
    /// In seconds, of requests that succeeded.
    latencies: Vec<f64>,
    /// Sum of the weights of requests; `None` where each counts once.
    weight: Option<f64>,
    errors: BTreeMap<String, u64>,
    seconds: BTreeMap<u64, Second>,
}

/// Times in seconds; zeros when no request succeeded.
#[derive(Clone, Copy, Debug)]
pub struct Stats {
    /// Of the whole run.
    pub total: f64,
    pub slowest: f64,
    pub fastest: f64,
    pub average: f64,
    /// Standard deviation of the latencies.
    pub stddev: f64,
    /// Requests that succeeded in a second.
    pub per_second: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Second {
    count: u32,
    min: Duration,
    max: Duration,
    sum: Duration,
}

impl Report {
    /// The clock starts now.
    pub fn new(options: ReportOptions, operation: &str) -> Self {
        let started_unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            options,
            operation: operation.into(),
            started: Instant::now(),
            started_unix,
            total: None,
            latencies: Vec::new(),
            weight: None,
            errors: BTreeMap::new(),
            seconds: BTreeMap::new(),
        }
    }

    /// A request that began at `start` and ends now.
    pub fn record(&mut self, start: Instant, result: Result<(), String>) {
        match result {
            Ok(()) => self.record_latency(start, start.elapsed()),
            Err(error) => *self.errors.entry(error).or_default() += 1,
        }
    }

    pub fn record_latency(&mut self, start: Instant, latency: Duration) {
        self.latencies.push(latency.as_secs_f64());
        if self.options.sample {
            let unix = self.started_unix + start.saturating_duration_since(self.started);
            let second = self.seconds.entry(unix.as_secs()).or_default();
            second.min = if second.count == 0 { latency } else { second.min.min(latency) };
            second.max = second.max.max(latency);
            second.sum += latency;
            second.count += 1;
        }
    }

    /// A request that does `weight` operations: its latency is shared out among them.
    pub fn record_weighted(&mut self, start: Instant, weight: u64) {
        let latency = start.elapsed();
        *self.weight.get_or_insert(0.0) += weight as f64;
        self.record_latency(start, latency.div_f64(weight.max(1) as f64));
    }

    /// The clock stops.
    pub fn finish(&mut self) {
        self.total = Some(self.started.elapsed());
    }

    pub fn count(&self) -> usize {
        self.latencies.len()
    }

    /// What came of the requests that succeeded.
    pub fn stats(&self) -> Stats {
        let count = self.latencies.len().max(1) as f64;
        let average = self.latencies.iter().sum::<f64>() / count;
        let variance = self.latencies.iter().map(|latency| (latency - average).powi(2)).sum::<f64>() / count;
        let total = self.total.unwrap_or_else(|| self.started.elapsed()).as_secs_f64();
        let mean_weight = self.weight.map_or(1.0, |weight| weight / count);
        Stats {
            total: total * mean_weight,
            slowest: self.latencies.iter().copied().max_by(f64::total_cmp).unwrap_or_default(),
            fastest: self.latencies.iter().copied().min_by(f64::total_cmp).unwrap_or_default(),
            average,
            stddev: variance.sqrt(),
            per_second: self.latencies.len() as f64 / total * mean_weight,
        }
    }

    /// Texts of errors, and how often each came.
    pub fn errors(&self) -> &BTreeMap<String, u64> {
        &self.errors
    }

    /// The text; with `--report-perfdash` also writes the file.
    pub fn render(mut self) -> Result<String, String> {
        self.latencies.sort_by(f64::total_cmp);
        let mut text = String::new();
        if self.options.perfdash {
            let path = self.write_perfdash()?;
            writeln!(text, "Successfully created a JSON perf report at {}", path.display()).expect("text grows");
        }
        if !self.latencies.is_empty() {
            self.write_summary(&mut text);
            self.write_histogram(&mut text);
            self.write_percentiles(&mut text);
            if self.options.sample {
                self.write_seconds(&mut text);
            }
        }
        if !self.errors.is_empty() {
            text += "\nError distribution:\n";
            for (error, count) in &self.errors {
                text += &format!("  [{count}]\t{error}\n");
            }
        }
        Ok(text)
    }

    fn write_summary(&self, text: &mut String) {
        let stats = self.stats();
        *text += "\nSummary:\n";
        for (name, seconds) in [
            ("Total", stats.total),
            ("Slowest", stats.slowest),
            ("Fastest", stats.fastest),
            ("Average", stats.average),
            ("Stddev", stats.stddev),
        ] {
            *text += &format!("  {name}:\t{} secs.\n", self.number(seconds));
        }
        *text += &format!("  Requests/sec:\t{}\n", self.number(stats.per_second));
    }

    fn write_histogram(&self, text: &mut String) {
        let (fastest, slowest) = (self.latencies[0], self.latencies[self.latencies.len() - 1]);
        let step = (slowest - fastest) / STEPS as f64;
        let mut bounds: Vec<f64> = (0..=STEPS).map(|number| fastest + step * number as f64).collect();
        bounds[STEPS] = slowest; // whatever rounding made of it
        let mut counts = [0usize; STEPS + 1];
        let mut bound = 0;
        for latency in &self.latencies {
            while *latency > bounds[bound] {
                bound += 1;
            }
            counts[bound] += 1;
        }
        let highest = counts.into_iter().max().unwrap_or(1).max(1);
        *text += "\nResponse time histogram:\n";
        for (bound, count) in bounds.into_iter().zip(counts) {
            let bar = BAR.repeat(count * BAR_MAX / highest);
            *text += &format!("  {} [{count}]\t|{bar}\n", self.number(bound));
        }
    }

    fn write_percentiles(&self, text: &mut String) {
        *text += "\nLatency distribution:\n";
        for (percentile, latency) in percentiles(&self.latencies) {
            if latency > 0.0 {
                *text += &format!("  {percentile}% in {} secs.\n", self.number(latency));
            }
        }
    }

    fn write_seconds(&self, text: &mut String) {
        *text += "\nSample in one second (unix latency throughput):\n";
        *text += "UNIX-SECOND,MIN-LATENCY-MS,AVG-LATENCY-MS,MAX-LATENCY-MS,AVG-THROUGHPUT\n";
        let (Some(first), Some(last)) = (self.seconds.keys().next(), self.seconds.keys().next_back()) else { return };
        for unix in *first..=*last {
            let second = self.seconds.get(&unix).copied().unwrap_or_default();
            let average = second.sum / second.count.max(1);
            let [min, average, max] = [second.min, average, second.max].map(go::duration);
            *text += &format!("{unix},{min},{average},{max},{}\n", second.count);
        }
        *text += "\n\n";
    }

    fn write_perfdash(&self) -> Result<PathBuf, String> {
        let dir = std::env::var_os("ARTIFACTS").map_or_else(|| PathBuf::from("_artifacts"), PathBuf::from);
        let time = utc_text(self.started_unix.as_secs());
        let path = dir.join(format!("EtcdAPI_benchmark_{}_{time}.json", self.operation));
        let found: BTreeMap<String, f64> = percentiles(&self.latencies)
            .map(|(percentile, latency)| (format!("{percentile}"), (latency * 1e7).round() / 1e4))
            .collect();
        let milliseconds = |percentile: &str| found.get(percentile).copied().unwrap_or_default();
        let number = |percentile: &str| {
            let value = milliseconds(percentile);
            if value == value.trunc() { format!("{value:.0}") } else { value.to_string() }
        };
        let json = format!(
            "{{\n  \"version\": \"v1\",\n  \"dataItems\": [\n    {{\n      \"data\": {{\n        \"Perc50\": {},\n        \
             \"Perc90\": {},\n        \"Perc99\": {}\n      }},\n      \"labels\": {{\n        \"Operation\": \"{}\"\n      \
             }},\n      \"unit\": \"ms\"\n    }}\n  ]\n}}",
            number("50"),
            number("90"),
            number("99"),
            self.operation.to_uppercase()
        );
        let failed = |error| format!("{}: {error}", path.display());
        std::fs::create_dir_all(&dir).map_err(failed)?;
        std::fs::write(&path, json).map_err(failed)?;
        Ok(path)
    }

    fn number(&self, value: f64) -> String {
        if self.options.precise { shortest(value) } else { format!("{value:.4}") }
    }
}

/// The percentiles that exist: each is the first of the sorted `latencies` with at least that share up to before it.
fn percentiles(latencies: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    let count = latencies.len() as f64;
    let mut wanted = PERCENTILES.into_iter().peekable();
    latencies.iter().enumerate().filter_map(move |(number, &latency)| {
        let percentile = wanted.next_if(|&percentile| number as f64 * 100.0 / count >= percentile)?;
        Some((percentile, latency))
    })
}

/// The shortest digits that give the number back, as Go's `%g`.
fn shortest(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').expect("the format has an e");
    let exponent: i32 = exponent.parse().expect("the format has a number behind the e");
    // Go writes an exponent from 10^6 on, or below 10^-4.
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    } else {
        value.to_string()
    }
}

/// Seconds since 1970 as RFC 3339 in UTC.
fn utc_text(unix: u64) -> String {
    let (mut days, seconds) = (unix / 86_400, unix % 86_400);
    let mut year = 1970;
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(milliseconds: impl Iterator<Item = u64>, precise: bool) -> String {
        let mut report = Report::new(ReportOptions { precise, ..Default::default() }, "put");
        for latency in milliseconds {
            report.record_latency(report.started, Duration::from_millis(latency));
        }
        report.record(report.started, Err("etcdserver: no leader".into()));
        report.total = Some(Duration::from_millis(500));
        report.render().unwrap()
    }

    #[test]
    fn the_text_is_that_of_etcds_tool() {
        let expected = "
Summary:
  Total:\t0.5000 secs.
  Slowest:\t0.0120 secs.
  Fastest:\t0.0010 secs.
  Average:\t0.0039 secs.
  Stddev:\t0.0034 secs.
  Requests/sec:\t16.0000

Response time histogram:
  0.0010 [1]\t|∎∎∎∎∎∎∎∎∎∎
  0.0021 [4]\t|∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎
  0.0032 [0]\t|
  0.0043 [0]\t|
  0.0054 [2]\t|∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎∎
  0.0065 [0]\t|
  0.0076 [0]\t|
  0.0087 [0]\t|
  0.0098 [0]\t|
  0.0109 [0]\t|
  0.0120 [1]\t|∎∎∎∎∎∎∎∎∎∎

Latency distribution:
  10% in 0.0020 secs.
  25% in 0.0020 secs.
  50% in 0.0020 secs.
  75% in 0.0050 secs.

Error distribution:
  [1]\tetcdserver: no leader
";
        assert_eq!(report([1, 2, 2, 2, 2, 5, 5, 12].into_iter(), false), expected);
        assert!(report([1, 3].into_iter(), true).contains("  Average:\t0.002 secs.\n"));
        assert_eq!(report([].into_iter(), false), "\nError distribution:\n  [1]\tetcdserver: no leader\n");
    }

    #[test]
    fn numbers_and_times() {
        for (value, text) in
            [(0.002, "0.002"), (16.0, "16"), (1.5e-7, "1.5e-07"), (123_456.5, "123456.5"), (2.5e6, "2.5e+06")]
        {
            assert_eq!(shortest(value), text);
        }
        assert_eq!(utc_text(1_709_208_000), "2024-02-29T12:00:00Z");
        assert_eq!(utc_text(1_795_326_369), "2026-11-22T05:46:09Z");
    }
}
