//! Routes: each with a backlog, a table, limits and a promise of its own.

use forebay_server::{Ack, RouteConfig, SinkUrl};
use rusqlite::Connection;

use crate::server::Server;
use crate::stage::Database;

fn route(ack: Ack) -> RouteConfig {
    RouteConfig { ack: Some(ack), ..RouteConfig::default() }
}

fn rows(folder: &std::path::Path, table: &str) -> i64 {
    let connection = Connection::open(folder.join("events.db")).expect("it opens");
    let sql = format!("SELECT count(*) FROM {table}");
    connection.query_row(&sql, [], |row| row.get(0)).expect("SQL")
}

#[tokio::test]
async fn each_route_has_its_own_table_backlog_and_line_in_the_status() {
    let server = Server::start_with(|config| {
        config.routes.insert("orders".to_owned(), RouteConfig::default());
        let table = Some("clicked".parse().expect("a table"));
        let limited = RouteConfig { table, events_max: Some(2), ..RouteConfig::default() };
        config.routes.insert("clicks".to_owned(), limited);
    })
    .await;
    let mut wire = server.connect().await;
    assert_eq!(wire.json("[1,2,3]").await.status, 202);
    for (path, status) in
        [("/events/orders", 202), ("/events/default", 202), ("/events/clicks", 413)]
    {
        let answer = wire.post(path, "application/json", b"[1,2,3]").await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
    assert_eq!(wire.post("/events/clicks", "application/json", b"[1]").await.status, 202);
    let unknown = wire.post("/events/order", "application/json", b"[1]").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("default, clicks, orders"), "{}", unknown.text());

    while wire.get("/status").await.json()["delivered"] != 10 {}
    let status = wire.get("/status").await.json();
    assert_eq!(status["accepted"], 10);
    for (name, accepted) in [("default", 6), ("orders", 3), ("clicks", 1)] {
        assert_eq!(status["routes"][name]["accepted"], accepted, "{status}");
        assert_eq!(status["routes"][name]["durability"], "disk");
    }
    assert_eq!(status["routes"]["clicks"]["events_max"], 2);
    let (_, folder) = server.stop().await;
    for (table, count) in [("events", 6), ("orders", 3), ("clicked", 1)] {
        assert_eq!(rows(folder.path(), table), count, "{table}");
    }
    assert!(folder.path().join("data.orders").is_dir());
}

#[tokio::test]
async fn the_answer_says_what_holds_when_it_leaves() {
    let server = Server::start_with(|config| {
        for (name, ack) in [("fast", Ack::Memory), ("safe", Ack::Disk), ("sure", Ack::Sink)] {
            config.routes.insert(name.to_owned(), route(ack));
        }
    })
    .await;
    let folder = server.folder.path().to_owned();
    let mut wire = server.connect().await;
    for (name, status, durability) in
        [("fast", 202, "memory"), ("safe", 202, "disk"), ("sure", 200, "sink")]
    {
        let path = format!("/events/{name}");
        let answer = wire.post(&path, "application/json", b"[1,2]").await;
        assert_eq!((answer.status, &answer.json()["accepted"]), (status, &2.into()));
        assert_eq!(answer.json()["durability"], durability);
    }
    // Nothing was waited for but the answer.
    assert_eq!(rows(&folder, "sure"), 2);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_from_the_sink_says_what_is_in_dead_letters() {
    let database = Database::new().await;
    let url: SinkUrl = database.url().parse().expect("a sink");
    let server = Server::start_with(|config| {
        config.sink = url;
        config.routes.insert("default".to_owned(), route(Ack::Sink));
    })
    .await;
    let mut wire = server.connect().await;
    let answer = wire.json(r#"[1,"a\u0000b",3]"#).await;
    assert_eq!((answer.status, answer.json()["durability"].as_str()), (200, Some("sink")));
    assert_eq!((&answer.json()["accepted"], &answer.json()["dead"]), (&3.into(), &1.into()));
    assert_eq!(database.ids("events").await.len(), 2);
    assert_eq!(database.ids("dead_letters").await.len(), 1);
    server.stop().await;
}

/// Of a request with an event that had come before, the new ones were answered as if they were
/// on disk only, and nobody waited for them.
#[tokio::test]
async fn an_answer_from_the_sink_waits_for_those_that_are_new() {
    let database = Database::new().await;
    let url: SinkUrl = database.url().parse().expect("a sink");
    let server = Server::start_with(|config| {
        config.sink = url;
        let known =
            RouteConfig { event_id: Some("/id".parse().expect("a pointer")), ..route(Ack::Sink) };
        config.routes.insert("default".to_owned(), known);
    })
    .await;
    let mut wire = server.connect().await;
    for (body, rows) in [(r#"{"id":1}"#, 1), (r#"[{"id":1},{"id":2},{"id":2},{"id":3}]"#, 3)] {
        let answer = wire.json(body).await;
        assert_eq!((answer.status, answer.json()["durability"].as_str()), (200, Some("sink")));
        assert_eq!(database.ids("events").await.len(), rows, "{body}");
    }
    let again = wire.json(r#"{"id":3}"#).await;
    assert_eq!((again.status, &again.json()["accepted"]), (202, &0.into()));
    server.stop().await;
}

#[tokio::test]
async fn an_answer_waits_for_the_sink_no_longer_than_it_was_told() {
    let server = Server::start_stuck_with(|config| {
        config.routes.insert("default".to_owned(), route(Ack::Sink));
        config.http.sink_ack_ms_max = 50;
    })
    .await;
    let mut wire = server.connect().await;
    let answer = wire.json("1").await;
    assert_eq!((answer.status, answer.json()["durability"].as_str()), (202, Some("disk")));
    assert_eq!(server.accepted().await, 1);
    server.abandon().await;
}
