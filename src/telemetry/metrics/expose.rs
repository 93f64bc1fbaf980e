//! The text that scrapers read, with numbers written as Go writes them.

use std::fmt::Write;

use prometheus::proto::{LabelPair, MetricFamily, MetricType};

use super::{REGISTRY, process, register_all};

/// The type of [`text`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

/// All metrics, sorted by name. A metric with labels shows once it has its first series.
pub fn text() -> String {
    register_all();
    let mut families = REGISTRY.gather();
    families.extend(process::families());
    families.sort_by(|a, b| a.name().cmp(b.name()));
    let mut out = String::with_capacity(64 << 10);
    for family in families.iter().filter(|family| !family.get_metric().is_empty()) {
        write_family(&mut out, family);
    }
    out
}

fn write_family(out: &mut String, family: &MetricFamily) {
    let (name, kind) = (family.name(), family.get_field_type());
    let word = match kind {
        MetricType::COUNTER => "counter",
        MetricType::GAUGE => "gauge",
        MetricType::HISTOGRAM => "histogram",
        MetricType::SUMMARY => "summary",
        MetricType::UNTYPED => "untyped",
    };
    let _ = writeln!(out, "# HELP {name} {}\n# TYPE {name} {word}", escape(family.help(), false));
    for metric in family.get_metric() {
        let labels = metric.get_label();
        match kind {
            MetricType::COUNTER => write_sample(out, name, "", labels, None, metric.get_counter().get_value()),
            MetricType::HISTOGRAM => {
                let histogram = metric.get_histogram();
                let (count, sum) = (histogram.get_sample_count() as f64, histogram.get_sample_sum());
                for bucket in histogram.get_bucket().iter().filter(|bucket| bucket.upper_bound().is_finite()) {
                    let bound = go_float(bucket.upper_bound());
                    write_sample(out, name, "_bucket", labels, Some(&bound), bucket.cumulative_count() as f64);
                }
                write_sample(out, name, "_bucket", labels, Some("+Inf"), count);
                write_sample(out, name, "_sum", labels, None, sum);
                write_sample(out, name, "_count", labels, None, count);
            }
            MetricType::GAUGE | MetricType::SUMMARY | MetricType::UNTYPED => {
                write_sample(out, name, "", labels, None, metric.get_gauge().get_value());
            }
        }
    }
}

fn write_sample(out: &mut String, name: &str, suffix: &str, labels: &[LabelPair], bound: Option<&str>, value: f64) {
    let _ = write!(out, "{name}{suffix}");
    let mut pairs: Vec<(&str, &str)> = labels.iter().map(|label| (label.name(), label.value())).collect();
    pairs.sort_unstable();
    pairs.extend(bound.map(|bound| ("le", bound)));
    for (position, (label, value)) in pairs.iter().enumerate() {
        let open = if position == 0 { '{' } else { ',' };
        let _ = write!(out, "{open}{label}=\"{}\"", escape(value, true));
    }
    if !pairs.is_empty() {
        out.push('}');
    }
    let _ = writeln!(out, " {}", go_float(value));
}

fn escape(text: &str, quotes: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if quotes { text.replace('"', "\\\"") } else { text }
}

/// The shortest text that reads back; with an exponent below 0.0001 and from 1,000,000 on, as Go's `%g`.
fn go_float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::go_float;

    #[test]
    fn numbers_print_as_in_go() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.001, "0.001"),
            (8.192, "8.192"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (1_572_864.0, "1.572864e+06"),
            (2_147_483_648.0, "2.147483648e+09"),
            (1_795_332_565.25, "1.79533256525e+09"),
            (u64::MAX as f64, "1.8446744073709552e+19"),
            (-1.0, "-1"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(go_float(value), text);
        }
    }
}
