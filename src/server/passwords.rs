//! Passwords: hashed and compared on threads that give way to all others.

use std::time::Instant;

use super::courtesy::Courtesy;
use super::pool::PoolError;
use super::{Server, ServerError};
use crate::auth::password;

impl Server {
    /// Is `password` the one of `hash`? `None` is the hash of a user who does not exist: no, after as much time. Takes
    /// tens of milliseconds unless the password was right a short while ago.
    ///
    /// # Errors
    /// Too many wait already, or the server stops.
    pub async fn is_password(&self, password: &str, hash: Option<&str>) -> Result<bool, ServerError> {
        let known = self.shared.passwords.clone();
        if hash.is_some_and(|hash| known.is_known(password, hash, Instant::now())) {
            return Ok(true);
        }
        let cost = self.shared.settings.bcrypt_cost;
        let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
        self.run_bcrypt(move |between| {
            let Some(hash) = hash else { return password::refuse(cost, between) };
            // It may have been the same password that this one waited for.
            if known.is_known(&password, &hash, Instant::now()) {
                return true;
            }
            let is_right = password::verify(&password, &hash, between);
            if is_right {
                known.add(&password, &hash, Instant::now());
            }
            is_right
        })
        .await
    }

    /// The hash that is stored for a new password. Takes tens of milliseconds.
    ///
    /// # Errors
    /// The password has none; too many wait already, or the server stops.
    pub async fn hash_password(&self, password: String) -> Result<String, ServerError> {
        let cost = self.shared.settings.bcrypt_cost;
        Ok(self.run_bcrypt(move |between| password::hash(&password, cost, between)).await??)
    }

    /// Runs work with passwords on threads of its own that give way to all others; it calls what it is
    /// given between its steps. What nobody waits for any more is left out.
    ///
    /// # Errors
    /// Too many wait already, or the server stops.
    async fn run_bcrypt<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn FnMut()) -> T + Send + 'static,
    ) -> Result<T, ServerError> {
        let courteous = move || {
            let mut courtesy = Courtesy::new();
            work(&mut || courtesy.step())
        };
        self.shared.bcrypt.run(courteous).await.map_err(|error| match error {
            PoolError::Full { .. } => ServerError::TooManyRequests,
            PoolError::Stopped => ServerError::Stopped,
        })
    }
}
