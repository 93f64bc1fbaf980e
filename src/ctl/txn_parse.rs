//! The comparisons of a txn: `mod("key") > "0"`.

use crate::{
    cli::{
        exit::{Exit, Failure},
        go,
    },
    pb::etcdserverpb::{
        Compare,
        compare::{CompareResult, CompareTarget, TargetUnion},
    },
};

/// Reads one comparison.
///
/// The grammar is `TARGET("KEY") OP "VALUE"`, with blanks around OP; key and value are Go's quoted strings, numbers
/// too. What follows the value is ignored.
///
/// # Errors
/// A line that does not follow it; the text shows how far it was understood.
pub fn compare(line: &str) -> Result<Compare, Failure> {
    let invalid = |text: String| Failure::new(Exit::InvalidInput, text);
    let Some((target, rest)) = line.split_once('(') else {
        return Err(invalid(format!("malformed comparison: {line}")));
    };
    let scanned = scan(rest);
    let Scan { key, operator, value: Some(value) } = scanned else {
        let (key, value) = (go::quote(&scanned.key), go::quote(b""));
        return Err(invalid(format!("malformed comparison: {line}; got {target}({key}) {} {value}", scanned.operator)));
    };
    let number = || {
        go::parse_int(&String::from_utf8_lossy(&value), 10)
            .map_err(|_| invalid(format!("invalid txn compare request: {line}")))
    };
    let (target, union) = match target {
        "ver" | "version" => (CompareTarget::Version, TargetUnion::Version(number()?)),
        "c" | "create" => (CompareTarget::Create, TargetUnion::CreateRevision(number()?)),
        "m" | "mod" => (CompareTarget::Mod, TargetUnion::ModRevision(number()?)),
        "val" | "value" => (CompareTarget::Value, TargetUnion::Value(value.into())),
        // etcdctl ends with a panic here; its documentation has digits.
        "lease" => (CompareTarget::Lease, TargetUnion::Lease(number()?)),
        _ => return Err(invalid(format!("malformed comparison: {line} (unknown target {target})"))),
    };
    let result = match operator {
        "=" => CompareResult::Equal,
        "!=" => CompareResult::NotEqual,
        ">" => CompareResult::Greater,
        "<" => CompareResult::Less,
        // etcdctl ends with a panic here, and this exit code.
        _ => {
            let text = format!("malformed comparison: {line} (unknown operator {operator})");
            return Err(Failure::new(Exit::BadConnection, text));
        }
    };
    Ok(Compare {
        result: result.into(),
        target: target.into(),
        key: key.into(),
        target_union: Some(union),
        ..Compare::default()
    })
}

/// What was understood of `"KEY") OP "VALUE"`; reading stops at the first thing that is missing.
struct Scan<'a> {
    key: Vec<u8>,
    operator: &'a str,
    value: Option<Vec<u8>>,
}

fn scan(text: &str) -> Scan<'_> {
    let mut scan = Scan { key: Vec::new(), operator: "", value: None };
    let Ok((key, rest)) = go::unquote_prefix(text.trim_start()) else { return scan };
    scan.key = key;
    let Some(rest) = rest.strip_prefix(')').filter(|rest| rest.starts_with(char::is_whitespace)) else { return scan };
    let rest = rest.trim_start();
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (operator, rest) = rest.split_at(end);
    scan.operator = operator;
    scan.value = go::unquote_prefix(rest.trim_start()).ok().map(|(value, _)| value);
    scan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_follow_the_grammar() {
        let union = |line| compare(line).map(|c| c.target_union.unwrap()).map_err(|f| f.message);
        assert_eq!(union(r#"ver( "a")  =  "1" foo"#), Ok(TargetUnion::Version(1)));
        assert_eq!(union(r#"c(`a`) = `+2`"#), Ok(TargetUnion::CreateRevision(2)));
        assert_eq!(union(r#"mod("a") != "3""#), Ok(TargetUnion::ModRevision(3)));
        assert_eq!(union(r#"value("a") < "x y""#), Ok(TargetUnion::Value("x y".into())));
        for (line, text) in [
            ("bad", "malformed comparison: bad"),
            (r#"ver("a" ) = "1""#, r#"malformed comparison: ver("a" ) = "1"; got ver("a")  """#),
            (r#"ver("a")= "1""#, r#"malformed comparison: ver("a")= "1"; got ver("a")  """#),
            (r#"ver("a") = 1"#, r#"malformed comparison: ver("a") = 1; got ver("a") = """#),
            (r#"ver(a) = "1""#, r#"malformed comparison: ver(a) = "1"; got ver("")  """#),
            (r#"foo("a") = "1""#, r#"malformed comparison: foo("a") = "1" (unknown target foo)"#),
            (r#"ver("a") = "1_0""#, r#"invalid txn compare request: ver("a") = "1_0""#),
            (r#"ver("a") >= "1""#, r#"malformed comparison: ver("a") >= "1" (unknown operator >=)"#),
        ] {
            assert_eq!(union(line), Err(text.to_owned()), "{line}");
        }
    }
}
