//! Password hashes, as etcd keeps them: bcrypt. Both functions block for tens of milliseconds at the usual cost.

use std::str::FromStr;

use bcrypt::{HashParts, Version};

/// Bytes of a password that bcrypt can take.
const LEN_MAX: usize = 72;

/// Why a password has no hash.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("bcrypt: password length exceeds 72 bytes")]
    TooLong,
    #[error("bcrypt: {0}")]
    Failed(String),
}

/// The hash of a password under a fresh salt. `cost` is 4 to 31: the work doubles with each step. The text begins with
/// `$2a$`, as Go writes it.
///
/// # Errors
/// The password is longer than 72 bytes; the cost is out of range, or the system has no randomness.
pub fn hash(password: &str, cost: u32) -> Result<String, PasswordError> {
    if password.len() > LEN_MAX {
        return Err(PasswordError::TooLong);
    }
    let parts = bcrypt::hash_with_result(password, cost).map_err(|error| PasswordError::Failed(error.to_string()))?;
    Ok(parts.format_for_version(Version::TwoA))
}

/// Whether `hash` is of this password. A hash that does not parse is of no password.
///
/// Only the first 72 bytes of the password count: hashes that etcd 3.5 made of longer ones stay good.
pub fn verify(password: &str, hash: &str) -> bool {
    // A row may hold anything; a cost out of range would run for hours or not at all.
    let is_sound = HashParts::from_str(hash).is_ok_and(|parts| (4..=31).contains(&parts.get_cost()));
    is_sound && bcrypt::verify(password, hash).unwrap_or(false)
}

/// Takes as long as [`verify`] with a hash of this cost, and says no: the time tells nobody who exists.
pub fn refuse(cost: u32) -> bool {
    let _ = bcrypt::hash_with_result("", cost);
    false
}

#[cfg(test)]
mod tests {
    use super::{PasswordError, hash, verify};

    const COST_MIN: u32 = 4;

    #[test]
    fn a_hash_is_of_its_password_alone() {
        let long = "a".repeat(72);
        for password in ["", "pw", "Pä\u{0}ß", &long] {
            let made = hash(password, COST_MIN).unwrap();
            assert!(made.starts_with("$2a$04$") && made.len() == 60, "{made}");
            assert_ne!(made, hash(password, COST_MIN).unwrap(), "the salt is fresh");
            assert!(verify(password, &made));
            assert!(!verify("other", &made));
            assert!(verify(password, &made.replacen("$2a$", "$2b$", 1)));
        }
        assert_eq!(hash(&"a".repeat(73), COST_MIN), Err(PasswordError::TooLong));
        assert!(matches!(hash("a", 3), Err(PasswordError::Failed(_))));
    }

    #[test]
    fn hashes_of_etcd_are_known() {
        // Made by etcd 3.5.1 of "pw", and of 80 times "x", which it cuts.
        for (password, hash) in include_str!("../../tests/data/bcrypt.txt").lines().filter_map(|l| l.split_once(' ')) {
            assert!(verify(password, hash), "{password}");
            assert!(!verify(&format!("y{password}"), hash), "{password}");
        }
    }

    #[test]
    fn a_hash_that_does_not_parse_is_of_no_password() {
        let good = hash("pw", COST_MIN).unwrap();
        let cost_huge = good.replacen("$04$", "$99$", 1);
        let umlauts = "ä".repeat(30);
        for bad in ["", "pw", "$2a$", &good[1..], &good[..59], cost_huge.as_str(), umlauts.as_str()] {
            assert!(!verify("pw", bad), "{bad}");
        }
    }
}
