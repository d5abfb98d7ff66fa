//! A backlog that does not move is told, and told again when it moves.

use crate::server::Server;
use crate::wire::Wire;

/// Asks until the metric has this value.
async fn wait_for_stalled(wire: &mut Wire, value: u8) {
    let line = format!("forebay_stalled{{route=\"default\"}} {value}\n");
    while !wire.get("/metrics").await.text().contains(&line) {}
}

#[tokio::test]
async fn a_backlog_that_stands_still_is_in_status_metrics_and_readyz() {
    let server = Server::start_stuck_with(|config| config.stalled_after_ms = 100).await;
    let mut wire = server.connect().await;
    assert_eq!(wire.get("/readyz").await.text(), "ready\n");
    assert!(wire.get("/status").await.json()["stalled_s"].is_null());
    assert_eq!(wire.json("1").await.status, 202);
    wait_for_stalled(&mut wire, 1).await;
    let status = wire.get("/status").await.json();
    assert!(status["stalled_s"].as_f64() >= Some(0.1), "{status}");
    assert!(!status["routes"]["default"]["stalled_s"].is_null(), "{status}");
    // Events are taken all the same.
    let ready = wire.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(ready.text().contains("stalled: events of route default"), "{}", ready.text());
    server.abandon().await;
}

#[tokio::test]
async fn a_backlog_that_moves_again_is_not_stalled_any_more() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("late").join("events.db");
    let sink = format!("sqlite:{}", path.display()).parse().expect("a sink");
    let server = Server::start_with(|config| {
        config.sink = sink;
        config.stalled_after_ms = 100;
        config.consumer.retry.delay_ms_first = 5;
        config.consumer.retry.delay_ms_max = 20;
    })
    .await;
    let mut wire = server.connect().await;
    assert_eq!(wire.json("1").await.status, 202);
    wait_for_stalled(&mut wire, 1).await;
    std::fs::create_dir(path.parent().expect("a folder")).expect("it can be made");
    wait_for_stalled(&mut wire, 0).await;
    while wire.get("/status").await.json()["delivered"] != 1 {}
    assert_eq!(wire.get("/readyz").await.text(), "ready\n");
    server.stop().await;
}
