//! Nobody sends faster than is allowed, and nobody else pays for it.

use forebay_server::{Config, Rate};

use crate::server::Server;
use crate::wire::{Answer, Wire};

/// So slow that nothing is earned again while a test runs.
const SLOW: u64 = 1;

async fn server(change: impl FnOnce(&mut Config)) -> Server {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "alpha\nbeta\n").expect("a token file");
    Server::start_with(|config| {
        config.token_file = Some(tokens);
        change(config);
    })
    .await
}

async fn post(wire: &mut Wire, token: &str, body: &str) -> Answer {
    wire.send(format!(
        "POST /events HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    wire.answer().await
}

fn too_fast(answer: &Answer, limit: &str) {
    let problem = answer.problem(429);
    assert_eq!(problem["limit"], limit, "{problem}");
    let seconds: u64 = answer.header("retry-after").expect("when").parse().expect("seconds");
    assert!((1..=120).contains(&seconds), "{seconds}");
}

/// Sends one event after the other until one is refused; returns how many were not.
async fn until_refused(server: &Server, token: &str, limit: &str) -> u64 {
    let mut wire = server.connect().await;
    for sent in 0..10_000 {
        let answer = post(&mut wire, token, "1").await;
        if answer.status != 202 {
            too_fast(&answer, limit);
            return sent;
        }
    }
    panic!("nothing was refused");
}

#[tokio::test]
async fn a_token_that_sends_too_fast_is_told_when_to_come_again_and_the_others_are_served() {
    let requests = Rate { per_s: SLOW, burst: 3 };
    let server = server(|config| config.rate.requests = requests).await;
    assert!(until_refused(&server, "alpha", "rate.requests_per_s").await >= 3);
    // On another connection nothing is different: the token counts.
    until_refused(&server, "alpha", "rate.requests_per_s").await;
    assert!(until_refused(&server, "beta", "rate.requests_per_s").await >= 3);
    assert_eq!(server.connect().await.get("/livez").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn events_are_counted_one_by_one_and_what_is_refused_is_not_stored() {
    let events = Rate { per_s: SLOW, burst: 10 };
    let server = server(|config| config.rate.events = events).await;
    let mut wire = server.connect().await;
    // More than a burst, by somebody who owes nothing: from now on for a minute and a half.
    let hundred = format!("[{}1]", "1,".repeat(99));
    assert_eq!(post(&mut wire, "alpha", &hundred).await.status, 202);
    too_fast(&post(&mut wire, "alpha", "1").await, "rate.events_per_s");
    too_fast(&post(&mut wire, "alpha", "[1,2,3]").await, "rate.events_per_s");
    let one_by_one = until_refused(&server, "beta", "rate.events_per_s").await;
    assert!(one_by_one >= 10, "{one_by_one}");
    let (left, folder) = server.stop().await;
    assert_eq!(left.waiting, 0);
    let database = rusqlite::Connection::open(folder.path().join("events.db")).expect("a sink");
    let rows: i64 = database
        .query_row("SELECT count(*) FROM events", [], |row| row.get(0))
        .expect("the table is there");
    assert_eq!(u64::try_from(rows), Ok(100 + one_by_one));
}

#[tokio::test]
async fn where_nobody_needs_a_token_the_address_counts() {
    let events = Rate { per_s: SLOW, burst: 1 };
    let server = Server::start_with(|config| config.rate.events = events).await;
    assert_eq!(server.connect().await.json("[1,2,3,4,5,6,7,8,9]").await.status, 202);
    too_fast(&server.connect().await.json("[1,2]").await, "rate.events_per_s");
    server.abandon().await;
}

#[tokio::test]
async fn a_reload_forgives_nobody() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "alpha\n").expect("a token file");
    let mut kept = None;
    let server = Server::start_with(|config| {
        config.token_file = Some(tokens);
        config.rate.events = Rate { per_s: SLOW, burst: 1 };
        kept = Some(config.clone());
    })
    .await;
    let mut wire = server.connect().await;
    let hundred = format!("[{}1]", "1,".repeat(99));
    assert_eq!(post(&mut wire, "alpha", &hundred).await.status, 202);
    server.service.change(&kept.expect("it was started")).expect("nothing is wrong with it");
    too_fast(&post(&mut wire, "alpha", "1").await, "rate.events_per_s");
    server.stop().await;
}

#[tokio::test]
async fn bodies_that_would_not_fit_into_memory_are_refused_and_promises_take_no_room() {
    const KIB: usize = 1024;
    let server = Server::start_with(|config| {
        config.http.body_bytes_max = 64 * KIB as u64;
        config.http.in_flight_bytes_max = 100 * KIB as u64;
    })
    .await;
    let head = |bytes: usize| {
        format!(
            "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
             content-length: {bytes}\r\n\r\n"
        )
    };
    // Ten that promise much and send nothing.
    let mut promised = Vec::new();
    for _ in 0..10 {
        let mut wire = server.connect().await;
        wire.send(head(60 * KIB)).await;
        promised.push(wire);
    }
    let mut honest = server.connect().await;
    let large = format!("\"{}\"", "x".repeat(50 * KIB));
    assert_eq!(honest.json(&large).await.status, 202);
    // Two that have sent most of it: beyond that there is no room.
    for wire in &mut promised[..2] {
        wire.send(format!("\"{}", "x".repeat(48 * KIB))).await;
    }
    in_flight(&server, 2 * (48 * KIB + 1)).await;
    let answer = honest.json(&large).await;
    assert_eq!(answer.problem(503)["limit"], "in_flight_bytes_max");
    assert_eq!(answer.header("retry-after"), Some("1"));
    // They go, and there is room again.
    drop(promised);
    in_flight(&server, 0).await;
    assert_eq!(server.connect().await.json(&large).await.status, 202);
    server.stop().await;
}

/// Waits until so many bytes of bodies are in memory.
async fn in_flight(server: &Server, bytes: usize) {
    let wanted = format!("forebay_http_in_flight_bytes {bytes}");
    let mut wire = server.connect().await;
    for _ in 0..100_000 {
        if wire.get("/metrics").await.text().lines().any(|line| line == wanted) {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never {wanted}");
}
