//! raft-rs logs through slog; here its lines become tracing events of target `raft`.

use std::fmt::{self, Write};

use slog::{Drain, KV, Key, Level, Logger, OwnedKVList, Record, Serializer};

/// A logger whose lines become tracing events.
pub(super) fn logger() -> Logger {
    Logger::root(Bridge, slog::o!())
}

struct Bridge;

impl Drain for Bridge {
    type Ok = ();
    type Err = slog::Never;

    fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), slog::Never> {
        // One event a level: the level of a tracing event is fixed where it stands.
        macro_rules! emit {
            ($level:ident) => {
                if tracing::enabled!(target: "raft", tracing::Level::$level) {
                    tracing::event!(target: "raft", tracing::Level::$level, "{}", line(record, values));
                }
            };
        }
        match record.level() {
            Level::Critical | Level::Error => emit!(ERROR),
            Level::Warning => emit!(WARN),
            Level::Info => emit!(INFO),
            Level::Debug => emit!(DEBUG),
            Level::Trace => emit!(TRACE),
        }
        Ok(())
    }
}

/// The message with its values as ` key=value` behind it.
fn line(record: &Record<'_>, values: &OwnedKVList) -> String {
    let mut line = Line(record.msg().to_string());
    // Writing to a string does not fail, and a value that cannot be written is only missing in a log line.
    let _ = record.kv().serialize(record, &mut line);
    let _ = values.serialize(record, &mut line);
    line.0
}

struct Line(String);

impl Serializer for Line {
    fn emit_arguments(&mut self, key: Key, value: &fmt::Arguments<'_>) -> slog::Result {
        write!(self.0, " {key}={value}").map_err(slog::Error::from)
    }

    /// Members are written as everywhere: in hex.
    fn emit_u64(&mut self, key: Key, value: u64) -> slog::Result {
        match key {
            "raft_id" | "from" | "to" | "id" => write!(self.0, " {key}={value:x}").map_err(slog::Error::from),
            _ => self.emit_arguments(key, &format_args!("{value}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    struct Keep(Arc<Mutex<Vec<String>>>);

    impl Drain for Keep {
        type Ok = ();
        type Err = slog::Never;

        fn log(&self, record: &Record<'_>, values: &OwnedKVList) -> Result<(), slog::Never> {
            self.0.lock().unwrap().push(line(record, values));
            Ok(())
        }
    }

    #[test]
    fn values_stand_behind_the_message() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let logger = Logger::root(Keep(lines.clone()), slog::o!("raft_id" => 0xabc_u64));
        slog::info!(logger, "became follower at term {term}", term = 3_u64; "reason" => "test");
        let line = lines.lock().unwrap().pop().unwrap();
        assert!(line.starts_with("became follower at term 3"), "{line}");
        assert!(line.contains(" reason=test") && line.contains(" raft_id=abc"), "{line}");
    }
}
