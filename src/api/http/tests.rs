use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, Response, header},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::{Access, HttpDeps, RaftStatus, Versions, client_router, metrics_router, peer_router};
use crate::pb::etcdserverpb::AlarmType;

/// What the invented member says.
#[derive(Clone)]
struct State {
    alarms: Vec<AlarmType>,
    has_leader: bool,
    serializable: Result<(), String>,
    linearizable: Result<(), String>,
    is_learner: bool,
}

const FINE: State =
    State { alarms: Vec::new(), has_leader: true, serializable: Ok(()), linearizable: Ok(()), is_learner: false };

fn deps(state: &Arc<Mutex<State>>) -> Arc<HttpDeps> {
    let get = || {
        let state = state.clone();
        move || state.lock().unwrap().clone()
    };
    let (alarms, leader, serializable, linearizable, learner) = (get(), get(), get(), get(), get());
    Arc::new(HttpDeps {
        refresh_metrics: Box::new(|| {}),
        alarms: Box::new(move || alarms().alarms),
        has_leader: Box::new(move || leader().has_leader),
        serializable_read: Box::new(move || Box::pin(std::future::ready(serializable().serializable))),
        linearizable_read: Box::new(move || Box::pin(std::future::ready(linearizable().linearizable))),
        is_learner: Box::new(move || learner().is_learner),
        versions: Box::new(|| Versions {
            server: "3.7.1".into(),
            cluster: Some("3.7.0".into()),
            storage: Some("3.7.0".into()),
        }),
        raft_status: Box::new(|| RaftStatus { id: "1".into(), ..RaftStatus::default() }),
        request_timeout: Duration::from_secs(7),
    })
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn content_type(&self) -> &str {
        self.headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap())
    }
}

fn ask(router: &Router, request: Request<Body>) -> Reply {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let response: Response<Body> = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Reply { status: parts.status.as_u16(), headers: parts.headers, body }
    })
}

fn get(router: &Router, path: &str) -> Reply {
    ask(router, Request::get(path).body(Body::empty()).unwrap())
}

#[test]
fn pages_answer_as_recorded_from_etcd() {
    let router = client_router(&deps(&Arc::new(Mutex::new(FINE))));
    for line in include_str!("../../../tests/data/golden-3.7.1/http.jsonl").lines() {
        let wanted: serde_json::Value = serde_json::from_str(line).unwrap();
        let path = wanted["path"].as_str().unwrap();
        let got = get(&router, path);
        assert_eq!(got.status, wanted["status"], "{path}");
        assert_eq!(got.content_type(), wanted["content_type"].as_str().unwrap(), "{path}");
        match wanted["body"].as_str().unwrap().strip_prefix("(keys) ") {
            None => assert_eq!(got.body, wanted["body"].as_str().unwrap(), "{path}"),
            Some(keys) => {
                let page: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&got.body).unwrap();
                assert_eq!(page.keys().cloned().collect::<Vec<_>>().join(" "), keys, "{path}");
            }
        }
    }
}

#[test]
fn health_tells_what_is_wrong() {
    let state = Arc::new(Mutex::new(FINE));
    let router = client_router(&deps(&state));
    let nospace = State { alarms: vec![AlarmType::Nospace], ..FINE };
    let corrupt = State { alarms: vec![AlarmType::Nospace, AlarmType::Corrupt], ..FINE };
    let lost = State { has_leader: false, ..FINE };
    let unread =
        State { linearizable: Err("etcdserver: request timed out".into()), serializable: Err("x".into()), ..FINE };
    let learner = State { is_learner: true, ..FINE };
    let text = |reason: &str| format!("{{\"health\":\"false\",\"reason\":\"{reason}\"}}\n");
    let good = "{\"health\":\"true\",\"reason\":\"\"}".to_owned();
    for (now, path, status, body) in [
        (&nospace, "/health", 503, text("ALARM NOSPACE")),
        (&nospace, "/health?exclude=NOSPACE", 200, good.clone()),
        (&nospace, "/health?exclude=nospace", 503, text("ALARM NOSPACE")), // names are upper case
        (&corrupt, "/health?exclude=NOSPACE,CORRUPT", 503, text("ALARM NOSPACE")), // no commas
        (&corrupt, "/health?exclude=NOSPACE", 503, text("ALARM CORRUPT")),
        (&corrupt, "/health?exclude=NOSPACE&exclude=CORRUPT", 200, good.clone()),
        (&lost, "/health", 503, text("RAFT NO LEADER")),
        (&lost, "/health?serializable=true", 200, good.clone()),
        (&lost, "/health?serializable=1", 503, text("RAFT NO LEADER")), // the word `true` alone
        (&unread, "/health", 503, text("RANGE ERROR:etcdserver: request timed out")),
        (&unread, "/health?serializable=true", 503, text("RANGE ERROR:x")),
        (&learner, "/health", 200, good),
        (&nospace, "/readyz", 200, "ok\n".into()),
        (&corrupt, "/livez", 200, "ok\n".into()),
        (
            &corrupt,
            "/readyz?exclude=linearizable_read&exclude=non_learner",
            503,
            "[-]data_corruption failed: alarm activated: CORRUPT\n[+]serializable_read ok\n\n".into(),
        ),
        (&corrupt, "/readyz/data_corruption", 503, "[-]data_corruption failed: alarm activated: CORRUPT\n\n".into()),
        (&unread, "/livez", 503, "[-]serializable_read failed: x\n\n".into()),
        (&unread, "/livez?exclude=serializable_read&exclude=nosuch", 200, "ok\n".into()),
        (&learner, "/readyz/non_learner?verbose=0", 503, "[-]non_learner failed: not supported for learner\n\n".into()),
        (&learner, "/readyz/serializable_read?verbose", 200, "[+]serializable_read ok\nok\n".into()),
        (&learner, "/livez/linearizable_read", 404, "404 page not found\n".into()), // not a check of livez
    ] {
        *state.lock().unwrap() = now.clone();
        let got = get(&router, path);
        assert_eq!(got.content_type(), "text/plain; charset=utf-8", "{path}");
        assert_eq!((got.status, got.body), (status, body), "{path}");
    }
}

#[test]
fn each_listener_has_its_pages_and_methods() {
    let deps = deps(&Arc::new(Mutex::new(FINE)));
    let (client, metrics, peer) = (client_router(&deps), metrics_router(&deps), peer_router(&deps));
    for (path, on_client, on_metrics, on_peer) in [
        ("/health", 200, 200, 404),
        ("/livez", 200, 200, 404),
        ("/metrics", 200, 200, 404),
        ("/version", 200, 404, 200),
        ("/debug/vars", 200, 404, 404),
        ("/debug/pprof/", 404, 404, 404),
        ("/raft", 404, 404, 404),
    ] {
        let got = [&client, &metrics, &peer].map(|router| get(router, path).status);
        assert_eq!(got, [on_client, on_metrics, on_peer], "{path}");
    }
    for path in ["/health", "/livez", "/readyz/non_learner", "/version", "/debug/vars"] {
        for method in [Method::POST, Method::HEAD] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let got = ask(&client, request);
            assert_eq!(got.status, 405, "{path}");
            assert_eq!(got.headers[header::ALLOW], "GET", "{path}");
        }
    }
    let request = Request::post("/metrics").header(header::ACCEPT_ENCODING, "br, gzip").body(Body::empty()).unwrap();
    let got = ask(&client, request);
    assert_eq!(got.status, 200);
    assert_eq!(got.headers[header::CONTENT_ENCODING], "gzip");
    assert_eq!(got.content_type(), "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
}

#[test]
fn unknown_grpc_services_are_unimplemented() {
    let router = client_router(&deps(&Arc::new(Mutex::new(FINE))));
    let request = Request::post("/a.B/C").header(header::CONTENT_TYPE, "application/grpc").body(Body::empty()).unwrap();
    let got = ask(&router, request);
    assert_eq!(got.status, 200);
    assert_eq!(got.headers["grpc-status"], "12");
    assert_eq!(got.headers["grpc-message"], "unknown%20service%20a.B");
}

#[test]
fn hosts_and_origins_are_held_to_their_lists() {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    for (hosts, host, is_allowed) in [
        (&["*"][..], "anything", true),
        (&["foo.com"], "foo.com", true),
        (&["foo.com"], "foo.com:2379", true),
        (&["foo.com"], "FOO.COM", false),        // compared exactly
        (&["foo.com"], "127.0.0.1:2379", false), // the loopback is not implied
        (&["::1"], "[::1]:2379", true),
        (&[""], "foo.com", false), // `--host-whitelist ''`
        (&[], "foo.com", true),
    ] {
        let access = Access::new(&words(&["*"]), &words(hosts));
        let request = Request::get("/").header(header::HOST, host).body(()).unwrap();
        match access.check(&request) {
            Ok(headers) => {
                assert!(is_allowed, "{hosts:?} {host}");
                assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
            }
            Err(refusal) => {
                assert!(!is_allowed, "{hosts:?} {host}");
                assert_eq!(refusal.status(), 421);
            }
        }
    }
    let access = Access::new(&words(&["http://a:80"]), &words(&["*"]));
    let with_origin = |origin: &str| Request::get("/").header(header::ORIGIN, origin).body(()).unwrap();
    let headers = access.check(&with_origin("http://a:80")).unwrap();
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "http://a:80");
    assert!(access.check(&with_origin("http://b:80")).unwrap().is_empty());
    let options = Request::builder().method(Method::OPTIONS).uri("/nosuch").body(()).unwrap();
    assert_eq!(access.check(&options).unwrap_err().status(), 200);
}
