//! Durations as etcd's flags take them: signed decimals with units, one after the other (`1h30m`, `-1.5h`, `300us`).

/// Why a text is no duration. The words are Go's: some of them reach messages.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    #[error("time: invalid duration {0:?}")]
    Invalid(String),
    #[error("time: missing unit in duration {0:?}")]
    MissingUnit(String),
    #[error("time: unknown unit {unit:?} in duration {text:?}")]
    UnknownUnit { unit: String, text: String },
}

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),  // micro sign
    ("\u{3bc}s", 1_000), // Greek mu
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Nanoseconds of a duration text.
///
/// # Errors
/// No number, a number without a unit (`0` alone is fine), an unknown unit, or more than fits 63 bits.
pub fn parse(text: &str) -> Result<i64, DurationError> {
    let invalid = || DurationError::Invalid(text.to_owned());
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (part, left) = leading_part(rest, text)?;
        total = total.checked_add(part).filter(|total| *total <= 1 << 63).ok_or_else(invalid)?;
        rest = left;
    }
    match (negative, i64::try_from(total)) {
        (false, Ok(nanos)) => Ok(nanos),
        (true, Ok(nanos)) => Ok(-nanos),
        (true, Err(_)) => Ok(i64::MIN), // total is 2^63 exactly
        (false, Err(_)) => Err(invalid()),
    }
}

/// Nanoseconds of the first number with its unit, and what follows.
fn leading_part<'a>(rest: &'a str, text: &str) -> Result<(u64, &'a str), DurationError> {
    let invalid = || DurationError::Invalid(text.to_owned());
    let (whole, after) = digits(rest);
    let (fraction, after) = match after.strip_prefix('.') {
        Some(after) => digits(after),
        None => ("", after),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let unit_end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
    let (unit, left) = after.split_at(unit_end);
    if unit.is_empty() {
        return Err(DurationError::MissingUnit(text.to_owned()));
    }
    let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(DurationError::UnknownUnit { unit: unit.to_owned(), text: text.to_owned() });
    };
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
    let mut nanos = u128::from(whole) * u128::from(*scale);
    if !fraction.is_empty() {
        // 18 digits hold every fraction of an hour that is a whole nanosecond.
        let kept = &fraction[..fraction.len().min(18)];
        let value: u128 = kept.parse().map_err(|_| invalid())?;
        nanos += value * u128::from(*scale) / 10u128.pow(kept.len() as u32);
    }
    Ok((u64::try_from(nanos).map_err(|_| invalid())?, left))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn durations_are_read_as_in_go() {
        for (text, wanted) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("300ms", Some(300_000_000)),
            ("1h30m", Some(5_400_000_000_000)),
            ("-1.5h", Some(-5_400_000_000_000)),
            ("1h15m30.918273645s", Some(4_530_918_273_645)),
            (".5s", Some(500_000_000)),
            ("1.s", Some(1_000_000_000)),
            ("300us", Some(300_000)),
            ("300µs", Some(300_000)),
            ("+5ns", Some(5)),
            ("9223372036854775807ns", Some(i64::MAX)),
            ("-9223372036854775808ns", Some(i64::MIN)),
            ("9223372036854775808ns", None), // one too many
            ("5", None),                     // no unit
            ("1h1", None),                   // no unit at the end
            ("", None),
            ("-", None),
            (".s", None),
            ("1d", None), // no such unit
            ("1 s", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(parse(text).ok(), wanted, "{text:?}");
        }
        assert_eq!(parse("-1").unwrap_err().to_string(), "time: missing unit in duration \"-1\"");
    }
}
