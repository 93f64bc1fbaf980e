//! Values as Go spells them, since etcd's tools print and read them so: integers, booleans, durations and quoted
//! strings, with the texts of Go's errors.

use std::{fmt::Write, time::Duration};

/// Why a text is not a number or a boolean, worded as Go's `strconv` does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("strconv.{function}: parsing {text}: {problem}")]
pub struct NumError {
    function: &'static str,
    text: String,
    problem: &'static str,
}

const SYNTAX: &str = "invalid syntax";
const RANGE: &str = "value out of range";

fn num_error(function: &'static str, text: &str, problem: &'static str) -> NumError {
    NumError { function, text: quote(text.as_bytes()), problem }
}

/// What Go says of a flag's value that is no number.
pub fn no_number(text: &str) -> String {
    num_error("ParseInt", text, SYNTAX).to_string()
}

/// What Go says of a flag's value that is too large a number.
pub fn number_out_of_range(text: &str) -> String {
    num_error("ParseInt", text, RANGE).to_string()
}

/// Reads a boolean: 1, t, T, TRUE, true, True and their opposites.
pub fn parse_bool(text: &str) -> Result<bool, NumError> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(num_error("ParseBool", text, SYNTAX)),
    }
}

/// Reads a signed integer of 64 bits in `radix`.
pub fn parse_int(text: &str, radix: u32) -> Result<i64, NumError> {
    let (digits, negative) = match text.as_bytes() {
        [b'-', ..] => (&text[1..], true),
        [b'+', ..] => (&text[1..], false),
        _ => (text, false),
    };
    let magnitude = magnitude(digits, radix).map_err(|problem| num_error("ParseInt", text, problem))?;
    let value = if negative { -i128::from(magnitude) } else { i128::from(magnitude) };
    i64::try_from(value).map_err(|_| num_error("ParseInt", text, RANGE))
}

/// Reads an integer flag: the prefix `0x`, `0o`, `0b` or `0` gives the base, and `_` may stand between digits.
pub fn parse_flag_int(text: &str) -> Result<i64, NumError> {
    let (sign, rest) = match text.as_bytes() {
        [b'-', ..] => ("-", &text[1..]),
        [b'+', ..] => ("", &text[1..]),
        _ => ("", text),
    };
    let (digits, radix) = flag_digits(rest).ok_or_else(|| num_error("ParseInt", text, SYNTAX))?;
    parse_int(&format!("{sign}{digits}"), radix).map_err(|error| num_error("ParseInt", text, error.problem))
}

/// Reads an integer flag that cannot be negative, in the same form.
pub fn parse_flag_uint(text: &str) -> Result<u64, NumError> {
    let refuse = |problem| num_error("ParseUint", text, problem);
    let (digits, radix) = flag_digits(text).ok_or_else(|| refuse(SYNTAX))?;
    magnitude(&digits, radix).map_err(refuse)
}

/// The digits of an integer flag without its sign, and their base; `None` if they stand wrong.
fn flag_digits(text: &str) -> Option<(String, u32)> {
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &text[2..]),
        [b'0', b'o' | b'O', ..] => (8, &text[2..]),
        [b'0', b'b' | b'B', ..] => (2, &text[2..]),
        [b'0', _, ..] => (8, &text[1..]),
        _ => (10, text),
    };
    // A blank group between underscores, or one at an end without a base prefix before it, is refused.
    let groups: Vec<&str> = digits.split('_').collect();
    let misplaced = groups.iter().enumerate().any(|(i, group)| group.is_empty() && !(i == 0 && radix != 10));
    let is_wrong = digits.contains('_') && misplaced || digits.starts_with(['+', '-']);
    (!is_wrong).then(|| (digits.replace('_', ""), radix))
}

/// Reads an unsigned integer of 64 bits in `radix`; no sign may stand before it.
pub fn parse_uint(text: &str, radix: u32) -> Result<u64, NumError> {
    magnitude(text, radix).map_err(|problem| num_error("ParseUint", text, problem))
}

/// The id of a lease as Go's `%016x` writes it: a sign is one of the sixteen characters.
pub fn lease_id(id: i64) -> String {
    if id < 0 { format!("-{:015x}", id.unsigned_abs()) } else { format!("{id:016x}") }
}

fn magnitude(digits: &str, radix: u32) -> Result<u64, &'static str> {
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(SYNTAX);
    }
    u64::from_str_radix(digits, radix).map_err(|_| RANGE)
}

/// Why a text is not a duration, worded as Go does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not a number with a unit.
    #[error("time: invalid duration {0}")]
    Invalid(String),
    /// A number without a unit.
    #[error("time: missing unit in duration {0}")]
    MissingUnit(String),
    /// A unit that does not exist.
    #[error("time: unknown unit {unit} in duration {text}")]
    UnknownUnit {
        /// The unit, quoted.
        unit: String,
        /// The whole text, quoted.
        text: String,
    },
}

const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration such as `1m30s` or `1.5h`. Negative ones become zero: no command distinguishes them.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let quoted = || quote(text.as_bytes());
    let invalid = || DurationError::Invalid(quoted());
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanos = 0_i128;
    while !rest.is_empty() {
        let number_len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_len);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(invalid());
        }
        let unit_len = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, after) = tail.split_at(unit_len);
        if unit.is_empty() {
            return Err(DurationError::MissingUnit(quoted()));
        }
        let Some(&(_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(DurationError::UnknownUnit { unit: quote(unit.as_bytes()), text: quoted() });
        };
        nanos +=
            whole.parse::<i64>().or_else(|e| if whole.is_empty() { Ok(0) } else { Err(e) }).map_err(|_| invalid())?
                as i128
                * scale;
        let mut step = scale;
        for digit in fraction.bytes() {
            step /= 10;
            nanos += i128::from(digit - b'0') * step;
        }
        if nanos > i128::from(i64::MAX) {
            return Err(invalid());
        }
        rest = after;
    }
    Ok(if negative { Duration::ZERO } else { Duration::from_nanos(nanos as u64) })
}

/// Writes a duration as Go prints it: `2.301468ms`, `1m30s`.
pub fn duration(value: Duration) -> String {
    let nanos = value.as_nanos();
    if nanos == 0 {
        return "0s".into();
    }
    let (unit, scale) = match nanos {
        0..1_000 => ("ns", 1),
        1_000..1_000_000 => ("µs", 1_000),
        1_000_000..1_000_000_000 => ("ms", 1_000_000),
        _ => {
            let seconds = nanos / 1_000_000_000;
            let mut text = String::new();
            if seconds >= 3_600 {
                let _ = write!(text, "{}h", seconds / 3_600);
            }
            if seconds >= 60 {
                let _ = write!(text, "{}m", seconds / 60 % 60);
            }
            let last = decimal(nanos % 60_000_000_000, 1_000_000_000);
            return format!("{text}{last}s");
        }
    };
    format!("{}{unit}", decimal(nanos, scale))
}

/// `value / scale` as a decimal number without trailing zeros; `scale` is a power of ten.
fn decimal(value: u128, scale: u128) -> String {
    let digits = scale.ilog10() as usize;
    let text = format!("{}.{:0digits$}", value / scale, value % scale);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Puts bytes in double quotes as Go's `%q`: printable UTF-8 stays, everything else is escaped.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\u{7}' => out.push_str("\\a"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{b}' => out.push_str("\\v"),
                ' '..='~' => out.push(c),
                '\0'..='\u{7f}' => drop(write!(out, "\\x{:02x}", c as u32)),
                _ if is_printable(c) => out.push(c),
                '\u{80}'..='\u{ffff}' => drop(write!(out, "\\u{:04x}", c as u32)),
                _ => drop(write!(out, "\\U{:08x}", c as u32)),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

/// Whether a character above ASCII is shown as itself. The letter before it matters: alone, a combining mark would
/// be escaped.
fn is_printable(c: char) -> bool {
    !format!("a{c}").escape_debug().to_string().contains('\\')
}

/// The text is no quoted string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid syntax")]
pub struct UnquoteError;

/// Takes one quoted string, double or back quotes, from the start of `text`: its bytes and what follows it.
pub fn unquote_prefix(text: &str) -> Result<(Vec<u8>, &str), UnquoteError> {
    if let Some(raw) = text.strip_prefix('`') {
        let end = raw.find('`').ok_or(UnquoteError)?;
        return Ok((raw[..end].replace('\r', "").into_bytes(), &raw[end + 1..]));
    }
    let mut out = Vec::new();
    let mut chars = text.strip_prefix('"').ok_or(UnquoteError)?.chars();
    loop {
        match chars.next().ok_or(UnquoteError)? {
            '"' => return Ok((out, chars.as_str())),
            '\n' => return Err(UnquoteError),
            '\\' => unescape(&mut chars, &mut out)?,
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Takes what follows a backslash in a double-quoted string.
fn unescape(chars: &mut std::str::Chars<'_>, out: &mut Vec<u8>) -> Result<(), UnquoteError> {
    let byte = match chars.next().ok_or(UnquoteError)? {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        '"' => b'"',
        'x' => u8::try_from(digits(chars, 2, 16, 0)?).map_err(|_| UnquoteError)?,
        c @ '0'..='7' => {
            let first = c.to_digit(8).unwrap_or_default();
            u8::try_from(digits(chars, 2, 8, first)?).map_err(|_| UnquoteError)?
        }
        kind @ ('u' | 'U') => {
            let code = digits(chars, if kind == 'u' { 4 } else { 8 }, 16, 0)?;
            let c = char::from_u32(code).ok_or(UnquoteError)?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return Ok(());
        }
        _ => return Err(UnquoteError),
    };
    out.push(byte);
    Ok(())
}

/// `first` followed by exactly `count` digits of `radix`.
fn digits(chars: &mut std::str::Chars<'_>, count: usize, radix: u32, first: u32) -> Result<u32, UnquoteError> {
    let mut value = first;
    for _ in 0..count {
        let digit = chars.next().and_then(|c| c.to_digit(radix)).ok_or(UnquoteError)?;
        value = value.checked_mul(radix).and_then(|v| v.checked_add(digit)).ok_or(UnquoteError)?;
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_flags_follow_go() {
        for (text, expected) in [
            ("12", Ok(12)),
            ("-1", Ok(-1)),
            ("0x10", Ok(16)),
            ("010", Ok(8)),
            ("0b11", Ok(3)),
            ("1_0", Ok(10)),
            ("0", Ok(0)),
            ("", Err(r#"strconv.ParseInt: parsing "": invalid syntax"#)),
            ("x", Err(r#"strconv.ParseInt: parsing "x": invalid syntax"#)),
            ("1__0", Err(r#"strconv.ParseInt: parsing "1__0": invalid syntax"#)),
            ("_1", Err(r#"strconv.ParseInt: parsing "_1": invalid syntax"#)),
            ("--1", Err(r#"strconv.ParseInt: parsing "--1": invalid syntax"#)),
            ("99999999999999999999", Err(r#"strconv.ParseInt: parsing "99999999999999999999": value out of range"#)),
            ("-9223372036854775808", Ok(i64::MIN)),
        ] {
            assert_eq!(parse_flag_int(text).map_err(|e| e.to_string()), expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn unsigned_integers_of_flags_follow_go() {
        for (text, expected) in [
            ("128", Ok(128)),
            ("0x80", Ok(128)),
            ("18446744073709551615", Ok(u64::MAX)),
            ("-1", Err(r#"strconv.ParseUint: parsing "-1": invalid syntax"#)),
            ("", Err(r#"strconv.ParseUint: parsing "": invalid syntax"#)),
            ("18446744073709551616", Err(r#"strconv.ParseUint: parsing "18446744073709551616": value out of range"#)),
        ] {
            assert_eq!(parse_flag_uint(text).map_err(|e| e.to_string()), expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let ms = Duration::from_millis;
        for (text, expected) in [
            ("500ms", Ok(ms(500))),
            ("5s", Ok(ms(5_000))),
            ("1m30s", Ok(ms(90_000))),
            ("1.5h", Ok(ms(5_400_000))),
            (".5s", Ok(ms(500))),
            ("0", Ok(ms(0))),
            ("3", Err(r#"time: missing unit in duration "3""#)),
            ("", Err(r#"time: invalid duration """#)),
            ("s", Err(r#"time: invalid duration "s""#)),
            ("5d", Err(r#"time: unknown unit "d" in duration "5d""#)),
        ] {
            assert_eq!(parse_duration(text).map_err(|e| e.to_string()), expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanos, expected) in [
            (0, "0s"),
            (17, "17ns"),
            (779_434, "779.434µs"),
            (2_301_468, "2.301468ms"),
            (5_000_760_567, "5.000760567s"),
            (90_000_000_000, "1m30s"),
            (3_600_500_000_000, "1h0m0.5s"),
        ] {
            assert_eq!(duration(Duration::from_nanos(nanos)), expected);
        }
    }

    #[test]
    fn quoting_leads_back_to_the_bytes() {
        for (bytes, quoted) in [
            (&b"plain"[..], r#""plain""#),
            (b"a\nb\t\"\\", r#""a\nb\t\"\\""#),
            (b"\0\x01\x7f\xff", r#""\x00\x01\x7f\xff""#),
            ("é\u{a0}\u{301}".as_bytes(), "\"é\\u00a0\u{301}\""),
        ] {
            assert_eq!(quote(bytes), quoted);
            assert_eq!(unquote_prefix(quoted), Ok((bytes.to_vec(), "")));
        }
    }

    #[test]
    fn a_quoted_string_ends_at_its_quote() {
        assert_eq!(unquote_prefix(r#""a\x41\101\u00e9" rest"#), Ok(("aAA\u{e9}".into(), " rest")));
        assert_eq!(unquote_prefix(r"`a\n`)"), Ok((br"a\n".to_vec(), ")")));
        for bad in [r#""open"#, r#""\q""#, r#""\'""#, r#""\x4""#, r#""\400""#, "bare", "`open"] {
            assert_eq!(unquote_prefix(bad), Err(UnquoteError), "{bad}");
        }
    }
}
