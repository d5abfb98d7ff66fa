//! A connection that rests between requests, as one of many, is served as if nobody else were there.

use std::time::Duration;

use crate::server::Server;
use crate::wire::{Wire, post};

/// Two of the seats are taken: half of them.
async fn crowded() -> (Server, Wire, Wire) {
    let server = Server::start_with(|config| config.http.connections_max = 4).await;
    let (one, mut other) = (server.connect().await, server.connect().await);
    assert_eq!(other.json("{}").await.status, 202);
    (server, one, other)
}

#[tokio::test]
async fn requests_in_pieces_and_several_at_once_are_each_answered_in_their_order() {
    let (server, mut wire, _other) = crowded().await;
    let request = post("/events", "application/json", b"{\"a\":1}");
    let mut sent = 1;
    for cut in 0..=request.len() {
        let (first, rest) = request.split_at(cut);
        // A whole one in front: what comes of the next is with it.
        wire.send([&request, first].concat()).await;
        assert_eq!(wire.answer().await.status, 202, "cut at {cut}");
        wire.send(rest).await;
        assert_eq!(wire.answer().await.status, 202, "cut at {cut}");
        sent += 2;
    }
    wire.send(request.repeat(40)).await;
    for _ in 0..40 {
        assert_eq!(wire.answer().await.status, 202);
    }
    assert_eq!(server.accepted().await, sent + 40);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_not_taken_at_once_is_taken_whole() {
    let (server, mut wire, _other) = crowded().await;
    let request = "GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n";
    // More than the sockets hold, and nobody reads.
    wire.send(request.repeat(200)).await;
    let first = wire.answer().await;
    for number in 1..200 {
        assert_eq!(wire.answer().await.text(), first.text(), "answer {number}");
    }
    assert_eq!(wire.json("{}").await.status, 202);
    server.stop().await;
}

#[tokio::test]
async fn it_is_closed_when_it_rests_too_long_and_not_before() {
    let server = Server::start_with(|config| {
        config.http.connections_max = 2;
        config.http.idle_ms_max = 300;
    })
    .await;
    let (mut busy, mut resting) = (server.connect().await, server.connect().await);
    assert_eq!(resting.json("{}").await.status, 202);
    let asking = async {
        loop {
            // Each answer starts a new wait.
            assert_eq!(busy.json("{}").await.status, 202);
        }
    };
    let for_three_waits = Duration::from_millis(900);
    assert!(tokio::time::timeout(for_three_waits, asking).await.is_err(), "it goes on");
    resting.closed().await;
    server.stop().await;
}

#[tokio::test]
async fn it_holds_up_no_stop() {
    let (server, mut wire, other) = crowded().await;
    assert_eq!(wire.json("{}").await.status, 202);
    let stopped = tokio::time::timeout(Duration::from_secs(10), server.stop()).await;
    assert!(stopped.is_ok());
    drop((wire, other));
}
