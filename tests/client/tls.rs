//! Connections over TLS, and what is said when one cannot be made.

use std::{fs, path::PathBuf, time::Duration};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rsetcd::client::{Client, Config, DialError, Get, Put, TlsConfig};
use tempfile::TempDir;

use super::support::{
    program::Program,
    server::{Server, free_port},
};

crate::with_both! {
    certificates_are_checked_on_both_sides
    a_wrong_scheme_is_named
    a_certificate_that_is_trusted_itself_needs_no_chain
}

/// A CA and certificates in a folder.
struct Certificates {
    dir: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    fn new() -> Self {
        let dir = TempDir::with_prefix("rsetcd-test-").expect("a scratch folder");
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        fs::write(dir.path().join("ca.pem"), params.self_signed(&key).expect("a certificate").pem()).expect("a file");
        Self { dir, issuer: Issuer::new(params, key) }
    }

    /// Files NAME.pem and NAME.key, valid for a host.
    fn issue(&self, name: &str, host: &str) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([host.to_owned()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        fs::write(self.path(&format!("{name}.pem")), certificate.pem()).expect("a file");
        fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).expect("a file");
    }

    /// Files NAME.pem and NAME.key of an authority that is a host, as `openssl req -x509` makes them.
    fn issue_to_itself(&self, name: &str, host: &str) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([host.to_owned()]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        fs::write(self.path(&format!("{name}.pem")), certificate.pem()).expect("a file");
        fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).expect("a file");
    }

    fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    fn flag(&self, file: &str) -> String {
        self.path(file).display().to_string()
    }
}

/// A server that wants certificates of its clients, and its address.
fn start(program: &Program, certificates: &Certificates, name: &str, ca: &str) -> (Server, String) {
    let address = format!("127.0.0.1:{}", free_port());
    let url = format!("https://{address}");
    let flags = ["--listen-client-urls", &url, "--advertise-client-urls", &url, "--client-cert-auth"].map(String::from);
    let files = [("--cert-file", name, "pem"), ("--key-file", name, "key"), ("--trusted-ca-file", ca, "pem")];
    let files = files
        .into_iter()
        .flat_map(|(flag, name, kind)| [flag.to_owned(), certificates.flag(&format!("{name}.{kind}"))]);
    let mut server = Server::over(program, &flags.into_iter().chain(files).collect::<Vec<_>>(), |_| {});
    server.spawn();
    (server, address)
}

fn client(endpoint: &str, tls: Option<TlsConfig>, timeout: Duration) -> Client {
    let config = Config { tls, ..Config::new([endpoint]).command_timeout(timeout) };
    let config = config.dial_timeout(Duration::from_secs(60));
    Client::new(&config).expect("a sound config")
}

/// Why a client that never gets a connection does not.
async fn failure(endpoint: &str, tls: Option<TlsConfig>) -> DialError {
    let client = client(endpoint, tls, Duration::from_millis(700));
    loop {
        // The first time may be over before there was an answer to the greeting.
        assert!(client.range(Get::new("k")).await.is_err());
        if let Some(failure) = client.dial_failures().into_iter().next() {
            return failure.error;
        }
    }
}

async fn certificates_are_checked_on_both_sides(program: Program) {
    let certificates = Certificates::new();
    certificates.issue("server", "127.0.0.1");
    certificates.issue("client", "localhost");
    let (_server, address) = start(&program, &certificates, "server", "ca");
    let https = format!("https://{address}");
    let ours = |tls: TlsConfig| tls.identity_files(certificates.path("client.pem"), certificates.path("client.key"));
    let ca = || TlsConfig::new().ca_file(certificates.path("ca.pem"));
    let patience = Duration::from_secs(60);
    client(&https, Some(ours(ca())), patience).put(Put::new("k", "v")).await.expect("a put");
    // Without a scheme, TLS is spoken since it is set.
    client(&address, Some(ours(ca())), patience).put(Put::new("k", "v")).await.expect("a put");
    client(&https, Some(ours(TlsConfig::new().insecure_skip_verify())), patience)
        .put(Put::new("k", "v"))
        .await
        .expect("a put");
    let pem = |file| fs::read(certificates.path(file)).expect("a file");
    let in_memory = TlsConfig::new().ca_pem(pem("ca.pem")).identity_pem(pem("client.pem"), pem("client.key"));
    client(&https, Some(in_memory), patience).put(Put::new("k", "v")).await.expect("a put");

    let stranger = TlsConfig::new().ca_file(Certificates::new().path("ca.pem"));
    assert!(Client::new(&Config::new([&https[..]]).tls(stranger)).is_err(), "the file is gone");
    let other = Certificates::new();
    let error = failure(&https, Some(ours(TlsConfig::new().ca_file(other.path("ca.pem"))))).await;
    assert!(matches!(error, DialError::Certificate(_)), "{error:?}");
    let error = failure(&https, Some(ours(ca().server_name("db.example")))).await;
    assert!(matches!(error, DialError::Certificate(_)), "{error:?}");
    let error = failure(&https, Some(ca())).await;
    assert!(matches!(error, DialError::ClientCertificate(_)), "{error:?}");
    let error = failure(&format!("http://{address}"), None).await;
    assert!(matches!(error, DialError::OnlyTls | DialError::Closed), "{error:?}");
}

async fn a_wrong_scheme_is_named(program: Program) {
    let server = super::serve(&program).await;
    let https = server.client_url().replace("http:", "https:");
    let error = failure(&https, Some(TlsConfig::new().insecure_skip_verify())).await;
    assert!(matches!(error, DialError::NoTls | DialError::Closed), "{error:?}");
}

async fn a_certificate_that_is_trusted_itself_needs_no_chain(program: Program) {
    let certificates = Certificates::new();
    certificates.issue_to_itself("own", "127.0.0.1");
    certificates.issue_to_itself("other", "127.0.0.1");
    let (_server, address) = start(&program, &certificates, "own", "own");
    let https = format!("https://{address}");
    let path = |file: &str| certificates.path(file);
    let tls = |ca, name: &str| {
        let (certificate, key) = (format!("{name}.pem"), format!("{name}.key"));
        TlsConfig::new().ca_file(path(ca)).identity_files(path(&certificate), path(&key))
    };
    let patience = Duration::from_secs(60);
    client(&https, Some(tls("own.pem", "own")), patience).put(Put::new("k", "v")).await.expect("a put");
    let error = failure(&https, Some(tls("other.pem", "own"))).await;
    assert!(matches!(error, DialError::Certificate(_)), "{error:?}");
    let error = failure(&https, Some(tls("own.pem", "own").server_name("db.example"))).await;
    assert!(matches!(error, DialError::Certificate(_)), "{error:?}");
    let error = failure(&https, Some(tls("own.pem", "other"))).await;
    assert!(matches!(error, DialError::ClientCertificate(_)), "{error:?}");
}
