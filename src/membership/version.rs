//! The cluster version: the release whose features all members have.

use std::fmt;

/// `major.minor`; written with a patch of 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClusterVersion {
    pub major: u16,
    pub minor: u16,
}

/// Text that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no version")]
pub struct VersionError(String);

impl ClusterVersion {
    /// What this release speaks, and the newest storage version that it knows.
    pub const OWN: Self = Self::new(3, 7);

    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `major.minor.patch`; a pre-release or build part may follow.
    ///
    /// # Errors
    /// The text is no semantic version.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        let numbers = text.split(['-', '+']).next().unwrap_or("");
        let mut parts = numbers.split('.').map(|part| part.parse::<u16>().ok());
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Some(major)), Some(Some(minor)), Some(Some(_)), None) => Ok(Self { major, minor }),
            _ => Err(VersionError(text.to_owned())),
        }
    }
}

impl fmt::Display for ClusterVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.0", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (text, expected) in [
            ("3.7.0", Some("3.7.0")),
            ("3.5.33", Some("3.5.0")),
            ("3.8.0-alpha.0", Some("3.8.0")),
            ("3.7", None),
            ("3.7.0.1", None),
            ("three", None),
            ("", None),
        ] {
            assert_eq!(ClusterVersion::parse(text).ok().map(|version| version.to_string()).as_deref(), expected);
        }
        assert!(ClusterVersion::new(3, 10) > ClusterVersion::new(3, 7));
    }
}
