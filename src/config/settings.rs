//! The value of each flag and where it came from: command line over environment over default, or a file alone.

use std::collections::BTreeMap;

use super::{
    args::{self, Parsed, UsageError},
    features::FeatureGates,
    file::{self, FileError},
    flags::{self, FLAGS, Flag, Status},
    note::Note,
    url::Url,
    value::{Kind, Value},
};
use crate::telemetry::os_error;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Default,
    CommandLine,
    Environment,
    File,
}

/// All flags with their values.
#[derive(Clone, Debug)]
pub struct Settings {
    /// In the order of [`FLAGS`].
    values: Vec<(Value, Source)>,
}

/// What the command line asks for.
pub enum Request {
    /// `--help`.
    Help,
    /// `--version`.
    Version,
    /// Run, with these settings; the notes are to be logged.
    Run { settings: Settings, notes: Vec<Note> },
}

/// Why there are no settings. Each kind ends the process in its own way.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The command line does not parse: the text and the usage, exit 2.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// Logged as a failed check, exit 1.
    #[error("{0}")]
    Invalid(String),
    /// Logged as fatal, exit 1.
    #[error(
        "conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))"
    )]
    Conflict { variable: String },
    /// Printed bare, exit 1.
    #[error(transparent)]
    FileUrl(file::UrlError),
}

impl Settings {
    /// Brings together the command line (without the program's name), the environment and the configuration file.
    ///
    /// # Errors
    /// See [`SettingsError`].
    pub fn load(args: &[String], environment: &[(String, String)]) -> Result<Request, SettingsError> {
        let parsed = match args::parse(args)? {
            Parsed::Help => return Ok(Request::Help),
            Parsed::Flags { values, rest } => {
                if let Some(word) = rest.first() {
                    return Err(SettingsError::Invalid(format!("{word:?} is not a valid flag")));
                }
                values
            }
        };
        if parsed.get("version") == Some(&Value::Bool(true)) {
            return Ok(Request::Version);
        }
        let from_environment = || environment.iter().find(|(name, _)| name == "ETCD_CONFIG_FILE").map(|(_, path)| path);
        let path = match parsed.get("config-file") {
            Some(Value::Text(path)) if !path.is_empty() => Some(path),
            _ => from_environment().filter(|path| !path.is_empty()),
        };
        match path {
            Some(path) => Self::from_file(path),
            None => Self::from_flags(&parsed, environment),
        }
    }

    /// All defaults.
    pub fn defaults() -> Self {
        let value = |flag| default_value(flag).expect("defaults are values of their kind, as a test checks");
        Self { values: FLAGS.iter().map(|flag| (value(flag), Source::Default)).collect() }
    }

    fn from_file(path: &str) -> Result<Request, SettingsError> {
        let mut settings = Self::defaults();
        let text = std::fs::read_to_string(path)
            .map_err(|error| SettingsError::Invalid(format!("open {path}: {}", os_error::text(&error))))?;
        for (name, value) in file::read(&text).map_err(|error| match error {
            FileError::Url(error) => SettingsError::FileUrl(error),
            FileError::Invalid(reason) => SettingsError::Invalid(reason),
        })? {
            settings.set(name, value, Source::File);
        }
        let notes = vec![Note::FileLoaded { path: path.to_owned() }];
        Ok(Request::Run { settings, notes })
    }

    fn from_flags(
        parsed: &BTreeMap<&'static str, Value>,
        environment: &[(String, String)],
    ) -> Result<Request, SettingsError> {
        let mut settings = Self::defaults();
        let mut notes = Vec::new();
        for (&name, value) in parsed {
            settings.set(name, value.clone(), Source::CommandLine);
        }
        let mut flags: Vec<&Flag> = FLAGS.iter().collect();
        flags.sort_by_key(|flag| flag.name);
        for flag in flags {
            let variable = variable(flag.name);
            let Some((_, text)) = environment.iter().find(|(name, _)| *name == variable) else { continue };
            if variable == "ETCD_VERSION" {
                notes.push(Note::EnvironmentVersion);
                continue;
            }
            if parsed.contains_key(flag.name) {
                return Err(SettingsError::Conflict { variable });
            }
            if text.is_empty() {
                continue;
            }
            let value = flag
                .kind
                .parse(text, Some(settings.get(flag.name)))
                .map_err(|reason| SettingsError::Invalid(format!("invalid value {text:?} for {variable}: {reason}")))?;
            settings.set(flag.name, value, Source::Environment);
            notes.push(Note::EnvironmentUsed { name: variable, value: text.clone() });
        }
        for (name, value) in environment.iter().filter(|(name, _)| name.starts_with("ETCD_")) {
            if name != "ETCD_VERSION" && !FLAGS.iter().any(|flag| variable(flag.name) == *name) {
                notes.push(Note::EnvironmentUnknown { variable: format!("{name}={value}") });
            }
        }
        Ok(Request::Run { settings, notes })
    }

    fn position(name: &str) -> usize {
        flags::find(name).unwrap_or_else(|| panic!("no flag is called {name}"))
    }

    /// The value of a flag. Panics when the table has no such flag: names are literals.
    pub fn get(&self, name: &str) -> &Value {
        &self.values[Self::position(name)].0
    }

    pub fn set(&mut self, name: &str, value: Value, source: Source) {
        self.values[Self::position(name)] = (value, source);
    }

    pub fn source(&self, name: &str) -> Source {
        self.values[Self::position(name)].1
    }

    /// Whether the flag was given at all, even with its default.
    pub fn is_set(&self, name: &str) -> bool {
        self.source(name) != Source::Default
    }

    /// Whether a flag's value is the one it has by default.
    pub fn is_default(&self, name: &str) -> bool {
        default_value(&FLAGS[Self::position(name)]).as_ref() == Ok(self.get(name))
    }

    /// Flags of that status whose values are not their defaults.
    pub fn changed(&self, wanted: fn(Status) -> bool) -> impl Iterator<Item = (&'static Flag, &Value)> {
        FLAGS
            .iter()
            .filter(move |flag| wanted(flag.status) && !self.is_default(flag.name))
            .map(|flag| (flag, self.get(flag.name)))
    }

    pub fn text(&self, name: &str) -> &str {
        match self.get(name) {
            Value::Text(text) => text,
            other => wrong_kind(name, other),
        }
    }

    pub fn bool(&self, name: &str) -> bool {
        match self.get(name) {
            Value::Bool(value) => *value,
            other => wrong_kind(name, other),
        }
    }

    pub fn uint(&self, name: &str) -> u64 {
        match self.get(name) {
            Value::Uint(value) => *value,
            other => wrong_kind(name, other),
        }
    }

    pub fn int(&self, name: &str) -> i64 {
        match self.get(name) {
            Value::Int(value) => *value,
            other => wrong_kind(name, other),
        }
    }

    /// Nanoseconds.
    pub fn duration(&self, name: &str) -> i64 {
        match self.get(name) {
            Value::Duration(nanos) => *nanos,
            other => wrong_kind(name, other),
        }
    }

    pub fn urls(&self, name: &str) -> &[Url] {
        match self.get(name) {
            Value::Urls(urls) => urls,
            other => wrong_kind(name, other),
        }
    }

    pub fn words(&self, name: &str) -> &[String] {
        match self.get(name) {
            Value::Words(words) => words,
            other => wrong_kind(name, other),
        }
    }

    pub fn gates(&self) -> &FeatureGates {
        match self.get("feature-gates") {
            Value::Gates(gates) => gates,
            other => wrong_kind("feature-gates", other),
        }
    }
}

fn wrong_kind(name: &str, value: &Value) -> ! {
    panic!("--{name} holds {value:?}")
}

/// The value that a flag has when nobody sets it.
///
/// # Errors
/// The table's default is no value of the flag's kind.
pub fn default_value(flag: &Flag) -> Result<Value, String> {
    match (flag.kind, flag.default) {
        (Kind::Ignored, _) => Ok(Value::Bool(false)),
        (Kind::Duration, "") => Ok(Value::Duration(0)),
        (Kind::Words, "") => Ok(Value::Words(Vec::new())),
        (kind, text) => kind.parse(text, None),
    }
}

/// The environment variable of a flag.
fn variable(flag: &str) -> String {
    format!("ETCD_{}", flag.to_uppercase().replace('-', "_"))
}
