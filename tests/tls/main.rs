//! TLS on the client port, seen from outside: who is let in and as whom, what the wrong language meets, certificates
//! that change. Where there is a real etcd, it must show the same.

#[path = "../support/mod.rs"]
mod support;

mod ca;
mod client;

use std::fs;
use std::path::Path;

use rsetcd::pb::authpb::UserAddOptions;
use rsetcd::pb::etcdserverpb::{
    AuthEnableRequest, AuthUserAddRequest, AuthUserGrantRoleRequest, PutRequest, RangeRequest, auth_client::AuthClient,
    kv_client::KvClient,
};

use self::ca::{Ca, write};
use self::client::{Client, outcome};
use self::support::program::{Program, own, peer};
use self::support::server::{Server, free_port};

/// The programs that must behave alike.
fn programs() -> Vec<Program> {
    [Some(own()), peer()].into_iter().flatten().collect()
}

/// A CA and the server's files.
struct Files {
    dir: tempfile::TempDir,
    ca: Ca,
}

impl Files {
    fn new() -> Self {
        let (dir, ca) = (tempfile::tempdir().unwrap(), Ca::new("tests' own"));
        write(&dir.path().join("ca.pem"), &ca.pem());
        let files = Self { dir, ca };
        files.renew_server();
        files
    }

    fn renew_server(&self) {
        let server = self.ca.issue("server", &["localhost", "127.0.0.1"]);
        write(&self.path("server.pem"), &server.certificate.pem());
        write(&self.path("server.key"), &server.key.serialize_pem());
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn flag(&self, flag: &str, name: &str) -> String {
        format!("--{flag}={}", self.path(name).display())
    }

    /// The client port speaks both languages; the secure one TLS alone.
    async fn start(&self, program: &Program, secure_port: u16, more: &[String]) -> Server {
        // With etcd 3.5.1 it is left to chance whether a port of both languages answers gRPC in the plain one.
        let both = if program.is_rsetcd { ",https://127.0.0.1:{client}" } else { "" };
        let mut flags = vec![
            format!("--listen-client-urls=http://127.0.0.1:{{client}}{both},https://127.0.0.1:{secure_port}"),
            self.flag("cert-file", "server.pem"),
            self.flag("key-file", "server.key"),
        ];
        flags.extend_from_slice(more);
        Server::start(program, &flags).await
    }
}

const GET: &[u8] = b"GET /version HTTP/1.1\r\nHost: foreign\r\nConnection: close\r\n\r\n";
/// The beginning of a connection with HTTP/2.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[tokio::test(flavor = "multi_thread")]
async fn who_is_let_in_and_who_is_not() {
    let files = Files::new();
    let other = Ca::new("of others");
    let known = files.ca.issue("somebody", &["client.example.com"]);
    let foreign = other.issue("somebody", &["client.example.com"]);
    let plain = Client::new(&files.ca);
    for program in programs() {
        let port = free_port();
        let server = files.start(&program, port, &["--host-whitelist=nobody".to_owned()]).await;
        let both = server.client_port();
        for (what, port, client, wanted) in [
            ("no certificate is asked for", port, &plain, "h2 ok"),
            ("the port of both", if program.is_rsetcd { both } else { port }, &plain, "h2 ok"),
            ("a certificate is not looked at", port, &plain.with(&foreign), "h2 ok"),
            ("the server's CA is another", port, &Client::new(&other), "refused by client"),
            ("HTTP/1.1 by ALPN", port, &plain.offering(&["http/1.1"]), "http/1.1 ok"),
            ("no ALPN", port, &plain.offering(&[]), "http/1.1 ok"),
            ("either", port, &plain.offering(&["http/1.1", "h2"]), "h2 ok"),
            ("TLS 1.2", port, &plain.version(&rustls::version::TLS12), "h2 ok"),
        ] {
            assert_eq!(outcome(client, port).await, wanted, "{what}: {}", program.path.display());
        }
        // The white list guards plain HTTP alone.
        assert!(client::plain(both, GET).await.starts_with("HTTP/1.1 421"));
        assert!(client::page(&plain.offering(&[]), port, GET).await.unwrap().starts_with("HTTP/1.1 200"));
        assert_eq!(client::plain(port, GET).await, "", "plain HTTP to TLS");
        assert_eq!(client::plain(port, PREFACE).await, "", "plain gRPC to TLS");
        let log = server.log();
        assert!(log.contains("serving client traffic securely"), "{log}");
        assert!(log.contains("\"msg\":\"rejected connection"), "{log}");
        assert!(log.contains("first record does not look like a TLS handshake"), "{log}");
        drop(server);

        let demanding = [
            vec![files.flag("trusted-ca-file", "ca.pem")],
            vec![files.flag("trusted-ca-file", "ca.pem"), "--client-cert-auth".to_owned()],
        ];
        for flags in demanding {
            let server = files.start(&program, port, &flags).await;
            for (what, client, wanted) in [
                ("none", &plain, "refused by server"),
                ("of the CA", &plain.with(&known), "h2 ok"),
                ("of another CA", &plain.with(&foreign), "refused by server"),
                ("none, TLS 1.2", &plain.version(&rustls::version::TLS12), "refused by server"),
                ("of the CA, TLS 1.2", &plain.version(&rustls::version::TLS12).with(&known), "h2 ok"),
                ("of another CA, TLS 1.2", &plain.version(&rustls::version::TLS12).with(&foreign), "refused by server"),
            ] {
                assert_eq!(outcome(client, port).await, wanted, "{what} {flags:?}: {}", program.path.display());
            }
            drop(server);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn host_names_and_revocation_lists_are_kept_to() {
    let files = Files::new();
    let (good, bad) = (files.ca.issue("a", &["good.example.com"]), files.ca.issue("b", &["bad.example.com"]));
    write(&files.path("crl"), &files.ca.revocation_list(&[&bad]));
    for program in programs() {
        let port = free_port();
        let demand = files.flag("trusted-ca-file", "ca.pem");
        let more = if program.is_rsetcd { "x.example.com," } else { "" };
        let lists = [
            // etcd 3.5.1 takes one name.
            ("host name", format!("--client-cert-allowed-hostname={more}good.example.com")),
            ("list", files.flag("client-crl-file", "crl")),
        ];
        for (what, flag) in lists {
            let server = files.start(&program, port, &[demand.clone(), flag]).await;
            let client = Client::new(&files.ca);
            assert_eq!(outcome(&client.with(&good), port).await, "h2 ok", "{what}: {}", program.path.display());
            assert_eq!(
                outcome(&client.with(&bad), port).await,
                "refused by server",
                "{what}: {}",
                program.path.display()
            );
            drop(server);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_used_at_once() {
    let files = Files::new();
    for program in programs() {
        let port = free_port();
        let server = files.start(&program, port, &[]).await;
        let client = Client::new(&files.ca);
        let before = client.handshake(port).await.unwrap();
        files.renew_server();
        let after = client.handshake(port).await.unwrap();
        assert_ne!(before, after, "the server's certificate");
        // Without its file there is none, not the old one.
        fs::rename(files.path("server.key"), files.path("away")).unwrap();
        assert_eq!(outcome(&client, port).await, "refused by server", "{}", program.path.display());
        fs::rename(files.path("away"), files.path("server.key")).unwrap();
        assert_eq!(outcome(&client, port).await, "h2 ok");
        drop(server);
    }
}

/// What a user may do who never logged in: the name in the certificate is enough.
#[tokio::test(flavor = "multi_thread")]
async fn the_common_name_is_the_user() {
    let files = Files::new();
    let names = ["root", "reader", "nobody", ""].map(|name| (name, files.ca.issue(name, &["x"])));
    for program in programs() {
        let port = free_port();
        let auth = vec![files.flag("trusted-ca-file", "ca.pem"), "--client-cert-auth".to_owned()];
        let server = files.start(&program, port, &auth).await;
        let mut admin = AuthClient::new(server.connect().await);
        for name in ["root", "reader"] {
            let options = Some(UserAddOptions { no_password: true });
            let user = AuthUserAddRequest { name: name.into(), options, ..Default::default() };
            admin.user_add(user).await.unwrap();
        }
        admin.user_grant_role(AuthUserGrantRoleRequest { user: "root".into(), role: "root".into() }).await.unwrap();
        admin.auth_enable(AuthEnableRequest {}).await.unwrap();
        for (name, wanted) in [
            ("root", "ok"),
            ("reader", "etcdserver: permission denied"),
            ("nobody", "etcdserver: permission denied"),
            ("", "etcdserver: permission denied"),
        ] {
            let (_, certificate) = names.iter().find(|(other, _)| *other == name).unwrap();
            let channel = Client::new(&files.ca).with(certificate).channel(port).await.unwrap();
            let put = PutRequest { key: "k".into(), ..Default::default() };
            let got = KvClient::new(channel).put(put).await;
            let got = got.map_or_else(|status| status.message().to_owned(), |_| "ok".to_owned());
            assert_eq!(got, wanted, "{name:?}: {}", program.path.display());
        }
        // The plain port tells no name.
        let range = RangeRequest { key: "k".into(), ..Default::default() };
        let status = KvClient::new(server.connect().await).range(range).await.unwrap_err();
        assert_eq!(status.message(), "etcdserver: user name is empty");
        drop(server);

        // Without --client-cert-auth a certificate is demanded, and names nobody.
        if program.is_rsetcd {
            let server = files.start(&program, port, &auth[..1]).await;
            let mut admin = AuthClient::new(server.connect().await);
            let options = Some(UserAddOptions { no_password: true });
            let root = AuthUserAddRequest { name: "root".into(), options, ..Default::default() };
            admin.user_add(root).await.unwrap();
            admin.user_grant_role(AuthUserGrantRoleRequest { user: "root".into(), role: "root".into() }).await.unwrap();
            admin.auth_enable(AuthEnableRequest {}).await.unwrap();
            let channel = Client::new(&files.ca).with(&names[0].1).channel(port).await.unwrap();
            let status = KvClient::new(channel).put(PutRequest { key: "k".into(), ..Default::default() }).await;
            assert_eq!(status.unwrap_err().message(), "etcdserver: user name is empty");
        }
    }
}

/// Flags of a member that does not start, and what it says.
#[test]
fn files_that_cannot_be_used_end_the_start() {
    let files = Files::new();
    let other = files.ca.issue("other", &["x"]);
    write(&files.path("other.key"), &other.key.serialize_pem());
    write(&files.path("text"), "no certificate");
    let (cert, key) = (files.flag("cert-file", "server.pem"), files.flag("key-file", "server.key"));
    let cases: &[(Vec<String>, &str)] = &[
        (
            vec![],
            "TLS key/cert (--cert-file, --key-file) must be provided for client url https://127.0.0.1:PORT with HTTPS scheme",
        ),
        (vec![cert.clone()], "KeyFile and CertFile must both be present[key: , cert: DIR/server.pem]"),
        (vec![files.flag("cert-file", "none"), key.clone()], "open DIR/none: no such file or directory"),
        (vec![cert.clone(), files.flag("key-file", "other.key")], "tls: private key does not match public key"),
        (
            vec![cert.clone(), key.clone(), files.flag("trusted-ca-file", "none")],
            "open DIR/none: no such file or directory",
        ),
        (vec![cert, key, "--cipher-suites=FOO".to_owned()], "unexpected TLS cipher suite \\\"FOO\\\""),
    ];
    for program in programs() {
        for (flags, wanted) in cases {
            let mut all = vec!["--listen-client-urls=https://127.0.0.1:{client}".to_owned()];
            all.extend_from_slice(flags);
            let mut server = Server::over(&program, &all, |_: &Path| ());
            let log = server.refuses_to_start();
            let wanted = wanted.replace("DIR", &files.dir.path().display().to_string());
            let wanted = wanted.replace("PORT", &server.client_port().to_string());
            assert!(log.contains(&wanted), "{flags:?}: {log}");
        }
    }
}
