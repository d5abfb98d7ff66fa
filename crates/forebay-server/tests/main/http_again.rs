//! A request, or an event, that comes again is answered and not stored again.

use serde_json::Value;

use crate::server::Server;
use crate::wire::{Answer, Wire};

/// Sends a body with further headers.
async fn send(wire: &mut Wire, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let kind = if body.contains('\n') { "application/x-ndjson" } else { "application/json" };
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    wire.send(format!("{head}\r\n{body}")).await;
    wire.answer().await
}

const KEY: &str = "idempotency-key";

#[tokio::test]
async fn a_request_that_comes_again_is_answered_as_the_first_time() {
    let server = Server::start_stuck_with(|_| {}).await;
    let mut wire = server.connect().await;
    let first = send(&mut wire, "/events", &[(KEY, "\"one\"")], "[1,2]").await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (202, None));
    // A bare key is the same key as one in quotes.
    for key in ["\"one\"", "one"] {
        let again = send(&mut wire, "/events", &[(KEY, key)], "[1,2]").await;
        assert_eq!((again.status, again.text()), (202, first.text()));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
    }
    assert_eq!(server.accepted().await, 2);

    let other = send(&mut wire, "/events", &[(KEY, "one")], "[1,3]").await;
    assert_eq!(
        (other.status, &other.json()["type"]),
        (422, &"urn:forebay:problem:key-reused".into())
    );
    let other = send(&mut wire, "/events", &[(KEY, "two")], "[1,2]").await;
    assert_eq!((other.status, other.text() == first.text()), (202, false));
    assert_eq!(server.accepted().await, 4);
    server.abandon().await;
}

#[tokio::test]
async fn a_key_that_is_none_is_named_and_nothing_is_stored() {
    let server = Server::start_stuck_with(|_| {}).await;
    let mut wire = server.connect().await;
    let long = "x".repeat(256);
    for key in ["\"\"", "a b", "\"open", &long] {
        let refused = send(&mut wire, "/events", &[(KEY, key)], "1").await;
        assert_eq!(refused.status, 400, "{key}: {}", refused.text());
        assert_eq!(refused.json()["type"], "urn:forebay:problem:idempotency-key");
    }
    let twice = send(&mut wire, "/events", &[(KEY, "a"), (KEY, "b")], "1").await;
    assert_eq!(twice.status, 400);
    assert_eq!(server.accepted().await, 0);
    server.abandon().await;
}

#[tokio::test]
async fn repeats_at_one_time_are_stored_once_and_answered_alike() {
    let server = Server::start_stuck_with(|_| {}).await;
    let address = server.service.local_addr();
    for round in 0..20 {
        let key = format!("round-{round}");
        let sent: Vec<_> = (0..8)
            .map(|_| {
                let key = key.clone();
                tokio::spawn(async move {
                    let mut wire = Wire::to(address).await;
                    send(&mut wire, "/events", &[(KEY, &key)], "[1,2,3]").await.text().to_owned()
                })
            })
            .collect();
        let mut answers = Vec::new();
        for answer in sent {
            answers.push(answer.await.expect("it was answered"));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
    assert_eq!(server.accepted().await, 60);
    server.abandon().await;
}

/// A service whose route `orders` knows its events by `/id`.
async fn with_ids() -> Server {
    Server::start_stuck_with(|config| {
        config.routes.entry("orders".to_owned()).or_default().event_id =
            Some("/id".parse().expect("a pointer"));
    })
    .await
}

#[tokio::test]
async fn an_event_whose_id_came_before_is_stored_once() {
    let server = with_ids().await;
    let mut wire = server.connect().await;
    let path = "/events/orders";
    let one = send(&mut wire, path, &[], r#"[{"id":"a"},{"id":"b"},{"id":"a","again":1}]"#).await;
    assert_eq!((one.status, &one.json()["accepted"]), (202, &2.into()));
    assert_eq!(one.json()["repeated"], 1);
    let two = send(&mut wire, path, &[], "{\"id\":\"b\"}\n{\"id\":7}\n").await;
    assert_eq!((&two.json()["accepted"], &two.json()["repeated"]), (&1.into(), &1.into()));
    let none = send(&mut wire, path, &[], r#"{"id":7,"x":2}"#).await;
    assert_eq!((&none.json()["accepted"], &none.json()["first"]), (&0.into(), &Value::Null));
    // The ids that are answered are of those that are new: no other is ever stored.
    let ids = |answer: &Value| (answer["first"].clone(), answer["last"].clone());
    for (body, new) in [(r#"[{"id":"c"},{"id":"c"}]"#, 1), (r#"[{"id":"a"},{"id":"d"}]"#, 1)] {
        let answer = send(&mut wire, path, &[], body).await.json();
        let (first, last) = ids(&answer);
        assert_eq!((&answer["accepted"], first), (&new.into(), last), "{body}");
    }
    // Another route knows nothing of them.
    assert_eq!(send(&mut wire, "/events", &[], r#"{"id":"a"}"#).await.json()["accepted"], 1);
    assert_eq!(server.status().await["routes"]["orders"]["accepted"], 5);
    server.abandon().await;
}

#[tokio::test]
async fn an_event_without_its_id_is_named_and_nothing_is_stored() {
    let server = with_ids().await;
    let mut wire = server.connect().await;
    let lines = "{\"id\":1}\n\n{\"no\":1}\n";
    let refused = send(&mut wire, "/events/orders", &[], lines).await;
    assert_eq!((refused.status, &refused.json()["line"]), (422, &3.into()), "{}", refused.text());
    assert!(refused.text().contains("/id"), "{}", refused.text());
    let refused = send(&mut wire, "/events/orders", &[], r#"[{"id":1},{"id":null}]"#).await;
    assert_eq!((refused.status, &refused.json()["element"]), (422, &2.into()));
    assert_eq!(server.accepted().await, 0);
    server.abandon().await;
}

#[tokio::test]
async fn a_cloud_event_is_known_by_its_source_and_id() {
    let server = Server::start_stuck_with(|_| {}).await;
    let mut wire = server.connect().await;
    let event = |source: &'static str| {
        [("ce-specversion", "1.0"), ("ce-type", "t"), ("ce-id", "7"), ("ce-source", source)]
    };
    let mut accepted = async |source, body| {
        send(&mut wire, "/events", &event(source), body).await.json()["accepted"].clone()
    };
    assert_eq!(accepted("/here", "1").await, 1);
    assert_eq!(accepted("/here", "2").await, 0);
    assert_eq!(accepted("/there", "3").await, 1);
    // The same event, whichever mode it comes in and however it is written.
    assert_eq!(accepted("%2Fhere", "4").await, 0);
    let there = r#"{"specversion":"1.0","type":"t","id":"7","source":"/there","data":5}"#;
    let structured = "application/cloudevents+json";
    let again = wire.post("/events", structured, there.as_bytes()).await;
    assert_eq!((&again.json()["accepted"], &again.json()["repeated"]), (&0.into(), &1.into()));
    assert_eq!(server.accepted().await, 2);
    server.abandon().await;
}
