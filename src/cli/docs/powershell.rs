//! What clap's script for PowerShell leaves out: the values of flags and arguments. It is put into that script, as a
//! command has one completer there.

use std::fmt::Write as _;

use clap::Command;

use super::offers;

/// Where clap's script has looked at what was typed, and begins to look for what may follow.
const BEGIN: &str = "\n    $completions = @(switch ($command) {";

/// The script with values.
pub fn with_values(script: &str, root: &Command, program: &str) -> String {
    assert_eq!(script.matches(BEGIN).count(), 1, "the script of PowerShell is built otherwise");
    let script = script.replace(BEGIN, &(values_of_flags(root) + BEGIN));
    offers::places(root).iter().fold(script, |script, place| {
        let case = format!("\n        '{program};{}' {{", place.path.join(";"));
        assert_eq!(script.matches(&case).count(), 1, "the script of PowerShell is built otherwise");
        let offered = place.values.iter().fold(case.clone(), |mut text, value| {
            let _ = write!(
                text,
                "\n            [CompletionResult]::new('{value}', '{value}', [CompletionResultType]::ParameterValue, \
                 '{value}')"
            );
            text
        });
        script.replace(&case, &offered)
    })
}

/// Ends the search when the value of a flag is asked for. Where none is listed, PowerShell offers files.
fn values_of_flags(root: &Command) -> String {
    let (listed, others): (Vec<_>, Vec<_>) = offers::valued(root).into_iter().partition(|flag| !flag.values.is_empty());
    let quoted = |words: &[String]| words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    let cases = listed.iter().fold(String::new(), |mut text, flag| {
        let _ =
            write!(text, "\n        {{ $_ -cin {} }} {{ {}; break }}", quoted(&flag.spellings), quoted(&flag.values));
        text
    });
    let others: Vec<String> = others.into_iter().flat_map(|flag| flag.spellings).collect();
    format!(
        r#"
    # A value is asked for after the name of its flag, or behind that and `=`.
    $before = @($commandElements | Where-Object {{ $_.Extent.EndOffset -lt $cursorPosition }})
    $flag = if ($before.Count -gt 1) {{ $before[-1].Extent.Text }} else {{ '' }}
    $head = ''
    if ($wordToComplete -match '^(--?[a-z-]+)=') {{
        $flag = $Matches[1]
        $head = $Matches[0]
    }}
    $values = @(switch ($flag) {{{cases}
    }})
    if ($values.Count -gt 0) {{
        return $values.Where{{ "$head$_" -like "$wordToComplete*" }}.ForEach{{
            [CompletionResult]::new("$head$_", $_, [CompletionResultType]::ParameterValue, $_)
        }}
    }}
    if ($flag -cin {others}) {{
        return
    }}
"#,
        others = quoted(&others),
    )
}
