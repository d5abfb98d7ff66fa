//! Stopping is clean: what is in flight is answered, nobody new comes in, nobody idle holds it up.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::server::Server;
use crate::wire::post;

#[tokio::test]
async fn a_request_in_flight_is_answered_and_idle_connections_end() {
    let server = Server::start().await;
    let address = server.service.local_addr();
    let mut idle = server.connect().await;
    assert_eq!(idle.json("{}").await.status, 202);
    let mut silent = server.connect().await;
    let mut busy = server.connect().await;
    // Asking first tells us that the service has begun with this request.
    busy.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         content-length: 5\r\nexpect: 100-continue\r\n\r\n",
    )
    .await;
    assert_eq!(busy.answer().await.status, 100);
    busy.send("[1,").await;

    let stopping = tokio::spawn(server.stop());
    idle.closed().await;
    silent.closed().await;
    assert!(TcpStream::connect(address).await.is_err(), "the door is closed");
    assert!(!stopping.is_finished());

    busy.send("2]").await;
    let answer = busy.answer().await;
    assert_eq!((answer.status, answer.json()["accepted"].as_u64()), (202, Some(2)));
    assert_eq!(answer.header("connection"), Some("close"));
    busy.closed().await;
    let (left, _folder) = stopping.await.expect("no panic");
    assert_eq!((left.waiting, left.in_flight), (0, 0));
}

#[tokio::test]
async fn what_cannot_be_delivered_in_time_is_reported() {
    let server = Server::start_stuck_with(|_| {}).await;
    assert_eq!(server.connect().await.json("[1,2,3]").await.status, 202);
    let left = server.abandon().await;
    assert_eq!(left.waiting + left.in_flight, 3);
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_up_the_stop() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    let request = post("/events", "application/json", b"{\"a\":1}");
    wire.send(&request[..request.len() - 1]).await;
    assert_eq!(server.accepted().await, 0);
    let left = server.service.stop(Duration::from_millis(200)).await;
    assert_eq!((left.waiting, left.in_flight), (0, 0));
    wire.closed().await;
}
