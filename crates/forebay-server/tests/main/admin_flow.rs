//! A person can hold up the way out of a route, or the way in; nothing is lost by it.

use std::time::Duration;

use serde_json::Value;

use crate::server::Server;
use crate::wire::{PATIENCE, Wire};

async fn admin(wire: &mut Wire, what: &str) -> Value {
    let answer = wire.post(&format!("/admin/{what}"), "application/json", b"").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Asks `/status` until it is as meant.
async fn until(wire: &mut Wire, is_meant: impl Fn(&Value) -> bool) -> Value {
    let asking = async {
        loop {
            let status = wire.get("/status").await.json();
            if is_meant(&status) {
                return status;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("it comes to be so")
}

#[tokio::test]
async fn a_paused_route_takes_events_and_writes_none_until_it_is_resumed() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    assert_eq!(admin(&mut wire, "pause").await["flow"]["default"], "paused");
    assert_eq!(wire.json("[1,2,3]").await.status, 202);
    let status = until(&mut wire, |status| status["accepted"] == 3).await;
    assert_eq!(status["flow"], "paused");
    assert_eq!(status["routes"]["default"]["flow"], "paused");
    assert_eq!((&status["waiting"], &status["delivered"]), (&3.into(), &0.into()));
    assert_eq!(admin(&mut wire, "resume?route=default").await["flow"]["default"], "open");
    until(&mut wire, |status| status["delivered"] == 3).await;
    server.stop().await;
}

#[tokio::test]
async fn a_drained_route_delivers_what_waits_and_takes_nothing() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    admin(&mut wire, "pause").await;
    wire.json("[1,2]").await;
    admin(&mut wire, "drain").await;
    let problem = wire.json("3").await.problem(503);
    assert_eq!(problem["type"], "urn:forebay:problem:held");
    let status = until(&mut wire, |status| status["delivered"] == 2).await;
    assert_eq!((&status["accepted"], &status["waiting"]), (&2.into(), &0.into()));
    admin(&mut wire, "resume").await;
    assert_eq!(wire.json("3").await.status, 202);
    server.stop().await;
}

#[tokio::test]
async fn a_service_that_stops_while_paused_keeps_what_waits_and_does_not_wait_for_it() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    admin(&mut wire, "pause").await;
    wire.json("[1,2,3,4]").await;
    let stopped = tokio::time::timeout(Duration::from_secs(15), server.stop()).await;
    let (left, _folder) = stopped.expect("it does not use up its time");
    assert_eq!(left.waiting, 4);
}

#[tokio::test]
async fn a_page_of_somebody_else_may_change_and_see_nothing() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    for (method, path) in [
        ("POST", "/admin/pause"),
        ("POST", "/dead/purge?all=true"),
        ("GET", "/live"),
        ("GET", "/dead"),
    ] {
        for foreign in ["origin: http://evil.example", "sec-fetch-site: cross-site"] {
            wire.send(format!(
                "{method} {path} HTTP/1.1\r\nhost: test\r\n{foreign}\r\ncontent-length: 0\r\n\r\n"
            ))
            .await;
            wire.answer().await.problem(403);
        }
        wire.send(format!(
            "{method} {path} HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 0\r\n\r\n"
        ))
        .await;
        wire.answer().await.problem(403);
    }
    assert_eq!(wire.get("/status").await.json()["flow"], "open");
    server.stop().await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    wire.post("/admin/pause?route=orders", "application/json", b"").await.problem(404);
    wire.post("/admin/stop", "application/json", b"").await.problem(404);
    wire.get("/admin/pause").await.problem(405);
    server.stop().await;
}
