//! `rsutl migrate`

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Failure, context::Context, open};
use crate::cli::{exit, go, offer};
use crate::membership::ClusterVersion;
use crate::offline::migrate::{Force, MigrateError, OLDEST, migrate};

/// Bring the database of a stopped member to another storage version
///
/// Takes data directories of rsetcd and etcd.
#[derive(clap::Args, Debug)]
#[command(override_usage = "rsutl migrate --data-dir <DIR> --target-version <X.Y>")]
pub struct MigrateArgs {
    /// Data directory of a member that does not run
    #[arg(long, value_name = "DIR", required = true)]
    data_dir: PathBuf,
    /// The storage version to have: 3.5, 3.6 or 3.7
    #[arg(long, value_name = "X.Y", required = true, value_parser = offer::text(offer::RELEASES),
          hide_possible_values = true)]
    target_version: String,
    /// Set the version even if nothing leads to it
    #[arg(long)]
    force: bool,
    #[arg(hide = true)]
    rest: Vec<OsString>,
}

impl MigrateArgs {
    pub fn run(self, context: &Context) -> Result<(), Failure> {
        let target = target_version(&self.target_version).map_err(exit::Failure::args)?;
        let force = if self.force { Force::Yes } else { Force::No };
        migrate(&self.data_dir, target, force, context.wait(), open::pass).map_err(|error| match error {
            MigrateError::InPlace(error) => open::in_place_failure(error, |why| why),
            MigrateError::NoTerm => {
                let path = self.data_dir.display();
                tracing::error!("data-dir" = %path, "the storage version cannot be told: written by etcd before 3.5?");
                Failure::from_error(error)
            }
            error => Failure::from_error(error),
        })
    }
}

fn target_version(text: &str) -> Result<ClusterVersion, String> {
    let parts: Vec<&str> = text.split('.').collect();
    let [major, minor] = parts[..] else {
        return Err(format!("wrong target version format, expected \"X.Y\", got {}", go::quote(text.as_bytes())));
    };
    let number = |part| go::parse_int(part, 10).map_err(|error| format!("failed to parse target version: {error}"));
    let (major, minor) = (number(major)?, number(minor)?);
    let oldest = (i64::from(OLDEST.major), i64::from(OLDEST.minor));
    if (major, minor) < oldest || minor < 0 {
        let (oldest_major, oldest_minor) = oldest;
        return Err(format!(
            "target version \"{major}.{minor}\" not supported. Minimal \"{oldest_major}.{oldest_minor}\""
        ));
    }
    // No release is near the end of the type, so none is mistaken for another.
    let part = |number| u16::try_from(number).unwrap_or(u16::MAX);
    Ok(ClusterVersion::new(part(major), part(minor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_versions() {
        for (text, expected) in [
            ("3.6", Ok("3.6.0")),
            ("3.8", Ok("3.8.0")),
            ("4.0", Ok("4.0.0")),
            ("3.6.0", Err("wrong target version format, expected \"X.Y\", got \"3.6.0\"")),
            ("3", Err("wrong target version format, expected \"X.Y\", got \"3\"")),
            ("3.a", Err("failed to parse target version: strconv.ParseInt: parsing \"a\": invalid syntax")),
            (".6", Err("failed to parse target version: strconv.ParseInt: parsing \"\": invalid syntax")),
            ("3.4", Err("target version \"3.4\" not supported. Minimal \"3.5\"")),
            ("2.9", Err("target version \"2.9\" not supported. Minimal \"3.5\"")),
        ] {
            let found = target_version(text).map(|version| version.to_string());
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
    }
}
