//! Logins, and tokens that are renewed.

use rsetcd::{
    client::{Client, ClientError, ConnectError, Get, LeaseEvent, Put, WatchRequest},
    pb::{
        authpb::{Permission, permission::Type},
        etcdserverpb::{
            AuthEnableRequest, AuthRoleAddRequest, AuthRoleGrantPermissionRequest, AuthUserAddRequest,
            AuthUserChangePasswordRequest, AuthUserGrantRoleRequest, AuthenticateRequest, LeaseGrantRequest,
            auth_client::AuthClient,
        },
        rpc_error::RpcError,
    },
};

use super::{
    client, config, start,
    support::{program::Program, server::Server, wait::until},
};

// Not with etcd 3.5.1: it answers a watch whose token it has forgotten with "permission denied", or does not, by chance.
#[test]
fn a_login_is_renewed_when_its_token_is_gone_with_rsetcd() {
    crate::run(a_login_is_renewed_when_its_token_is_gone(crate::support::program::own()));
}

crate::with_both! {
    a_token_that_runs_out_is_renewed
    a_login_without_authentication_is_no_error
    a_wrong_password_is_told
}

/// Users root (password r) and app (password a) who may use keys that begin with `app/`; authentication is on.
async fn enable(server: &Server) {
    let client = client(server);
    for (name, password, role) in [("root", "r", "root"), ("app", "a", "app")] {
        let user = AuthUserAddRequest { name: name.into(), password: password.into(), ..Default::default() };
        client.user_add(user).await.expect("a user");
        client.role_add(AuthRoleAddRequest { name: role.into() }).await.expect("a role");
        let grant = AuthUserGrantRoleRequest { user: name.into(), role: role.into() };
        client.user_grant_role(grant).await.expect("a grant");
    }
    let perm = Permission { perm_type: Type::Readwrite as i32, key: "app/".into(), range_end: "app0".into() };
    let grant = AuthRoleGrantPermissionRequest { name: "app".into(), perm: Some(perm) };
    client.role_grant_permission(grant).await.expect("a permission");
    client.auth_enable(AuthEnableRequest {}).await.expect("authentication");
}

async fn login(server: &Server, user: &str, password: &str) -> Result<Client, ConnectError> {
    Client::connect(&config(&[&server.client_url()]).login(user, password)).await
}

async fn a_login_is_renewed_when_its_token_is_gone(program: Program) {
    let (mut server, nobody) = start(&program).await;
    enable(&server).await;
    let app = login(&server, "app", "a").await.expect("a login");
    app.put(Put::new("app/k", "1")).await.expect("a put");
    let denied = app.put(Put::new("k", "1")).await;
    assert!(matches!(denied, Err(ClientError::Rpc(RpcError::PermissionDenied))), "{denied:?}");
    let refused = nobody.put(Put::new("app/k", "1")).await;
    assert!(matches!(refused, Err(ClientError::Rpc(RpcError::UserEmpty))), "{refused:?}");
    let mut watch = app.watch(WatchRequest::new("app/").prefix().start_revision(1));
    assert!(watch.recv().await.is_some_and(|answer| answer.events.len() == 1));
    // A server forgets its tokens when it stops.
    server.stop();
    server.spawn();
    // A read first: a write that the end of the old connection has caught would not be sent again.
    assert_eq!(app.range(Get::new("app/k")).await.expect("a read with a new token").count, 1);
    app.put(Put::new("app/k", "2")).await.expect("a put");
    assert!(watch.recv().await.is_some_and(|answer| answer.events.len() == 1));
    // A new password ends the tokens of the old one.
    let root = login(&server, "root", "r").await.expect("a login");
    let change = AuthUserChangePasswordRequest { name: "app".into(), password: "b".into(), ..Default::default() };
    root.user_change_password(change).await.expect("a new password");
    let refused = app.put(Put::new("app/k", "3")).await;
    assert!(matches!(refused, Err(ClientError::Rpc(RpcError::AuthFailed))), "{refused:?}");
}

/// Signed tokens: how long they last does not depend on their use.
async fn a_token_that_runs_out_is_renewed(program: Program) {
    let key = |end: &str| format!("{}/tests/data/jwt/rsa.{end}", env!("CARGO_MANIFEST_DIR"));
    let tokens = format!("--auth-token=jwt,pub-key={},priv-key={},sign-method=RS256,ttl=3s", key("pub"), key("pem"));
    let server = Server::start(&program, &[tokens, "--unsafe-no-fsync".into(), "--bcrypt-cost=4".into()]).await;
    enable(&server).await;
    let app = login(&server, "app", "a").await.expect("a login");
    app.put(Put::new("app/k", "1")).await.expect("a put");
    let mut events = app.watch(WatchRequest::new("app/k").start_revision(1));
    assert!(events.recv().await.is_some_and(|answer| answer.events.len() == 1));
    let lease = app.lease_grant(LeaseGrantRequest { ttl: 9, id: 0 }).await.expect("a lease").id;
    let mut renewals = app.keep_alive(lease);
    assert!(matches!(renewals.recv().await, Some(LeaseEvent::Renewed(_))));

    // A later one of the same user: when it is refused, so are all of the client's.
    let login = AuthenticateRequest { name: "app".into(), password: "a".into() };
    let later = AuthClient::new(server.connect().await).authenticate(login).await.expect("a login").into_inner();
    let given = Client::new(&config(&[&server.client_url()]).token(later.token)).expect("a sound config");
    until("the token runs out", async || match given.range(Get::new("app/k")).await {
        Ok(_) => None,
        Err(error) => {
            assert!(matches!(error, ClientError::Rpc(RpcError::InvalidAuthToken)), "{error:?}");
            Some(())
        }
    })
    .await;

    app.put(Put::new("app/k", "2")).await.expect("a put with a new token");
    assert!(events.recv().await.is_some_and(|answer| answer.events.len() == 1), "the watch goes on");
    // etcd 3.5.1 does not ask a stream for its token again, or calls it a lack of permission.
    if program.is_rsetcd {
        let mut second = app.watch(WatchRequest::new("app/k").start_revision(1));
        assert!(second.recv().await.is_some_and(|answer| !answer.canceled), "a watch on the same stream");
        for _ in 0..2 {
            assert!(matches!(renewals.recv().await, Some(LeaseEvent::Renewed(_))), "the lease is kept");
        }
    }
}

async fn a_login_without_authentication_is_no_error(program: Program) {
    let (server, _) = start(&program).await;
    let app = login(&server, "app", "a").await.expect("a client");
    app.put(Put::new("app/k", "1")).await.expect("a put");
    enable(&server).await;
    app.put(Put::new("app/k", "2")).await.expect("a put after a login");
}

async fn a_wrong_password_is_told(program: Program) {
    let (server, _) = start(&program).await;
    enable(&server).await;
    let refused = login(&server, "app", "wrong").await.map(drop);
    assert!(matches!(refused, Err(ConnectError::Client(ClientError::Rpc(RpcError::AuthFailed)))), "{refused:?}");
    let given = Client::new(&config(&[&server.client_url()]).token("no.token")).expect("a sound config");
    let refused = given.put(Put::new("app/k", "1")).await;
    assert!(matches!(refused, Err(ClientError::Rpc(RpcError::InvalidAuthToken))), "{refused:?}");
}
