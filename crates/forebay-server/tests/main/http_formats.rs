//! What is no plain JSON becomes rows like what is.

use std::path::Path;

use serde_json::{Value, json};

use crate::server::Server;

/// `(attributes, body)` of each row, in the order in which the events came.
fn rows(folder: &Path) -> Vec<(Value, Value)> {
    let sink = rusqlite::Connection::open(folder.join("events.db")).expect("it is there");
    let mut select = sink.prepare("SELECT attributes, body FROM events ORDER BY id").expect("SQL");
    let row = |row: &rusqlite::Row<'_>| {
        let parse = |text: String| serde_json::from_str(&text).expect("JSON");
        Ok((parse(row.get(0)?), parse(row.get(1)?)))
    };
    select.query_map([], row).expect("SQL").collect::<Result<_, _>>().expect("rows")
}

const CSV: &str = "text/csv; charset=utf-8";
const FORM: &str = "application/x-www-form-urlencoded";
const EVENT: &str = "application/cloudevents+json";
const EVENTS: &str = "application/cloudevents-batch+json";

#[tokio::test]
async fn records_and_forms_become_objects_of_strings() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    let records = "id,note\n1,\"a \"\"b\"\", c\"\n2,\n";
    assert_eq!(wire.post("/events", CSV, records.as_bytes()).await.json()["accepted"], 2);
    assert_eq!(wire.post("/events", FORM, b"a=1&b=x+y&a=2").await.json()["accepted"], 1);
    let (_, folder) = server.stop().await;
    let rows = rows(folder.path());
    let bodies: Vec<&Value> = rows.iter().map(|(_, body)| body).collect();
    assert_eq!(
        bodies,
        [
            &json!({"id": "1", "note": "a \"b\", c"}),
            &json!({"id": "2", "note": ""}),
            &json!({"a": ["1", "2"], "b": "x y"}),
        ]
    );
    assert_eq!(rows[0].0, json!({"route": "default", "content_type": "text/csv"}));
    assert_eq!(rows[2].0["content_type"], FORM);
}

#[tokio::test]
async fn a_bad_record_or_field_is_named_and_nothing_is_stored() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    for (records, line) in [("a,b\n1,2\n3\n", 3), ("a,b\n1,\"2\n3,4\n", 2), ("a,a\n1,2\n", 1)] {
        let problem = wire.post("/events", CSV, records.as_bytes()).await.problem(400);
        assert_eq!(problem["line"], line, "{problem}");
    }
    wire.post("/events", CSV, b"a,b\n").await.problem(400);
    wire.post("/events", CSV, b"a\n\xff\n").await.problem(400);
    assert_eq!(wire.post("/events", FORM, b"a=1&b=%FF").await.problem(400)["field"], 2);
    wire.post("/events", FORM, b"").await.problem(400);
    wire.post("/events", "text/csv; header=absent", b"1,2\n").await.problem(415);
    assert_eq!(server.accepted().await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_long_record_is_named_by_its_line() {
    let server = Server::start_with(|config| config.http.event_bytes_max = 20).await;
    let mut wire = server.connect().await;
    let records = format!("a\n1\n\n{}\n", "x".repeat(20));
    let problem = wire.post("/events", CSV, records.as_bytes()).await.problem(413);
    assert_eq!(problem["line"], 4, "{problem}");
    // What an event says of itself takes room, too.
    let event = json!({"specversion": "1.0", "id": "x".repeat(20), "source": "/", "type": "t"});
    wire.post("/events", EVENT, event.to_string().as_bytes()).await.problem(413);
    server.stop().await;
}

#[tokio::test]
async fn what_a_cloud_event_says_of_itself_stands_in_the_attributes() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    let event = |id: &str| {
        json!({"specversion": "1.0", "id": id, "source": "/here", "type": "t", "route": "r",
               "attempt": 3, "data": {"a": [1]}})
    };
    let one = wire.post("/events", EVENT, event("1").to_string().as_bytes()).await;
    assert_eq!((one.status, &one.json()["accepted"]), (202, &1.into()));
    let two = json!([event("2"), event("3"), event("2")]).to_string();
    let two = wire.post("/events", EVENTS, two.as_bytes()).await.json();
    assert_eq!((&two["accepted"], &two["repeated"]), (&2.into(), &1.into()), "{two}");
    let none = wire.post("/events", EVENTS, b"[]").await;
    assert_eq!((none.status, &none.json()["accepted"]), (202, &0.into()));
    assert_eq!(none.json()["durability"], "disk");
    // An array is the data of one event, not several.
    wire.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         ce-specversion: 1.0\r\nce-id: 4\r\nce-source: /here\r\nce-type: t\r\n\
         content-length: 5\r\n\r\n[1,2]",
    )
    .await;
    assert_eq!(wire.answer().await.json()["accepted"], 1);
    let (_, folder) = server.stop().await;
    let rows = rows(folder.path());
    assert_eq!(rows.iter().map(|(said, _)| &said["id"]).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    assert_eq!(rows[0].1, json!({"a": [1]}));
    assert_eq!(
        rows[0].0,
        json!({"specversion": "1.0", "id": "1", "source": "/here", "type": "t", "attempt": 3,
               "route": "default", "ce_route": "r", "content_type": EVENT})
    );
    assert_eq!(rows[3].1, json!([1, 2]));
    assert_eq!(rows[3].0["datacontenttype"], "application/json");
}

#[tokio::test]
async fn what_is_no_cloud_event_is_refused_with_the_reason() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    let problem = wire.post("/events", EVENT, br#"{"id":"1"}"#).await.problem(400);
    assert!(problem["detail"].as_str().is_some_and(|why| why.contains("specversion")), "{problem}");
    let good = json!({"specversion": "1.0", "id": "1", "source": "/", "type": "t"});
    let batch = json!([good, {"specversion": "1.0"}]).to_string();
    let problem = wire.post("/events", EVENTS, batch.as_bytes()).await.problem(400);
    assert_eq!(problem["element"], 2, "{problem}");
    wire.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         ce-id: 4\r\nce-source: /here\r\ncontent-length: 1\r\n\r\n1",
    )
    .await;
    let problem = wire.answer().await.problem(400);
    assert!(problem["detail"].as_str().is_some_and(|why| why.contains("specversion")), "{problem}");
    assert_eq!(server.accepted().await, 0);
    server.stop().await;
}
