//! Passwords that were right a short while ago, so that who logs in for each command does not cost a bcrypt each time.
//!
//! By the stored hash, which is another one as soon as the password changes: an entry can be too old, never wrong.
//! Kept is no password, but its HMAC under a key that this process drew and never gives away.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use ring::hmac;
use ring::rand::SystemRandom;

use super::recent::Recent;
use super::steps::PASSWORD_MAX;

/// How long one bcrypt speaks for a password.
const KEPT_FOR: Duration = Duration::from_secs(300);
/// Users whose passwords are kept: half of them at least.
const USERS_MAX: usize = 2048;

pub struct KnownPasswords(Option<Known>);

struct Known {
    key: hmac::Key,
    proven: Mutex<Recent<(hmac::Tag, Instant)>>,
}

impl KnownPasswords {
    /// Without randomness none are kept.
    pub fn new() -> Self {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok();
        Self(key.map(|key| Known { key, proven: Mutex::new(Recent::new(USERS_MAX / 2)) }))
    }

    /// Is `password` known to be the one of `hash`? A no says nothing.
    pub fn is_known(&self, password: &str, hash: &str, now: Instant) -> bool {
        let Some(known) = &self.0 else { return false };
        let Some((tag, since)) = known.proven.lock().find(hash) else { return false };
        now.saturating_duration_since(since) < KEPT_FOR
            && hmac::verify(&known.key, significant(password), tag.as_ref()).is_ok()
    }

    /// `password` was found to be the one of `hash`.
    pub fn add(&self, password: &str, hash: &str, now: Instant) {
        if let Some(known) = &self.0 {
            let tag = hmac::sign(&known.key, significant(password));
            known.proven.lock().add(hash, (tag, now));
        }
    }
}

impl Default for KnownPasswords {
    fn default() -> Self {
        Self::new()
    }
}

/// What bcrypt looks at.
fn significant(password: &str) -> &[u8] {
    &password.as_bytes()[..password.len().min(PASSWORD_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_for_its_hash_and_for_a_while() {
        let known = KnownPasswords::new();
        let start = Instant::now();
        let long = "x".repeat(80);
        known.add("pw", "hash", start);
        known.add(&long, "hash of the long one", start);
        for (password, hash, after_s, wanted) in [
            ("pw", "hash", 0, true),
            ("pw", "hash", 299, true),
            ("pw", "hash", 300, false),
            ("other", "hash", 0, false),
            ("", "hash", 0, false),
            ("pw", "new hash", 0, false),
            (&long[..72], "hash of the long one", 0, true),
            (&long[..71], "hash of the long one", 0, false),
        ] {
            let at = start + Duration::from_secs(after_s);
            assert_eq!(known.is_known(password, hash, at), wanted, "{password} {hash} after {after_s} s");
        }
    }
}
