//! Simple tokens: `<16 letters>.<index>`, known in memory alone. A token ends when it was not used for its TTL.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rand::distr::{Alphabetic, SampleString as _};

use crate::types::Index;

const LETTERS: usize = 16;

/// The random part of a new token.
pub fn draw() -> String {
    // The generator is seeded by the system and fit for secrets.
    Alphabetic.sample_string(&mut rand::rng(), LETTERS)
}

pub struct SimpleTokens {
    ttl: Duration,
    /// By the whole text.
    tokens: Mutex<HashMap<String, Token>>,
}

struct Token {
    username: Arc<str>,
    /// Moves at each use.
    deadline: Instant,
}

/// Whose a token is.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    User(Arc<str>),
    /// Its entry is not applied here.
    Later(Index),
    Nobody,
}

impl SimpleTokens {
    pub fn new(ttl: Duration) -> Self {
        Self { ttl, tokens: Mutex::default() }
    }

    pub fn assign(&self, token: String, username: &str, now: Instant) {
        let entry = Token { username: username.into(), deadline: now + self.ttl };
        self.tokens.lock().insert(token, entry);
    }

    /// The user of a token, whose TTL begins again.
    pub fn find(&self, token: &str, applied: Index, now: Instant) -> Found {
        let Some(index) = token.split_once('.').and_then(|(_, index)| index.parse::<Index>().ok()) else {
            return Found::Nobody;
        };
        if applied < index {
            return Found::Later(index);
        }
        let mut tokens = self.tokens.lock();
        match tokens.get_mut(token) {
            Some(found) if now < found.deadline => {
                found.deadline = now + self.ttl;
                Found::User(found.username.clone())
            }
            _ => Found::Nobody,
        }
    }

    pub fn forget(&self, username: &str) {
        self.tokens.lock().retain(|_, token| *token.username != *username);
    }

    pub fn forget_all(&self) {
        self.tokens.lock().clear();
    }

    pub fn sweep(&self, now: Instant) {
        self.tokens.lock().retain(|_, token| now < token.deadline);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Found, SimpleTokens, draw};

    #[test]
    fn letters_are_sixteen_and_never_the_same() {
        let (one, other) = (draw(), draw());
        assert!(one.len() == 16 && one.bytes().all(|byte| byte.is_ascii_alphabetic()), "{one}");
        assert_ne!(one, other);
    }

    #[test]
    fn a_token_lives_as_long_as_it_is_used() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let tokens = SimpleTokens::new(Duration::from_secs(10));
        let user = |name: &str| Found::User(name.into());
        tokens.assign("a.5".into(), "u", at(0));
        tokens.assign("b.6".into(), "v", at(0));
        tokens.assign("c.7".into(), "v", at(0));
        for (token, applied, second, wanted, why) in [
            ("a.5", 4, 0, Found::Later(5), "its entry is still to come"),
            ("a.5", 5, 9, user("u"), "just in time"),
            ("a.5", 9, 18, user("u"), "the use at 9 counts"),
            ("b.6", 9, 10, Found::Nobody, "unused for the TTL"),
            ("a.6", 9, 10, Found::Nobody, "another index"),
            ("a", 9, 10, Found::Nobody, "no index"),
            ("a.x", 9, 10, Found::Nobody, "no number"),
            ("a.5.5", 9, 10, Found::Nobody, "two indexes"),
            ("", 9, 10, Found::Nobody, "empty"),
            ("a.99999999999999999999", 9, 10, Found::Nobody, "beyond 64 bits"),
        ] {
            assert_eq!(tokens.find(token, applied, at(second)), wanted, "{token}: {why}");
        }
        tokens.sweep(at(12));
        assert_eq!(tokens.tokens.lock().len(), 1);
        tokens.assign("d.8".into(), "v", at(12));
        tokens.forget("u");
        assert_eq!(tokens.find("a.5", 9, at(13)), Found::Nobody);
        assert_eq!(tokens.find("d.8", 9, at(13)), user("v"));
        tokens.forget_all();
        assert_eq!(tokens.find("d.8", 9, at(13)), Found::Nobody);
    }
}
