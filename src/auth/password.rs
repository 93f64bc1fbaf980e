//! Password hashes, as etcd keeps them: bcrypt. The functions take tens of milliseconds at the usual cost, in steps;
//! after each they call `between`.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use bcrypt::HashParts;
use rand::Rng as _;
use subtle::ConstantTimeEq as _;

use super::steps::{self, HASH_LEN, PASSWORD_MAX, SALT_LEN};

/// bcrypt's base64.
const BASE64: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::BCRYPT, NO_PAD);
/// Characters of a hash in its text: the last ones.
const HASH_CHARS: usize = 31;

/// Why a password has no hash.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("bcrypt: password length exceeds 72 bytes")]
    TooLong,
    #[error("bcrypt: cost {0} is outside allowed range (4,31)")]
    Cost(u32),
}

/// The hash of a password under a fresh salt. `cost` is 4 to 31: the work doubles with each step. The text begins with
/// `$2a$`, as Go writes it.
///
/// # Errors
/// The password is longer than 72 bytes; the cost is out of range.
pub fn hash(password: &str, cost: u32, between: &mut dyn FnMut()) -> Result<String, PasswordError> {
    if password.len() > PASSWORD_MAX {
        return Err(PasswordError::TooLong);
    }
    if !is_cost(cost) {
        return Err(PasswordError::Cost(cost));
    }
    let mut salt = [0; SALT_LEN];
    rand::rng().fill_bytes(&mut salt);
    let hash = steps::hash(password.as_bytes(), salt, cost, between);
    Ok(format!("$2a${cost:02}${}{}", BASE64.encode(salt), BASE64.encode(hash)))
}

/// Whether `hash` is of this password. A hash that does not parse is of no password.
///
/// Only the first 72 bytes of the password count: hashes that etcd 3.5 made of longer ones stay good.
pub fn verify(password: &str, hash: &str, between: &mut dyn FnMut()) -> bool {
    let Ok(parts) = HashParts::from_str(hash) else { return false };
    // A row may hold anything; a cost out of range would run for hours or not at all.
    if !is_cost(parts.get_cost()) {
        return false;
    }
    let mut wanted = [0; HASH_LEN];
    // It is all ASCII, and of the one length.
    let Ok(HASH_LEN) = BASE64.decode_slice(&hash[hash.len() - HASH_CHARS..], &mut wanted) else { return false };
    let own = steps::hash(password.as_bytes(), parts.get_salt_raw(), parts.get_cost(), between);
    own.ct_eq(&wanted).into()
}

/// Takes as long as [`verify`] with a hash of this cost, and says no: the time tells nobody who exists.
pub fn refuse(cost: u32, between: &mut dyn FnMut()) -> bool {
    if is_cost(cost) {
        std::hint::black_box(steps::hash(b"", [0; SALT_LEN], cost, between));
    }
    false
}

fn is_cost(cost: u32) -> bool {
    (4..=31).contains(&cost)
}

#[cfg(test)]
mod tests {
    use super::PasswordError;

    const COST_MIN: u32 = 4;

    fn hash(password: &str, cost: u32) -> Result<String, PasswordError> {
        super::hash(password, cost, &mut || ())
    }

    fn verify(password: &str, hash: &str) -> bool {
        let is_it = super::verify(password, hash, &mut || ());
        assert_eq!(is_it, bcrypt::verify(password, hash).unwrap_or(false), "the library: {password} {hash}");
        is_it
    }

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
        assert_eq!(hash("a", 3), Err(PasswordError::Cost(3)));
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
