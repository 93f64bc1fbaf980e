use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Claims, Jwt, Method};
use crate::auth::token::{Identity, JwtConfig, KeyError, TokenConfig, TokenError, Tokens};
use crate::pb::request::Caller;

const SECOND: i64 = 1_000_000_000;
const NOW: i64 = 2_000_000_000 * SECOND;

fn config(method: &str, public: &str, private: &str) -> JwtConfig {
    let file = |name: &str| {
        (!name.is_empty()).then(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/jwt").join(name))
    };
    JwtConfig {
        method: Method::parse(method).unwrap(),
        public_key: file(public),
        private_key: file(private),
        ttl_nanos: 60 * SECOND,
    }
}

fn jwt(method: &str, public: &str, private: &str) -> Jwt {
    Jwt::load(&config(method, public, private)).unwrap_or_else(|error| panic!("{method}: {error}"))
}

/// Method, public key, private key: in each form that OpenSSL writes.
const KEYS: &[(&str, &str, &str)] = &[
    ("RS256", "rsa.pub", "rsa.pem"),
    ("RS384", "rsa1.pub", "rsa-pkcs1.pem"),
    ("RS512", "rsa.crt", "rsa.pem"),
    ("PS256", "rsa.pub", "rsa.pem"),
    ("PS384", "rsa.pub", "rsa-pkcs1.pem"),
    ("PS512", "rsa.pub", "rsa.pem"),
    ("ES256", "p256.pub", "p256.pem"),
    ("ES256", "p256.pub", "p256-sec1.pem"),
    ("ES384", "p384.pub", "p384.pem"),
    ("ES384", "p384.pub", "p384-sec1.pem"),
    ("ES512", "p521.pub", "p521.pem"),
    ("ES512", "p521.pub", "p521-sec1.pem"),
    ("HS256", "", "secret"),
    ("HS384", "", "secret"),
    ("HS512", "", "secret"),
    ("EdDSA", "ed25519.pub", "ed25519.pem"),
];

#[test]
fn tokens_of_openssl_are_good_and_ours_are_theirs() {
    let tokens = include_str!("../../../../tests/data/jwt/tokens.txt");
    for &(method, public, private) in KEYS {
        let (_, token) =
            tokens.lines().filter_map(|line| line.split_once(' ')).find(|(name, _)| *name == method).unwrap();
        let wanted = Some(Claims { username: "root".into(), revision: 7 });
        let signer = jwt(method, "", private);
        assert_eq!(signer.verify(token, NOW), wanted, "{method}: the private key tells the public one");
        if !public.is_empty() {
            let verifier = jwt(method, public, "");
            assert_eq!(verifier.verify(token, NOW), wanted, "{method} {public}");
            assert_eq!(verifier.sign("root", 7, NOW), Err(TokenError::VerifyOnly));
        }
        let both = jwt(method, public, private);
        let own = both.sign("root", 7, NOW).unwrap();
        assert_eq!(both.verify(&own, NOW), wanted, "{method}");
        // These have one signature only: what OpenSSL signs at the same expiry is what we sign.
        if ["RS", "HS", "Ed"].contains(&&method[..2]) {
            assert_eq!(both.sign("root", 7, (4_102_444_800 - 60) * SECOND).as_deref(), Ok(token), "{method}");
        }
    }
}

#[test]
fn a_token_that_was_touched_or_is_over_is_nobodys() {
    for &(method, public, private) in KEYS {
        let jwt = jwt(method, public, private);
        let token = jwt.sign("root", 7, NOW).unwrap();
        assert!(jwt.verify(&token, NOW + 59 * SECOND).is_some(), "{method}");
        assert_eq!(jwt.verify(&token, NOW + 60 * SECOND), None, "{method}: over");
        let parts: Vec<&str> = token.split('.').collect();
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let mut signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        signature[9] ^= 1;
        let flipped = URL_SAFE_NO_PAD.encode(&signature);
        let other_user = part(r#"{"exp":4102444800,"revision":7,"username":"evil"}"#);
        for forged in [
            format!("{}.{}.{flipped}", parts[0], parts[1]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{other_user}.{}", parts[0], parts[2]),
            format!("{}.{}.{}", part(r#"{"alg":"none"}"#), parts[1], parts[2]),
            format!("{}.{}.", part(r#"{"alg":"none"}"#), parts[1]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{token}.x"),
            String::new(),
            "..".to_owned(),
            "abc.5".to_owned(),
        ] {
            assert_eq!(jwt.verify(&forged, NOW), None, "{method}: {forged}");
        }
    }
}

#[test]
fn the_configured_algorithm_is_the_only_one() {
    let tokens = include_str!("../../../../tests/data/jwt/tokens.txt");
    let all: Vec<(&str, &str)> = tokens.lines().filter_map(|line| line.split_once(' ')).collect();
    assert_eq!(all.len(), 13);
    for &(method, public, private) in KEYS {
        let jwt = jwt(method, public, private);
        for (other, token) in all.iter().filter(|(other, _)| *other != method) {
            assert_eq!(jwt.verify(token, NOW), None, "{method} takes {other}");
        }
    }
    // A public key is no secret: signing with its text as one must not help.
    let public = config("RS256", "rsa.pub", "").public_key.unwrap();
    let forger = Jwt::load(&JwtConfig { private_key: Some(public), ..config("HS256", "", "") }).unwrap();
    let forged = forger.sign("root", 7, NOW).unwrap();
    assert!(forger.verify(&forged, NOW).is_some());
    assert_eq!(jwt("RS256", "rsa.pub", "").verify(&forged, NOW), None);
}

#[test]
fn claims_are_read_as_by_etcd() {
    let jwt = jwt("HS256", "", "secret");
    for (claims, wanted, why) in [
        (r#"{"username":"u","revision":4}"#, Some(("u", 4)), "no expiry"),
        (r#"{"username":"u","revision":4.0,"exp":2000000001}"#, Some(("u", 4)), "numbers of JSON are floating"),
        (r#"{"username":"","revision":4}"#, Some(("", 4)), "nobody, as checks will find"),
        (r#"{"username":"u","revision":4,"exp":2000000000}"#, None, "over now"),
        (r#"{"username":"u","revision":4,"exp":"2000000001"}"#, None, "expiry as text"),
        (r#"{"username":"u","revision":4,"exp":null}"#, None, "no number"),
        (r#"{"username":"u","revision":4,"nbf":2000000001}"#, None, "not yet"),
        (r#"{"username":"u","revision":4,"nbf":2000000000}"#, Some(("u", 4)), "from now on"),
        (r#"{"username":"u"}"#, None, "no revision; etcd 3.5.1 ends here"),
        (r#"{"username":"u","revision":"4"}"#, None, "revision as text"),
        (r#"{"revision":4}"#, None, "no user"),
        (r#"{"username":5,"revision":4}"#, None, "user as number"),
        ("[]", None, "no object"),
        ("{", None, "no JSON"),
    ] {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
        let signature = jwt.signing.as_ref().unwrap().sign(message.as_bytes()).unwrap();
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
        let got = jwt.verify(&token, NOW).map(|claims| (claims.username, claims.revision));
        assert_eq!(got, wanted.map(|(name, revision)| (name.to_owned(), revision)), "{claims}: {why}");
    }
}

#[test]
fn keys_that_do_not_fit_end_the_start() {
    for (method, public, private, wanted) in [
        ("RS256", "", "", "auth: missing key data"),
        ("HS256", "rsa.pub", "", "auth: missing key data"),
        ("RS256", "", "nofile", "open nofile: no such file or directory"),
        ("RS256", "", "p256.pem", "auth: p256.pem is no private key for RS256"),
        ("RS256", "p256.pub", "", "auth: p256.pub is no public key for RS256"),
        ("RS256", "", "rsa.pub", "auth: rsa.pub is no private key for RS256"),
        ("ES256", "", "p384.pem", "auth: p384.pem is no private key for ES256"),
        ("ES256", "", "p521-sec1.pem", "auth: p521-sec1.pem is no private key for ES256"),
        ("ES256", "p384.pub", "", "auth: p384.pub is no public key for ES256"),
        ("ES512", "", "p256.pem", "auth: p256.pem is no private key for ES512"),
        ("ES512", "p384.pub", "", "auth: p384.pub is no public key for ES512"),
        ("EdDSA", "", "rsa.pem", "auth: rsa.pem is no private key for EdDSA"),
        ("EdDSA", "p256.pub", "", "auth: p256.pub is no public key for EdDSA"),
        ("EdDSA", "tokens.txt", "", "auth: tokens.txt is no public key for EdDSA"),
    ] {
        let Err(error) = Jwt::load(&config(method, public, private)) else { panic!("{method} {public} {private}") };
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/jwt/");
        assert_eq!(error.to_string().replace(folder, ""), wanted, "{method} {public} {private}");
    }
    // Two keys, each good for itself.
    let dir = tempfile::tempdir().unwrap();
    let private = dir.path().join("other.pem");
    std::fs::write(&private, rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem())
        .unwrap();
    let config = JwtConfig { private_key: Some(private), ..config("ES256", "p256.pub", "") };
    assert!(matches!(Jwt::load(&config), Err(KeyError::Mismatch)));
}

#[test]
fn each_kind_of_token_has_its_way() {
    let now = std::time::Instant::now();
    let caller = |revision| Identity::Caller(Caller { username: "u".into(), auth_revision: revision });

    let none = Tokens::new(&TokenConfig::None).unwrap();
    assert_eq!(none.draw(), Err(TokenError::NoProvider));
    assert_eq!(none.identify("a.5", 9, 9, now), Identity::Invalid);

    let simple = Tokens::new(&TokenConfig::Simple { ttl: std::time::Duration::from_secs(1) }).unwrap();
    assert_eq!(simple.draw().unwrap().len(), 16);
    assert_eq!(simple.issue("u", 4), Ok(None));
    simple.assigned("a.5".into(), "u", now);
    assert_eq!(simple.identify("a.5", 9, 9, now), caller(9), "the revision is the present one");
    assert_eq!(simple.identify("a.10", 9, 9, now), Identity::WaitFor(10));

    let signed = Tokens::new(&TokenConfig::Jwt(config("ES512", "", "p521.pem"))).unwrap();
    assert_eq!(signed.draw().as_deref(), Ok(""));
    let token = signed.issue("u", 4).unwrap().unwrap();
    signed.forget_all();
    assert_eq!(signed.identify(&token, 9, 0, now), caller(4), "the revision is the one of the signing");
}
