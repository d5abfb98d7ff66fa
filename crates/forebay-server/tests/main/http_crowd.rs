//! A connection that rests between requests, as one of many, is served as if nobody else were there; an
//! encrypted one too, whose stream may hold back what was read or written.

use std::time::Duration;

use forebay_server::Config;

use crate::server::{Server, Spoken};
use crate::wire::{Wire, post};

const BOTH: [Spoken; 2] = [Spoken::Clear, Spoken::Tls];

/// Two of the seats are taken: half of them.
async fn crowded(spoken: Spoken) -> (Server, Wire, Wire) {
    let few = |config: &mut Config| config.http.connections_max = 4;
    let server = Server::start_speaking(spoken, few).await;
    let (one, mut other) = (server.connect().await, server.connect().await);
    assert_eq!(other.json("{}").await.status, 202);
    (server, one, other)
}

#[tokio::test]
async fn requests_in_pieces_and_several_at_once_are_each_answered_in_their_order() {
    for spoken in BOTH {
        let (server, mut wire, _other) = crowded(spoken).await;
        let request = post("/events", "application/json", b"{\"a\":1}");
        let mut sent = 1;
        for cut in 0..=request.len() {
            let (first, rest) = request.split_at(cut);
            // A whole one in front: what comes of the next is with it.
            wire.send([&request, first].concat()).await;
            assert_eq!(wire.answer().await.status, 202, "{spoken:?}, cut at {cut}");
            wire.send(rest).await;
            assert_eq!(wire.answer().await.status, 202, "{spoken:?}, cut at {cut}");
            sent += 2;
        }
        wire.send(request.repeat(40)).await;
        for _ in 0..40 {
            assert_eq!(wire.answer().await.status, 202);
        }
        assert_eq!(server.accepted().await, sent + 40);
        server.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_not_taken_at_once_is_taken_whole() {
    for spoken in BOTH {
        let (server, mut wire, _other) = crowded(spoken).await;
        let request = "GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n";
        // More than the sockets hold, and nobody reads.
        wire.send(request.repeat(200)).await;
        let first = wire.answer().await;
        for number in 1..200 {
            assert_eq!(wire.answer().await.text(), first.text(), "{spoken:?}, answer {number}");
        }
        assert_eq!(wire.json("{}").await.status, 202);
        server.stop().await;
    }
}

#[tokio::test]
async fn it_is_closed_when_it_rests_too_long_and_not_before() {
    for spoken in BOTH {
        let server = Server::start_speaking(spoken, |config| {
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
}

#[tokio::test]
async fn it_holds_up_no_stop() {
    for spoken in BOTH {
        let (server, mut wire, other) = crowded(spoken).await;
        assert_eq!(wire.json("{}").await.status, 202);
        let stopped = tokio::time::timeout(Duration::from_secs(10), server.stop()).await;
        assert!(stopped.is_ok());
        drop((wire, other));
    }
}
