//! Values of flags: the kinds there are, and how their texts are read.

use super::{
    duration,
    features::FeatureGates,
    url::{self, Url, UrlError},
};

/// What a flag holds, and so how its text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Bool,
    /// Unsigned, of that many bits.
    Uint(u32),
    Int,
    Duration,
    /// Comma separated URLs; an empty text keeps the default.
    Urls,
    /// `*`, or comma separated URLs.
    Origins,
    /// Comma separated words, sorted, each once.
    Words,
    Choice(&'static [&'static str]),
    Gates,
    /// Taken and ignored, with any value; needs none.
    Ignored,
}

/// The value of a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Bool(bool),
    Uint(u64),
    Int(i64),
    /// Nanoseconds.
    Duration(i64),
    Urls(Vec<Url>),
    Words(Vec<String>),
    Gates(FeatureGates),
}

impl Kind {
    /// Whether the flag may stand without a value.
    pub fn is_switch(self) -> bool {
        matches!(self, Self::Bool | Self::Ignored)
    }

    /// Reads `text`; `before` is the value so far, which some texts keep or add to.
    ///
    /// # Errors
    /// The reason in etcd's words.
    pub fn parse(self, text: &str, before: Option<&Value>) -> Result<Value, String> {
        match self {
            Self::Text => Ok(Value::Text(text.to_owned())),
            Self::Ignored => Ok(Value::Bool(true)),
            Self::Bool => parse_bool(text).map(Value::Bool).ok_or_else(|| "parse error".to_owned()),
            Self::Uint(bits) => {
                let value = parse_integer(text)?;
                let value = u64::try_from(value).map_err(|_| if value < 0 { NO_NUMBER } else { TOO_LARGE })?;
                if bits < 64 && value >> bits != 0 { Err(TOO_LARGE.to_owned()) } else { Ok(Value::Uint(value)) }
            }
            Self::Int => i64::try_from(parse_integer(text)?).map(Value::Int).map_err(|_| TOO_LARGE.to_owned()),
            Self::Duration => duration::parse(text).map(Value::Duration).map_err(|_| NO_NUMBER.to_owned()),
            Self::Urls if text.is_empty() => Ok(before.cloned().unwrap_or(Value::Urls(Vec::new()))),
            Self::Urls => url::parse_list(text).map(Value::Urls).map_err(|error| error.to_string()),
            Self::Origins => parse_origins(text).map(Value::Words).map_err(|error| error.to_string()),
            Self::Words => Ok(Value::Words(parse_words(text))),
            Self::Choice(choices) if choices.contains(&text) => Ok(Value::Text(text.to_owned())),
            Self::Choice(_) => Err("invalid value".to_owned()),
            Self::Gates => {
                let mut gates = match before {
                    Some(Value::Gates(gates)) => gates.clone(),
                    _ => FeatureGates::default(),
                };
                gates.merge(text).map_err(|error| error.to_string())?;
                Ok(Value::Gates(gates))
            }
        }
    }
}

const NO_NUMBER: &str = "parse error";
const TOO_LARGE: &str = "value out of range";

/// Go's booleans.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Go's integers: an optional sign, a base by prefix (`0x`, `0o`, `0b`, `0`), `_` between digits.
fn parse_integer(text: &str) -> Result<i128, String> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    // An underscore stands between two digits, or between prefix and digit.
    let has_prefix = body.len() < lower.len();
    let misplaced = body.ends_with('_') || body.contains("__") || (body.starts_with('_') && !has_prefix);
    let plain = body.replace('_', "");
    if misplaced || plain.is_empty() || !plain.chars().all(|c| c.is_digit(radix)) {
        return Err(NO_NUMBER.to_owned());
    }
    let value = i128::from_str_radix(&plain, radix).map_err(|_| TOO_LARGE.to_owned())?;
    Ok(if negative { -value } else { value })
}

fn parse_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text.split(',').map(|word| word.trim().to_owned()).collect();
    words.sort();
    words.dedup();
    words
}

fn parse_origins(text: &str) -> Result<Vec<String>, UrlError> {
    if text == "*" {
        return Ok(vec![text.to_owned()]);
    }
    Ok(url::parse_list(text)?.iter().map(Url::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::{Kind, Value};

    #[test]
    fn numbers_and_booleans_follow_go() {
        for (kind, text, wanted) in [
            (Kind::Uint(64), "0x10", "16"),
            (Kind::Uint(64), "0b11", "3"),
            (Kind::Uint(64), "0o17", "15"),
            (Kind::Uint(64), "017", "15"),
            (Kind::Uint(64), "1_000", "1000"),
            (Kind::Uint(64), "0x_ff", "255"),
            (Kind::Uint(64), "0", "0"),
            (Kind::Uint(64), "1e3", "parse error"),
            (Kind::Uint(64), "-1", "parse error"),
            (Kind::Uint(64), "09", "parse error"),
            (Kind::Uint(64), "_1", "parse error"),
            (Kind::Uint(64), "1__0", "parse error"),
            (Kind::Uint(64), "", "parse error"),
            (Kind::Uint(64), "18446744073709551616", "value out of range"),
            (Kind::Uint(64), "99999999999999999999999999999999999999999999", "value out of range"),
            (Kind::Uint(32), "4294967295", "4294967295"),
            (Kind::Uint(32), "4294967296", "value out of range"),
            (Kind::Int, "-5", "-5"),
            (Kind::Int, "9223372036854775808", "value out of range"),
            (Kind::Bool, "T", "true"),
            (Kind::Bool, "False", "false"),
            (Kind::Bool, "yes", "parse error"),
        ] {
            let got = match kind.parse(text, None) {
                Ok(Value::Uint(value)) => value.to_string(),
                Ok(Value::Int(value)) => value.to_string(),
                Ok(Value::Bool(value)) => value.to_string(),
                Ok(other) => format!("{other:?}"),
                Err(reason) => reason,
            };
            assert_eq!(got, wanted, "{kind:?} {text:?}");
        }
    }

    #[test]
    fn an_empty_host_list_holds_the_empty_word() {
        assert_eq!(Kind::Words.parse("", None), Ok(Value::Words(vec![String::new()])));
        assert_eq!(Kind::Words.parse("b, a,b", None), Ok(Value::Words(vec!["a".into(), "b".into()])));
    }

    #[test]
    fn an_empty_url_list_keeps_what_was_there() {
        let before = Kind::Urls.parse("http://a:1", None).unwrap();
        assert_eq!(Kind::Urls.parse("", Some(&before)), Ok(before));
    }
}
