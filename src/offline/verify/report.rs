//! What was found: each thing with its severity, its place, and what to do about it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::storage::backend::{OpenError, generation};
use crate::storage::source::{Place, SourceError};

/// Findings of one area and severity that are listed; more of the same tell nothing new.
const LISTED_MAX: u64 = 20;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A fact, or something odd that does no harm.
    Info,
    /// It works, and not as it should.
    Warning,
    /// Damage: something is lost or wrong.
    Error,
    /// It cannot be looked at: missing, in use, unreadable.
    Fatal,
}

impl Severity {
    const ALL: [Self; 4] = [Self::Fatal, Self::Error, Self::Warning, Self::Info];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    const fn plural(self) -> &'static str {
        match self {
            Self::Info => "infos",
            Self::Warning => "warnings",
            Self::Error => "errors",
            Self::Fatal => "fatal",
        }
    }
}

/// What part of a member it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    DataDir,
    Wal,
    Snap,
    /// The file and its pages.
    Backend,
    /// What rows say.
    Rows,
    /// Replayed and computed anew.
    Deep,
    /// Against other members.
    Compare,
}

impl Area {
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataDir => "data-dir",
            Self::Wal => "wal",
            Self::Snap => "snap",
            Self::Backend => "backend",
            Self::Rows => "rows",
            Self::Deep => "deep",
            Self::Compare => "compare",
        }
    }
}

/// What to do about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    None,
    Stop,
    Permit,
    WrongPath,
    NextStart,
    MayDelete,
    Discard,
    Upgrade,
    LogDamage,
    LogAndBackend,
    ReplaceMember,
    ReplaceSnapshot,
    ReplaceOne,
    DeleteSnap,
    Compact,
    ByClient,
    Recover,
}

impl Advice {
    pub const fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Stop => "stop the process that uses it, or verify a copy",
            Self::Permit => "run as the owner of the files",
            Self::WrongPath => "give the data directory or a snapshot file, and --wal-dir if the member has one",
            Self::NextStart => "nothing to do: the next start takes care of it",
            Self::MayDelete => "nothing to do; it may be deleted while the member is stopped",
            Self::Discard => "keep it to go back, or remove it by rsutl adopt --discard",
            Self::Upgrade => "use the release that wrote it, or a later one",
            Self::LogDamage => {
                "keep a copy; replace the member (member remove, member add with an empty directory), or restore a \
                 snapshot; rsutl wal repair --discard-after gives up what follows the damage"
            }
            Self::LogAndBackend => {
                "log and backend are not of one moment: put both back from the same backup, or replace the member"
            }
            Self::ReplaceMember => {
                "keep a copy; replace the member (member remove, member add with an empty directory), or restore a \
                 snapshot"
            }
            Self::ReplaceSnapshot => "do not restore it; take a new snapshot",
            Self::ReplaceOne => "find out which member is right, then replace the others one by one",
            Self::DeleteSnap => "move it away; rsetcd and etcd 3.7 start without it, up to 3.6 use the one before",
            Self::Compact => "nothing to do; the next compaction and a defragmentation free the space",
            Self::ByClient => "put it right with rsctl once the member runs",
            Self::Recover => "put the file back from a copy; rsutl restore makes a new member from a snapshot",
        }
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub area: Area,
    pub file: PathBuf,
    pub place: Place,
    pub what: String,
    pub advice: Advice,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, area, file, place, what, advice } = self;
        write!(f, "{}: {}: {}: ", severity.name(), area.name(), file.display())?;
        match place {
            Place::File => {}
            Place::Offset(offset) => write!(f, "offset {offset}: ")?,
            Place::Page(page) => write!(f, "page {page}: ")?,
        }
        f.write_str(what)?;
        if *advice != Advice::None && *severity != Severity::Info {
            write!(f, "\n  {}", advice.text())?;
        }
        Ok(())
    }
}

/// Everything found.
#[derive(Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
    counts: BTreeMap<(Severity, Area), u64>,
}

impl Report {
    pub fn add(&mut self, finding: Finding) {
        let count = self.counts.entry((finding.severity, finding.area)).or_default();
        *count += 1;
        if *count <= LISTED_MAX {
            self.findings.push(finding);
        }
    }

    pub fn info(&mut self, area: Area, file: &Path, what: impl fmt::Display) {
        self.found(Severity::Info, area, file, what, Advice::None);
    }

    /// About a file as a whole.
    pub fn found(&mut self, severity: Severity, area: Area, file: &Path, what: impl fmt::Display, advice: Advice) {
        let (file, what) = (file.to_owned(), what.to_string());
        self.add(Finding { severity, area, file, place: Place::File, what, advice });
    }

    /// Why a backend or a part of it cannot be read.
    pub fn source_error(&mut self, area: Area, error: &SourceError) {
        self.add(source_finding(area, error));
    }

    /// Gives another advice wherever one was given.
    pub fn advise(&mut self, before: Advice, now: Advice) {
        for finding in self.findings.iter_mut().filter(|finding| finding.advice == before) {
            finding.advice = now;
        }
    }

    /// Takes over what another one has found.
    pub fn append(&mut self, other: Self) {
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
        self.findings.extend(other.findings);
    }

    /// How many there are of a severity, those not listed included.
    pub fn count(&self, severity: Severity) -> u64 {
        self.counts.iter().filter(|((of, _), _)| *of == severity).map(|(_, count)| count).sum()
    }

    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// `ok`, or how many there are of what is not.
    pub fn summary(&self) -> String {
        let bad = Severity::ALL.into_iter().filter(|&severity| severity != Severity::Info);
        let parts: Vec<String> = bad
            .filter_map(|severity| match self.count(severity) {
                0 => None,
                1 => Some(format!("1 {}", severity.name())),
                count => Some(format!("{count} {}", severity.plural())),
            })
            .collect();
        if parts.is_empty() { "ok".to_owned() } else { parts.join(", ") }
    }

    /// The object that `-w json` prints.
    pub fn to_json(&self) -> Value {
        let finding = |finding: &Finding| {
            let mut object = json!({
                "severity": finding.severity.name(),
                "area": finding.area.name(),
                "file": finding.file.display().to_string(),
            });
            match finding.place {
                Place::File => {}
                Place::Offset(offset) => object["offset"] = offset.into(),
                Place::Page(page) => object["page"] = page.into(),
            }
            object["what"] = finding.what.clone().into();
            if finding.advice != Advice::None {
                object["advice"] = finding.advice.text().into();
            }
            object
        };
        let mut counts = serde_json::Map::new();
        for severity in Severity::ALL {
            counts.insert(severity.name().into(), self.count(severity).into());
        }
        json!({
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "counts": counts,
            "summary": self.summary(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        for ((severity, area), &count) in self.counts.iter().filter(|(_, count)| **count > LISTED_MAX) {
            writeln!(f, "{}: {}: and {} more", severity.name(), area.name(), count - LISTED_MAX)?;
        }
        writeln!(f, "{}", self.summary())
    }
}

fn source_finding(area: Area, error: &SourceError) -> Finding {
    let finding = |severity, file: &Path, place, what: String, advice| {
        let file = file.to_owned();
        Finding { severity, area, file, place, what, advice }
    };
    let of_file = |severity, file: &Path, what: String, advice| finding(severity, file, Place::File, what, advice);
    match error {
        SourceError::Missing(path) => of_file(Severity::Fatal, path, "does not exist".into(), Advice::WrongPath),
        SourceError::Io { path, source } => of_file(Severity::Fatal, path, source.to_string(), Advice::Permit),
        SourceError::Locked(path) => {
            of_file(Severity::Fatal, path, "is in use by another process".into(), Advice::Stop)
        }
        SourceError::NoDatabase { path, what } => {
            finding(Severity::Error, path, Place::Page(0), what.clone(), Advice::ReplaceMember)
        }
        SourceError::Page { path, page, what } => {
            finding(Severity::Error, path, Place::Page(*page), what.clone(), Advice::ReplaceMember)
        }
        SourceError::Lmdb(damage) => finding(
            Severity::Error,
            &damage.path,
            Place::Offset(damage.offset),
            damage.what.clone(),
            Advice::ReplaceMember,
        ),
        SourceError::NoBucket { path, bucket } => {
            of_file(Severity::Error, path, format!("bucket {bucket} is missing"), Advice::ReplaceMember)
        }
        SourceError::Open(OpenError::InUse(path)) => {
            of_file(Severity::Fatal, path, "is in use by another process".into(), Advice::Stop)
        }
        SourceError::Open(error @ OpenError::NoCurrent { current, .. }) => {
            of_file(Severity::Error, current, error.to_string(), Advice::Recover)
        }
        SourceError::Open(OpenError::Io { path, source }) if source.kind() == std::io::ErrorKind::InvalidData => {
            let (file, what) = (path.join(generation::CURRENT), source.to_string());
            let what = what.strip_prefix(&format!("{}: ", file.display())).unwrap_or(&what).to_owned();
            of_file(Severity::Error, &file, what, Advice::Recover)
        }
        SourceError::Open(OpenError::Io { path, source }) => {
            of_file(Severity::Fatal, path, source.to_string(), Advice::Permit)
        }
        SourceError::Open(
            error @ (OpenError::Missing(path)
            | OpenError::Bbolt(path)
            | OpenError::NoBucket { dir: path, .. }
            | OpenError::Lmdb { dir: path, .. }),
        ) => of_file(Severity::Fatal, path, error.to_string(), Advice::WrongPath),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_tell_the_same() {
        let mut report = Report::default();
        report.info(Area::Wal, Path::new("/d/wal"), "2 records");
        report.add(Finding {
            severity: Severity::Error,
            area: Area::Backend,
            file: "/d/db".into(),
            place: Place::Page(7),
            what: "invalid type: 3".into(),
            advice: Advice::ReplaceSnapshot,
        });
        for key in 0..=LISTED_MAX {
            report.found(Severity::Warning, Area::Rows, Path::new("/d/db"), key, Advice::None);
        }
        let text = report.to_string();
        assert!(
            text.starts_with("info: wal: /d/wal: 2 records\nerror: backend: /d/db: page 7: invalid type: 3\n  do not")
        );
        assert!(text.ends_with("warning: rows: and 1 more\n1 error, 21 warnings\n"), "{text}");
        let json = report.to_json();
        assert_eq!(json["findings"][1]["page"], 7);
        assert_eq!(json["counts"]["warning"], 21);
        assert_eq!(json["summary"], "1 error, 21 warnings");
        assert_eq!(Report::default().to_string(), "ok\n");
    }
}
