//! Requests about users and roles.
//!
//! Whether the caller may ask is decided before (`gate`), except for what also concerns the caller: who looks at
//! oneself, or at a role of one's own, needs no root role.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use tracing::info;

use super::machine::{Asked, Machine};
use super::{Answer, AuthAnswer, LocalEffect, Outcome, Token};
use crate::auth::{AuthError, AuthStore, NewUser};
use crate::pb::etcdserverpb::{
    AuthUserAddRequest, AuthUserChangePasswordRequest, InternalAuthenticateRequest, InternalRaftRequest,
};
use crate::storage::schema::bucket::BucketChange;

type Changed = Result<Vec<BucketChange>, AuthError>;

/// What bcrypt costs for a password that an entry holds in clear: only releases before 3.5 wrote such.
const COST_OF_OLD_ENTRIES: u32 = 10;

/// Carries out a request about users and roles; `None` if it is none.
pub(super) fn run(
    machine: &mut Machine,
    request: &InternalRaftRequest,
    asked: Asked,
    local: &mut Vec<LocalEffect>,
) -> Option<Outcome> {
    if let Some(request) = &request.authenticate {
        return Some(authenticate(machine, request, asked, local));
    }
    if let Some(outcome) = change(machine, request, asked, local) {
        return Some(outcome.map(|answer| answered(machine, answer)).map_err(Into::into));
    }
    let is_read = request.auth_status.is_some()
        || request.auth_user_get.is_some()
        || request.auth_user_list.is_some()
        || request.auth_role_get.is_some()
        || request.auth_role_list.is_some();
    if !is_read {
        return None;
    }
    if !asked.is_answered {
        return Some(Ok(machine.done()));
    }
    let username = request.header.as_ref().map_or("", |header| &header.username);
    let found = read(&machine.auth, request, username).expect("one of the requests above");
    Some(found.map(|answer| answered(machine, answer)).map_err(Into::into))
}

fn answered(machine: &Machine, answer: AuthAnswer) -> Answer {
    Answer::Auth { revision: machine.writer.revision(), answer }
}

fn read(auth: &AuthStore, request: &InternalRaftRequest, username: &str) -> Option<Result<AuthAnswer, AuthError>> {
    if request.auth_status.is_some() {
        return Some(Ok(AuthAnswer::Status { is_enabled: auth.is_enabled(), auth_revision: auth.revision() }));
    }
    if let Some(request) = &request.auth_user_get {
        let may =
            auth.check_root(username).or_else(|refusal| if request.name == username { Ok(()) } else { Err(refusal) });
        return Some(may.and_then(|()| auth.roles_of(&request.name)).map(AuthAnswer::Names));
    }
    if let Some(request) = &request.auth_role_get {
        let may = auth
            .check_root(username)
            .or_else(|refusal| if auth.has_role(username, &request.role) { Ok(()) } else { Err(refusal) });
        return Some(may.and_then(|()| auth.permissions_of(&request.role)).map(AuthAnswer::Permissions));
    }
    if request.auth_user_list.is_some() {
        return Some(Ok(AuthAnswer::Names(auth.user_names())));
    }
    request.auth_role_list.as_ref().map(|_| Ok(AuthAnswer::Names(auth.role_names())))
}

fn change(
    machine: &mut Machine,
    request: &InternalRaftRequest,
    asked: Asked,
    local: &mut Vec<LocalEffect>,
) -> Option<Result<AuthAnswer, AuthError>> {
    let auth = &mut machine.auth;
    let changed = if request.auth_enable.is_some() {
        let changed = Arc::make_mut(auth).enable();
        if changed.as_ref().is_ok_and(|rows| !rows.is_empty()) {
            info!("authentication enabled");
        }
        changed
    } else if request.auth_disable.is_some() {
        let rows = Arc::make_mut(auth).disable();
        if !rows.is_empty() {
            info!("authentication disabled");
            local.push(LocalEffect::TokensForgotten { username: None });
        }
        Ok(rows)
    } else if let Some(request) = &request.auth_user_add {
        add_user(Arc::make_mut(auth), request, asked)
    } else if let Some(request) = &request.auth_user_delete {
        let changed = Arc::make_mut(auth).delete_user(&request.name);
        if changed.is_ok() {
            local.push(LocalEffect::TokensForgotten { username: Some(request.name.clone()) });
        }
        changed
    } else if let Some(request) = &request.auth_user_change_password {
        let changed = change_password(Arc::make_mut(auth), request, asked);
        if changed.is_ok() {
            local.push(LocalEffect::TokensForgotten { username: Some(request.name.clone()) });
        }
        changed
    } else if let Some(request) = &request.auth_user_grant_role {
        Arc::make_mut(auth).grant_role(&request.user, &request.role)
    } else if let Some(request) = &request.auth_user_revoke_role {
        Arc::make_mut(auth).revoke_role(&request.name, &request.role)
    } else if let Some(request) = &request.auth_role_add {
        Arc::make_mut(auth).add_role(&request.name)
    } else if let Some(request) = &request.auth_role_delete {
        Arc::make_mut(auth).delete_role(&request.role)
    } else if let Some(request) = &request.auth_role_grant_permission {
        Arc::make_mut(auth).grant_permission(&request.name, request.perm.as_ref())
    } else if let Some(request) = &request.auth_role_revoke_permission {
        Arc::make_mut(auth).revoke_permission(&request.role, &request.key, &request.range_end)
    } else {
        return None;
    };
    Some(changed.map(|rows| {
        machine.write(rows);
        AuthAnswer::Done
    }))
}

fn add_user(auth: &mut AuthStore, request: &AuthUserAddRequest, asked: Asked) -> Changed {
    if request.name.is_empty() {
        return Err(AuthError::UserEmpty);
    }
    let has_password = !request.options.is_some_and(|options| options.no_password);
    let password = if has_password {
        Some(hash_of(&request.password, &request.hashed_password, &request.name, asked)?)
    } else {
        None
    };
    auth.add_user(NewUser { name: &request.name, password })
}

fn change_password(auth: &mut AuthStore, request: &AuthUserChangePasswordRequest, asked: Asked) -> Changed {
    auth.roles_of(&request.name)?;
    auth.change_password(&request.name, hash_of(&request.password, &request.hashed_password, &request.name, asked)?)
}

/// The hash to store. Entries of releases before 3.5 hold the password itself; its salt must then follow from the
/// entry, so that applying it again gives the same row.
fn hash_of(password: &str, hashed: &str, name: &str, asked: Asked) -> Result<Vec<u8>, AuthError> {
    if password.is_empty() {
        return BASE64_STANDARD.decode(hashed).map_err(|_| AuthError::MalformedPassword);
    }
    let digest = Sha256::new().chain_update(asked.index.to_be_bytes()).chain_update(name).finalize();
    let mut salt = [0; 16];
    salt.copy_from_slice(&digest[..16]);
    let hash = bcrypt::hash_with_salt(password, COST_OF_OLD_ENTRIES, salt).map_err(|_| AuthError::MalformedPassword)?;
    Ok(hash.format_for_version(bcrypt::Version::TwoA).into_bytes())
}

/// The password was checked by the member that proposed this.
fn authenticate(
    machine: &Machine,
    request: &InternalAuthenticateRequest,
    asked: Asked,
    local: &mut Vec<LocalEffect>,
) -> Outcome {
    machine.auth.password_hash(&request.name)?;
    let token = if request.simple_token.is_empty() {
        String::new()
    } else {
        // As etcd 3.7: the index before this entry's.
        let token = format!("{}.{}", request.simple_token, asked.index - 1);
        local.push(LocalEffect::TokenAssigned { token: token.clone(), username: request.name.clone() });
        token
    };
    Ok(answered(machine, AuthAnswer::Token(Token(token))))
}
