//! A body that cannot be taken is refused whole, with the reason and the place, and its
//! connection can be used again.

use crate::server::Server;

const NDJSON: &str = "application/x-ndjson";

#[tokio::test]
async fn malformed_json_is_refused_with_its_line_and_column() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    for (body, line, column) in [
        ("{\"a\":1,\n \"b\":}", 2, 6),
        ("[1,2,\n3", 2, 1),
        ("{'a':1}", 1, 2),
        ("{\"a\":1} {\"a\":2}", 1, 9),
        ("nul", 1, 3),
    ] {
        let problem = wire.json(body).await.problem(400);
        assert_eq!(
            (&problem["line"], &problem["column"]),
            (&line.into(), &column.into()),
            "{body}"
        );
    }
    assert_eq!(wire.json("{\"a\":1}").await.status, 202, "the connection survives");
    assert_eq!(server.accepted().await, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_bad_line_among_a_thousand_stores_nothing() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    let mut lines: Vec<String> = (1..=1000).map(|n| format!("{{\"n\":{n}}}")).collect();
    lines[616] = "{\"n\":617".to_owned();
    let problem = wire.post("/events", NDJSON, lines.join("\n").as_bytes()).await.problem(400);
    assert_eq!(problem["line"], 617);
    assert!(problem["column"].as_u64().is_some_and(|column| column >= 1));
    assert_eq!(server.accepted().await, 0);

    lines[616] = "{\"n\":617}".to_owned();
    let answer = wire.post("/events", NDJSON, lines.join("\n").as_bytes()).await;
    assert_eq!((answer.status, answer.json()["accepted"].as_u64()), (202, Some(1000)));
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_not_an_event() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    for (content_type, body) in [
        ("application/json", ""),
        ("application/json", " \n\t "),
        ("application/json", "[]"),
        (NDJSON, ""),
        (NDJSON, "\n\n \r\n"),
    ] {
        wire.post("/events", content_type, body.as_bytes()).await.problem(400);
    }
    wire.send("POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\r\n")
        .await;
    wire.answer().await.problem(400);
    assert_eq!(server.accepted().await, 0);
    server.stop().await;
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_refused_with_their_place() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    let problem = wire.post("/events", NDJSON, b"1\n\"x\xff\"\n").await.problem(400);
    assert_eq!((&problem["line"], &problem["column"]), (&2.into(), &3.into()));
    assert_eq!(server.accepted().await, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_content_type_that_is_not_taken_is_refused_and_told_which_are() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    for content_type in
        ["text/plain", "application/cloudevents+avro", "application/json; charset=latin1"]
    {
        let answer = wire.post("/events", content_type, b"{}").await;
        answer.problem(415);
        let accepted = answer.header("accept-post").expect("a hint");
        assert!(accepted.contains("application/json") && accepted.contains(NDJSON));
    }
    wire.send("POST /events HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\n{}").await;
    wire.answer().await.problem(415);
    wire.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         content-encoding: br\r\ncontent-length: 2\r\n\r\n{}",
    )
    .await;
    let answer = wire.answer().await;
    answer.problem(415);
    assert_eq!(answer.header("accept-encoding"), Some("gzip, zstd, identity"));
    assert_eq!(wire.json("{}").await.status, 202, "the connection survives");
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_route_is_refused_by_name() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    let problem = wire.post("/events/orders", "application/json", b"{}").await.problem(404);
    assert_eq!(problem["route"], "orders");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("default")));
    wire.post("/event", "application/json", b"{}").await.problem(404);
    assert_eq!(wire.json("{}").await.status, 202, "the connection survives");
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_http_is_refused_and_others_are_served() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    wire.send("\u{0}\u{1}\u{2} this is not HTTP\r\n\r\n").await;
    assert_eq!(wire.answer().await.status, 400);
    wire.closed().await;

    let mut wire = server.connect().await;
    wire.send("GET / HTTP/1.1\r\n").await;
    let padding = "x".repeat(100_000);
    wire.send(format!("padding: {padding}\r\n\r\n")).await;
    assert_eq!(wire.answer().await.status, 431);

    let mut wire = server.connect().await;
    wire.send(
        "POST /events HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\nnot a chunk\r\n",
    )
    .await;
    wire.answer().await.problem(400);
    assert_eq!(server.connect().await.json("{}").await.status, 202);
    server.stop().await;
}
