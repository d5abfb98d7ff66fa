//! What is accepted is counted, numbered and delivered, character by character.

use rusqlite::Connection;
use uuid::Uuid;

use crate::server::Server;
use crate::wire::{Answer, post};

fn ids(answer: &Answer) -> (Uuid, Uuid) {
    let json = answer.json();
    let id = |name: &str| json[name].as_str().and_then(|id| id.parse().ok()).expect("an id");
    (id("first"), id("last"))
}

#[tokio::test]
async fn each_form_of_body_is_accepted_and_becomes_rows_in_order() {
    let server = Server::start().await;
    let mut wire = server.connect().await;

    let one = wire.json(" {\"a\": 1.50}\n").await;
    assert_eq!((one.status, one.json()["accepted"].as_u64()), (202, Some(1)));
    assert_eq!(one.header("content-type"), Some("application/json"));
    assert_eq!(one.json()["durability"], "disk");
    let array = wire.json("[ {\"b\":[1,2]} , \"two\", null]").await;
    assert_eq!((array.status, array.json()["accepted"].as_u64()), (202, Some(3)));
    let lines =
        wire.post("/events/default", "application/x-ndjson", b"5\r\n\n{\"c\":\"\\u00e9\"}").await;
    assert_eq!((lines.status, lines.json()["accepted"].as_u64()), (202, Some(2)));

    let (first, last) = ids(&one);
    assert_eq!((first, first.get_version_num()), (last, 7));
    assert!(last < ids(&array).0 && ids(&array).0 < ids(&array).1);
    assert!(ids(&array).1 < ids(&lines).0);

    let (left, folder) = server.stop().await;
    assert_eq!((left.waiting, left.in_flight), (0, 0));
    let database = Connection::open(folder.path().join("events.db")).expect("the sink's file");
    let mut query = database
        .prepare("select body, attributes ->> 'content_type' from events order by id")
        .expect("the sink's table");
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    let rows: Vec<(String, String)> = rows.collect::<Result<_, _>>().expect("rows");
    let json = "application/json";
    let expected = [
        ("{\"a\": 1.50}", json),
        ("{\"b\":[1,2]}", json),
        ("\"two\"", json),
        ("null", json),
        ("5", "application/x-ndjson"),
        ("{\"c\":\"\\u00e9\"}", "application/x-ndjson"),
    ];
    let expected = expected.map(|(body, kind)| (body.to_owned(), kind.to_owned()));
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn requests_that_come_at_once_are_answered_in_their_order() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    let requests: Vec<u8> = (1..=50)
        .flat_map(|count| {
            let body = format!("[{}]", vec!["0"; count].join(","));
            post("/events", "application/json", body.as_bytes())
        })
        .collect();
    wire.send(requests).await;
    for count in 1..=50_u64 {
        let answer = wire.answer().await;
        assert_eq!((answer.status, answer.json()["accepted"].as_u64()), (202, Some(count)));
    }
    assert_eq!(server.accepted().await, 50 * 51 / 2);
    server.stop().await;
}

#[tokio::test]
async fn a_body_in_chunks_is_the_same_as_a_body_in_one_piece() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    wire.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n",
    )
    .await;
    for byte in "[1,{\"a\":2}]".chars() {
        wire.send(format!("1\r\n{byte}\r\n")).await;
    }
    wire.send("0\r\n\r\n").await;
    let answer = wire.answer().await;
    assert_eq!((answer.status, answer.json()["accepted"].as_u64()), (202, Some(2)));
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    wire.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json; charset=utf-8\r\n\
         content-length: 7\r\nexpect: 100-continue\r\n\r\n",
    )
    .await;
    assert_eq!(wire.answer().await.status, 100);
    wire.send("{\"a\":1}").await;
    assert_eq!(wire.answer().await.status, 202);
    server.stop().await;
}
