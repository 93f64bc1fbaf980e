//! Values that a completion script offers. Which ones are taken is up to the parser behind, so that a wrong one is
//! refused where and how the command does it.

use std::ffi::OsStr;

use clap::{
    Arg, Command, Error,
    builder::{OsStringValueParser, PossibleValue, StringValueParser, TypedValueParser},
};

/// The names of the output formats.
pub const FORMATS: &[&str] = &["simple", "json", "fields", "table", "protobuf", "yaml", "jsonl", "raw"];
/// Linearizable and serializable reads.
pub const CONSISTENCY: &[&str] = &["l", "s"];

/// Releases whose data can be made.
pub const RELEASES: &[&str] = &["3.5", "3.6", "3.7"];

/// A parser of values that names some of them.
#[derive(Clone, Debug)]
pub struct Offer<P> {
    values: &'static [&'static str],
    parser: P,
}

impl<P: TypedValueParser> Offer<P> {
    /// `parser`, and what is offered to it.
    pub fn to(parser: P, values: &'static [&'static str]) -> Self {
        Self { values, parser }
    }
}

/// Offers these values for a flag that takes any text.
pub fn text(values: &'static [&'static str]) -> Offer<StringValueParser> {
    Offer::to(StringValueParser::new(), values)
}

/// Offers these values for an argument that takes any bytes.
pub fn bytes(values: &'static [&'static str]) -> Offer<OsStringValueParser> {
    Offer::to(OsStringValueParser::new(), values)
}

impl<P: TypedValueParser> TypedValueParser for Offer<P> {
    type Value = P::Value;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<P::Value, Error> {
        self.parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.values.iter().map(PossibleValue::new)))
    }
}
