//! Log lines in the shape of etcd's logger: a JSON object a line, `level`, `ts`, `logger` (for named ones), `caller`,
//! `msg`, then the fields in the order of the call; or the same in columns (`console`).
//!
//! Events come from `tracing`. A target without `::` is a logger's name (`target: "raft"`). Fields that are lists or
//! objects are wrapped in [`Json`], durations in [`GoDuration`](super::duration::GoDuration). [`fatal!`] writes a line
//! of level `fatal`; the caller then ends the process.
//! As in etcd, times are local with microseconds. Unlike it, equal lines are not sampled and there are no stack traces.

use std::{
    cell::RefCell,
    fmt::{self, Write as _},
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use serde::Serialize;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    layer::{Context, SubscriberExt},
};

use super::os_error;

/// The target of lines of level `fatal`.
pub const FATAL: &str = "rsetcd::fatal";

/// Logs at level `fatal`. It does not end the process; its caller does.
/// Fields with literal names stand in braces before the message: `fatal!({ "raft-term" = 1 }, "lost")`.
macro_rules! fatal {
    ($($arg:tt)*) => { ::tracing::error!(target: $crate::telemetry::log::FATAL, $($arg)*) };
}
pub(crate) use fatal;

/// What is logged, how and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    pub level: Level,
    pub format: Format,
    /// None: lines are dropped.
    pub outputs: Vec<Output>,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { level: Level::Info, format: Format::Json, outputs: vec![Output::Stderr] }
    }
}

/// The least level that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
    /// `dpanic`, `panic` and `fatal`: only the line with which the process ends.
    Fatal,
}

impl Level {
    /// Reads a level in any case; empty is `info`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "debug" => Some(Self::Debug),
            "info" | "" => Some(Self::Info),
            "warn" => Some(Self::Warn),
            "error" => Some(Self::Error),
            "dpanic" | "panic" | "fatal" => Some(Self::Fatal),
            _ => None,
        }
    }

    fn filter(self) -> LevelFilter {
        match self {
            Self::Debug => LevelFilter::DEBUG,
            Self::Info => LevelFilter::INFO,
            Self::Warn => LevelFilter::WARN,
            Self::Error => LevelFilter::ERROR,
            Self::Fatal => LevelFilter::OFF,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Console,
    /// As `Console`, with times in whole seconds: those of etcd's tools.
    Tool,
}

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    Stderr,
    Stdout,
    /// Appended to; made with mode 0600.
    File(PathBuf),
}

/// Why logging cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("couldn't open sink {path:?}: open {}: {}", path.display(), os_error::text(source))]
    Open { path: PathBuf, source: io::Error },
    #[error("logging is set up already")]
    Twice,
}

/// A field that is written as JSON, not as text.
pub struct Json<T>(pub T);

/// Begins the text of a [`Json`] field; no other text does.
const JSON_MARK: char = '\0';

impl<T: Serialize> fmt::Debug for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(&self.0).map_err(|_| fmt::Error)?;
        write!(f, "{JSON_MARK}{text}")
    }
}

/// Sets up logging for the whole process.
///
/// # Errors
/// A file cannot be opened, or logging is set up already.
pub fn init(options: &LogOptions) -> Result<(), LogError> {
    let mut sinks = Vec::new();
    for output in &options.outputs {
        sinks.push(match output {
            Output::Stderr => Sink::Stderr,
            Output::Stdout => Sink::Stdout,
            Output::File(path) => {
                let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
                Sink::File(file.map_err(|source| LogError::Open { path: path.clone(), source })?)
            }
        });
    }
    let layer = Lines { format: options.format, sinks: Mutex::new(sinks) };
    let subscriber = Registry::default().with(layer.with_filter(targets(options.level)));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| LogError::Twice)
}

/// Our lines by level; those of libraries from `warn` on, or from `info` when we debug.
fn targets(level: Level) -> Targets {
    let libraries = if level == Level::Debug { LevelFilter::INFO } else { LevelFilter::WARN.min(level.filter()) };
    Targets::new()
        .with_default(libraries)
        .with_target("rsetcd", level.filter())
        .with_target("raft", level.filter())
        .with_target(FATAL, LevelFilter::ERROR)
}

enum Sink {
    Stderr,
    Stdout,
    File(File),
}

impl Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        match self {
            Self::Stderr => io::stderr().write_all(line),
            Self::Stdout => io::stdout().write_all(line).and_then(|()| io::stdout().flush()),
            Self::File(file) => file.write_all(line),
        }
    }
}

struct Lines {
    format: Format,
    /// Guards that lines do not mix.
    sinks: Mutex<Vec<Sink>>,
}

thread_local! {
    static BUFFER: RefCell<String> = const { RefCell::new(String::new()) };
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        BUFFER.with(|buffer| {
            // Busy only if formatting a field logs: that line is dropped.
            let Ok(mut line) = buffer.try_borrow_mut() else { return };
            line.clear();
            write_line(&mut line, self.format, event, SystemTime::now());
            for sink in self.sinks.lock().iter_mut() {
                // There is no better place to tell that the log cannot be written.
                let _ = sink.write(line.as_bytes());
            }
        });
    }
}

fn write_line(line: &mut String, format: Format, event: &Event<'_>, now: SystemTime) {
    let metadata = event.metadata();
    let mut fields = Fields { is_spaced: format != Format::Json, ..Fields::default() };
    event.record(&mut fields);
    let logger = Some(metadata.target()).filter(|target| !target.contains("::") && *target != "rsetcd");
    match format {
        Format::Json => {
            let _ = write!(line, "{{\"level\":\"{}\",\"ts\":\"", level_name(metadata));
            write_time(line, now);
            line.push('"');
            if let Some(logger) = logger {
                line.push_str(",\"logger\":");
                write_string(line, logger);
            }
            line.push_str(",\"caller\":");
            write_string(line, &caller(metadata));
            line.push_str(",\"msg\":");
            write_string(line, &fields.message);
            line.push_str(&fields.json);
            line.push_str("}\n");
        }
        Format::Console | Format::Tool => {
            match format {
                Format::Tool => write_seconds(line, now),
                Format::Json | Format::Console => write_time(line, now),
            }
            let _ = write!(line, "\t{}", level_name(metadata));
            if let Some(logger) = logger {
                let _ = write!(line, "\t{logger}");
            }
            let _ = write!(line, "\t{}\t{}", caller(metadata), fields.message);
            if !fields.json.is_empty() {
                let _ = write!(line, "\t{{{}}}", fields.json.trim_start_matches([',', ' ']));
            }
            line.push('\n');
        }
    }
}

fn level_name(metadata: &Metadata<'_>) -> &'static str {
    match *metadata.level() {
        tracing::Level::ERROR if metadata.target() == FATAL => "fatal",
        tracing::Level::ERROR => "error",
        tracing::Level::WARN => "warn",
        tracing::Level::INFO => "info",
        tracing::Level::DEBUG | tracing::Level::TRACE => "debug",
    }
}

/// `folder/file.rs:line`.
fn caller(metadata: &Metadata<'_>) -> String {
    let file = metadata.file().unwrap_or("unknown");
    let mut slashes = file.rmatch_indices('/').map(|(position, _)| position);
    let start = slashes.nth(1).map_or(0, |position| position + 1);
    format!("{}:{}", &file[start..], metadata.line().unwrap_or(0))
}

/// The fields of an event: its message, and the rest as `,"name":value` each.
#[derive(Default)]
struct Fields {
    message: String,
    json: String,
    scratch: String,
    /// Columns have blanks behind `,` and `:`.
    is_spaced: bool,
}

impl Fields {
    fn name(&mut self, field: &Field) {
        self.json.push_str(if self.is_spaced { ", " } else { "," });
        write_string(&mut self.json, field.name());
        self.json.push_str(if self.is_spaced { ": " } else { ":" });
    }

    fn raw(&mut self, field: &Field, value: impl fmt::Display) {
        self.name(field);
        let _ = write!(self.json, "{value}");
    }

    fn text(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
            return;
        }
        self.name(field);
        match value.strip_prefix(JSON_MARK) {
            Some(json) => self.json.push_str(json),
            None => write_string(&mut self.json, value),
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() { self.raw(field, value) } else { self.text(field, &value.to_string()) }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.raw(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.raw(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.raw(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let _ = write!(scratch, "{value:?}");
        self.text(field, &scratch);
        self.scratch = scratch;
    }
}

fn write_string(line: &mut String, text: &str) {
    // A string always has a JSON form.
    line.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// A moment as lines have it in `ts`.
pub fn local_timestamp(moment: SystemTime) -> String {
    let mut text = String::new();
    write_time(&mut text, moment);
    text
}

/// `2006-01-02T15:04:05.000000Z0700`: local time, `Z` for UTC.
fn write_time(line: &mut String, now: SystemTime) {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let time = local_time(i64::try_from(since.as_secs()).unwrap_or(0));
    write_date(line, &time);
    let _ = write!(line, ".{:06}", since.subsec_micros());
    write_zone(line, &time, "");
}

/// `2006-01-02T15:04:05Z07:00`, likewise.
fn write_seconds(line: &mut String, now: SystemTime) {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let time = local_time(i64::try_from(since.as_secs()).unwrap_or(0));
    write_date(line, &time);
    write_zone(line, &time, ":");
}

fn write_date(line: &mut String, time: &libc::tm) {
    let _ = write!(
        line,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        time.tm_year + 1900,
        time.tm_mon + 1,
        time.tm_mday,
        time.tm_hour,
        time.tm_min,
        time.tm_sec,
    );
}

fn write_zone(line: &mut String, time: &libc::tm, colon: &str) {
    match time.tm_gmtoff / 60 {
        0 => line.push('Z'),
        minutes => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let _ = write!(line, "{sign}{:02}{colon}{:02}", minutes.abs() / 60, minutes.abs() % 60);
        }
    }
}

fn local_time(seconds: i64) -> libc::tm {
    #[allow(unsafe_code)] // no crate at hand knows the local zone
    // SAFETY: all-zero bytes are a valid `tm`; `localtime_r` writes only into what it is given.
    unsafe {
        let mut time: libc::tm = std::mem::zeroed();
        let seconds = seconds as libc::time_t;
        libc::localtime_r(&raw const seconds, &raw mut time);
        time
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::{Duration, SystemTime, UNIX_EPOCH},
    };

    use tracing::{Event, Subscriber};
    use tracing_subscriber::{
        Layer, Registry,
        layer::{Context, SubscriberExt},
    };

    use super::{Format, Json, Level, targets, write_line, write_time};

    struct Collect(Format, Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Collect {
        fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
            let mut line = String::new();
            write_line(&mut line, self.0, event, SystemTime::now());
            self.1.lock().unwrap().push(line);
        }
    }

    fn lines(format: Format, level: Level, log: impl FnOnce()) -> Vec<String> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let layer = Collect(format, lines.clone()).with_filter(targets(level));
        tracing::subscriber::with_default(Registry::default().with(layer), log);
        Arc::try_unwrap(lines).unwrap().into_inner().unwrap()
    }

    #[test]
    fn a_line_has_etcds_keys_in_etcds_order() {
        let line = line!() + 2;
        let lines = lines(Format::Json, Level::Info, || {
            tracing::info!("local-member-id" = %format_args!("{:x}", 255), urls = ?Json(["a"]), count = 3, ok = true, text = "q\"\n", "started");
        });
        let [text] = &lines[..] else { panic!("{lines:?}") };
        let (head, rest) = text.split_once("\"ts\":\"").unwrap();
        assert_eq!(head, "{\"level\":\"info\",");
        let (ts, rest) = rest.split_once("\",").unwrap();
        assert_eq!(ts.as_bytes()[10], b'T');
        assert_eq!(ts.find('.'), Some(19));
        assert_eq!(
            rest,
            format!(
                "\"caller\":\"telemetry/log.rs:{line}\",\"msg\":\"started\",\"local-member-id\":\"ff\",\"urls\":[\"a\"],\
                 \"count\":3,\"ok\":true,\"text\":\"q\\\"\\n\"}}\n"
            )
        );
        assert!(serde_json::from_str::<serde_json::Value>(text).is_ok());
    }

    #[test]
    fn columns_hold_the_same() {
        let lines = lines(Format::Console, Level::Info, || {
            tracing::warn!(target: "raft", n = 1, "odd");
            tracing::warn!("plain");
        });
        let columns: Vec<Vec<&str>> = lines.iter().map(|line| line.trim_end().split('\t').collect()).collect();
        assert_eq!(columns[0][1..3], ["warn", "raft"]);
        assert_eq!(columns[0][4..], ["odd", "{\"n\": 1}"]);
        assert_eq!(columns[1].len(), 4);
    }

    #[test]
    fn lines_of_tools_have_times_in_seconds() {
        let lines = lines(Format::Tool, Level::Info, || tracing::info!("current-db-size" = "20 kB", "defragmenting"));
        let columns: Vec<&str> = lines[0].trim_end().split('\t').collect();
        assert_eq!(columns[0][10..].chars().filter(|c| !c.is_ascii_digit()).take(3).collect::<String>(), "T::");
        assert!(!columns[0].contains('.'), "{}", columns[0]);
        assert_eq!(columns[3..], ["defragmenting", "{\"current-db-size\": \"20 kB\"}"]);
    }

    #[test]
    fn levels_choose_lines() {
        for (level, wanted) in
            [(Level::Debug, 5), (Level::Info, 4), (Level::Warn, 3), (Level::Error, 2), (Level::Fatal, 1)]
        {
            let lines = lines(Format::Json, level, || {
                tracing::debug!("1");
                tracing::info!("2");
                tracing::warn!("3");
                tracing::error!("4");
                crate::telemetry::log::fatal!("5");
                tracing::debug!(target: "h2::codec", "noise");
            });
            assert_eq!(lines.len(), wanted, "{level:?}");
            assert!(lines.last().unwrap().starts_with("{\"level\":\"fatal\""));
        }
    }

    #[test]
    fn times_have_microseconds() {
        let mut text = String::new();
        write_time(&mut text, UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_042));
        assert_eq!(&text[16..26], ":20.000042", "{text}");
    }
}
