//! Everything has a limit, and whoever goes beyond it hears so at once.

use std::time::Duration;

use crate::server::Server;
use crate::wire::post;

const KIB: usize = 1024;

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_and_its_connection_survives() {
    let server = Server::start_with(|config| config.http.body_bytes_max = 4096).await;
    let mut wire = server.connect().await;
    let fits = format!("\"{}\"", "x".repeat(4094));
    assert_eq!(wire.json(&fits).await.status, 202);
    for bytes in [4097, 40 * KIB, 64 * KIB] {
        let problem = wire.json(&" ".repeat(bytes)).await.problem(413);
        assert_eq!(problem["body_bytes_max"], 4096);
        assert_eq!(wire.json("{}").await.status, 202, "the connection survives {bytes} bytes");
    }

    let chunk = "x".repeat(3000);
    wire.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n",
    )
    .await;
    wire.send(format!("bb8\r\n{chunk}\r\nbb8\r\n{chunk}\r\n0\r\n\r\n")).await;
    wire.answer().await.problem(413);
    assert_eq!(wire.json("{}").await.status, 202, "the connection survives chunks");
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_far_too_large_is_refused_and_its_connection_ends() {
    let server = Server::start_with(|config| config.http.body_bytes_max = 4096).await;
    let mut wire = server.connect().await;
    wire.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         content-length: 1000000000\r\n\r\n",
    )
    .await;
    let answer = wire.answer().await;
    answer.problem(413);
    assert_eq!(answer.header("connection"), Some("close"));
    wire.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_before_sending_too_much_is_refused_before_it_sends() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    wire.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         content-length: 2000000\r\nexpect: 100-continue\r\n\r\n",
    )
    .await;
    wire.answer().await.problem(413);
    server.stop().await;
}

#[tokio::test]
async fn an_event_that_is_too_large_is_named_and_nothing_is_stored() {
    let server = Server::start_with(|config| config.http.event_bytes_max = 10).await;
    let mut wire = server.connect().await;
    let long = "\"0123456789\"";
    wire.json(long).await.problem(413);
    let problem = wire.json(&format!("[1,2,{long}]")).await.problem(413);
    assert_eq!((&problem["element"], &problem["event_bytes_max"]), (&3.into(), &10.into()));
    let lines = format!("1\n\n{long}\n");
    let answer = wire.post("/events", "application/x-ndjson", lines.as_bytes()).await;
    assert_eq!(answer.problem(413)["line"], 3);
    assert_eq!(wire.json(&format!("   {}   ", "\"01234567\"")).await.status, 202);
    assert_eq!(server.accepted().await, 1);
    server.stop().await;
}

#[tokio::test]
async fn who_says_a_byte_now_and_then_gives_its_seat_to_who_asks() {
    let server = Server::start_with(|config| config.http.connections_max = 4).await;
    let mut honest = server.connect().await;
    assert_eq!(honest.json("{}").await.status, 202);
    let mut slow = Vec::new();
    for _ in 0..12 {
        let mut wire = server.connect().await;
        wire.send("GET /livez HTTP/1.1\r\nx-slow: a").await;
        slow.push(wire);
        if slow.len() % 4 == 0 {
            let mut newcomer = server.connect().await;
            assert_eq!(newcomer.json("{}").await.status, 202, "{} before it", slow.len());
        }
    }
    assert_eq!(honest.json("{}").await.status, 202, "who has asked for something stays");
    for byte in ["a", "\r", "\n", "\r"] {
        slow[11].send(byte).await;
    }
    slow[11].send("\n").await;
    assert_eq!(slow[11].answer().await.status, 200, "a head may come in pieces");
    server.stop().await;
}

#[tokio::test]
async fn a_slow_body_is_given_up() {
    let server = Server::start_with(|config| config.http.body_read_ms_max = 100).await;
    let mut wire = server.connect().await;
    assert_eq!(wire.json("{}").await.status, 202);
    let request = post("/events", "application/json", b"{\"a\":1}");
    let (most, _rest) = request.split_at(request.len() - 1);
    wire.send(most).await;
    let answer = wire.answer().await;
    assert_eq!(answer.problem(408)["body_read_ms_max"], 100);
    assert_eq!(answer.header("connection"), Some("close"));
    wire.closed().await;
    assert_eq!(server.accepted().await, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_full_backlog_is_answered_at_once_and_takes_no_half() {
    let server = Server::start_stuck_with(|config| config.backlog.limits.events_max = 10).await;
    let mut wire = server.connect().await;
    assert_eq!(wire.json("[1,2,3,4,5,6,7,8]").await.status, 202);
    assert_eq!(wire.get("/readyz").await.status, 200, "the sink has no say in this");
    let answer = wire.json("[9,10,11]").await;
    let problem = answer.problem(503);
    assert_eq!(problem["limit"], "events_max");
    assert!(answer.header("retry-after").is_some_and(|s| s.parse::<u32>().is_ok()));
    assert_eq!(server.accepted().await, 8);
    assert_eq!(wire.json("[9,10]").await.status, 202);
    let not_ready = wire.get("/readyz").await;
    not_ready.problem(503);
    assert!(not_ready.header("retry-after").is_some());
    assert_eq!(wire.get("/livez").await.status, 200);

    let never = wire.json("[1,2,3,4,5,6,7,8,9,10,11]").await.problem(413);
    assert_eq!(never["events_max"], 10);
    let left = server.abandon().await;
    assert_eq!(left.waiting + left.in_flight, 10);
}

#[tokio::test]
async fn a_backlog_full_in_bytes_is_answered_at_once() {
    let server =
        Server::start_stuck_with(|config| config.backlog.limits.bytes_max = 16 * 1024).await;
    let mut wire = server.connect().await;
    let event = format!("\"{}\"", "x".repeat(5000));
    let mut accepted = 0;
    let refused = loop {
        let answer = wire.json(&event).await;
        if answer.status != 202 {
            break answer;
        }
        accepted += 1;
    };
    assert_eq!(refused.problem(503)["limit"], "bytes_max");
    assert_eq!(accepted, 3);
    let hopeless = wire.json(&format!("\"{}\"", "x".repeat(20_000))).await;
    assert_eq!(hopeless.problem(413)["bytes_max"], 16 * 1024, "trying again would never help");
    let status = server.status().await;
    assert!(status["bytes"].as_u64() <= Some(16 * 1024));
    server.abandon().await;
}

#[tokio::test]
async fn a_crowd_that_says_nothing_keeps_nobody_out() {
    let server = Server::start_with(|config| {
        config.http.connections_max = 400;
        config.http.header_read_ms_max = 600_000;
    })
    .await;
    let mut crowd = Vec::new();
    for _ in 0..500 {
        crowd.push(server.connect().await);
    }
    let mut wire = server.connect().await;
    let answer = wire.json("{}").await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    // The first of the crowd has been there longest: it had to make room.
    crowd[0].closed().await;
    assert!(server.status().await["connections"].as_u64() <= Some(400));
    server.stop().await;
}

#[tokio::test]
async fn silence_ends_when_the_head_is_late() {
    let server = Server::start_with(|config| config.http.header_read_ms_max = 50).await;
    let mut silent = server.connect().await;
    let mut halting = server.connect().await;
    halting.send("POST /events HTTP/1.1\r\nhost:").await;
    silent.closed().await;
    halting.closed().await;
    assert_eq!(server.connect().await.json("{}").await.status, 202);
    server.stop().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_time() {
    let server = Server::start_with(|config| config.http.idle_ms_max = 50).await;
    let mut wire = server.connect().await;
    assert_eq!(wire.json("{}").await.status, 202);
    wire.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn when_every_seat_is_taken_by_a_speaker_the_next_hears_so() {
    let server = Server::start_with(|config| config.http.connections_max = 2).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    assert_eq!(first.json("{}").await.status, 202);
    assert_eq!(second.json("{}").await.status, 202);
    let mut third = server.connect().await;
    let answer = third.answer().await;
    answer.problem(503);
    assert_eq!(answer.header("retry-after"), Some("1"));
    third.closed().await;
    assert_eq!(first.json("{}").await.status, 202);
    let stopped = tokio::time::timeout(Duration::from_secs(10), server.stop()).await;
    assert!(stopped.is_ok(), "idle connections do not hold it up");
}
