//! The pages say how things stand, and their books balance.

use serde_json::Value;

use crate::server::Server;

fn count(status: &Value, name: &str) -> u64 {
    status[name].as_u64().unwrap_or_else(|| panic!("{name} is not a count in {status}"))
}

#[track_caller]
fn assert_balanced(status: &Value) {
    let out = ["delivered", "waiting", "in_flight", "dropped", "dead"];
    let sum: u64 = out.iter().map(|name| count(status, name)).sum();
    assert_eq!(count(status, "accepted"), sum, "{status}");
}

#[tokio::test]
async fn status_balances_at_every_moment() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    for sent in 1..=200_u64 {
        assert_eq!(wire.json("[1,2,3,4,5]").await.status, 202);
        let answer = wire.get("/status").await;
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let status = answer.json();
        assert_eq!(count(&status, "accepted"), 5 * sent);
        assert_balanced(&status);
        assert_balanced(&status["routes"]["default"]);
        assert!(status["oldest_age_s"].as_f64().is_some_and(|age| age >= 0.0));
    }
    server.stop().await;
}

#[tokio::test]
async fn status_has_every_promised_field() {
    let server = Server::start_stuck_with(|_| {}).await;
    let mut wire = server.connect().await;
    let empty = wire.get("/status").await.json();
    assert_eq!(empty["oldest_age_s"], 0.0);
    wire.json("[1,2]").await;
    let status = wire.get("/status").await.json();
    for name in ["waiting", "bytes", "in_flight", "accepted", "delivered", "dropped", "dead"] {
        count(&status, name);
    }
    assert_eq!(count(&status, "waiting") + count(&status, "in_flight"), 2);
    assert!(status["gear"].is_string());
    assert_eq!(status["durability"], "disk");
    assert!(status["sink"]["state"].is_string());
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert!(status["uptime_s"].as_f64().is_some_and(|uptime| uptime >= 0.0));
    assert!(status["sqlite"].is_string());
    assert_eq!(status["limits"]["body_bytes_max"], 1024 * 1024);
    server.abandon().await;
}

#[tokio::test]
async fn metrics_say_the_same_as_status() {
    let server = Server::start_stuck_with(|_| {}).await;
    let mut wire = server.connect().await;
    wire.json("[1,2,3]").await;
    wire.json("nonsense").await;
    let answer = wire.get("/metrics").await;
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
    let text = answer.text();
    for line in [
        "# TYPE forebay_ingest_events_total counter",
        "forebay_ingest_events_total{route=\"default\"} 3",
        "forebay_queue_delivered_total{route=\"default\"} 0",
        "forebay_queue_capacity_events{route=\"default\"} 1000000",
        "forebay_queue_enqueued_total{route=\"default\"} 3",
        "forebay_dead_letter_total{route=\"default\",reason=\"refused\"} 0",
        "forebay_ingest_bytes_total{route=\"default\"} 7",
        "forebay_commit_duration_seconds_count{route=\"default\"} 1",
        "forebay_http_request_duration_seconds_bucket{route=\"default\",le=\"+Inf\"} 2",
        "forebay_stalled{route=\"default\"} 0",
        "forebay_http_requests_total{route=\"default\",code=\"202\"} 1",
        "forebay_http_requests_total{route=\"default\",code=\"400\"} 1",
    ] {
        assert!(text.lines().any(|is| is == line), "{line} is missing in\n{text}");
    }
    let mut families = std::collections::HashSet::new();
    for line in text.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            assert!(families.insert(family.to_owned()), "{family} comes twice");
        } else if !line.starts_with('#') {
            let (name, figure) = line.rsplit_once(' ').expect("a name and a figure");
            assert!(name.starts_with("forebay_"), "{line}");
            assert!(figure.parse::<f64>().is_ok_and(|figure| figure >= 0.0), "{line}");
        }
    }
    server.abandon().await;
}

#[tokio::test]
async fn every_page_is_there_and_takes_get_and_head_only() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    for path in ["/", "/livez", "/readyz", "/status", "/metrics", "/livez?verbose"] {
        assert_eq!(wire.get(path).await.status, 200, "{path}");
        wire.send(format!("HEAD {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
        let head = wire.head().await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{path}: {head}");
        let answer = wire.post(path, "application/json", b"{}").await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    }
    let answer = wire.get("/events").await;
    answer.problem(405);
    assert_eq!(answer.header("allow"), Some("POST"));
    wire.get("/favicon.ico").await.problem(404);
    server.stop().await;
}
