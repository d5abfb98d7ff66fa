//! A request that cannot be taken is answered with what is wrong, and stores nothing.

use std::time::Duration;

use forebay_testkit::program::Signal;
use forebay_testkit::program::client::{Answer, Client};

use crate::start::{PATIENCE, open, serve};

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";

fn refused(answer: &Answer, status: u16, parts: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    for part in parts {
        assert!(answer.body.contains(part), "{part:?} is not in {}", answer.body);
    }
}

fn everything_wrong(client: &Client) {
    refused(&client.post("/events", JSON, "{\"a\":1,\n\"b\":}"), 400, &["line 2", "column 5"]);
    refused(&client.post("/events", JSON, ""), 400, &[]);
    refused(&client.post("/events", JSON, [b'"', 0xff, b'"']), 400, &[]);
    refused(&client.post("/events", "text/plain", "1"), 415, &["application/json"]);
    refused(&client.post("/nothing", JSON, "1"), 404, &[]);
    refused(&client.post("/events/nothing", JSON, "1"), 404, &["nothing"]);
    assert_eq!(client.get("/events").status, 405);

    let mut lines: Vec<String> = (0..1000).map(|n| format!("{{\"n\":{n}}}")).collect();
    lines[499] = "{\"n\":".to_owned();
    refused(&client.post("/events", NDJSON, lines.join("\n")), 400, &["500"]);

    let too_large = format!("\"{}\"", "x".repeat(2 << 20));
    refused(&client.post("/events", JSON, too_large), 413, &[]);
    let event_too_large = format!("[1, \"{}\"]", "x".repeat(300 << 10));
    refused(&client.post("/events", JSON, event_too_large), 413, &[]);
}

#[test]
fn what_is_wrong_is_named_and_nothing_of_it_is_stored() {
    let (program, client) = open(serve(&[]));
    everything_wrong(&client);
    assert_eq!(client.post_json("7").status, 202, "a good request after all of them is taken");
    assert_eq!(client.status()["accepted"], 1);
    program.signal(Signal::TERM);
    assert!(program.stderr().close_within(PATIENCE));
    assert_eq!(crate::into_sqlite::numbers(&program.folder().join("forebay.db")), [7]);
}

#[test]
fn a_connection_survives_a_body_that_was_too_large() {
    let (_program, client) = open(serve(&[]).env("FOREBAY__HTTP__BODY_BYTES_MAX", "1KiB"));
    let request = |body: &str| {
        let length = body.len();
        format!(
            "POST /events HTTP/1.1\r\nhost: x\r\ncontent-type: {JSON}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
    };
    let both = request(&format!("\"{}\"", "x".repeat(2000))) + &request("1");
    let answers = client.raw(both.as_bytes(), Duration::from_secs(3));
    assert!(answers.starts_with("HTTP/1.1 413 "), "{answers}");
    assert!(answers.contains("HTTP/1.1 202 "), "{answers}");
}

#[test]
fn a_body_that_takes_too_long_is_answered_with_408() {
    let (_program, client) = open(serve(&[]).env("FOREBAY__HTTP__BODY_READ_MS_MAX", "200ms"));
    let head = format!(
        "POST /events HTTP/1.1\r\nhost: x\r\ncontent-type: {JSON}\r\ncontent-length: 9\r\n\r\n[1,"
    );
    let answer = client.raw(head.as_bytes(), PATIENCE);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(client.status()["accepted"], 0);
}

#[test]
fn what_is_no_http_is_answered_or_cut_and_the_server_goes_on() {
    let (program, client) = open(serve(&[]));
    for bytes in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..], b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n"]
    {
        client.raw(bytes, PATIENCE);
    }
    assert_eq!(client.post_json("1").status, 202);
    assert!(!program.stderr().text().contains("panicked"), "{}", program.stderr().text());
}

#[test]
fn a_full_backlog_is_answered_at_once_and_nothing_is_half_taken() {
    let nobody = &["--sink", "postgres://me@127.0.0.1:1/nothing"];
    let (_program, client) = open(serve(nobody).env("FOREBAY__BACKLOG__EVENTS_MAX", "10"));
    assert_eq!(client.post_json("[1,2,3,4,5,6,7,8]").status, 202);
    let full = client.post_json("[9,10,11]");
    refused(&full, 503, &[]);
    assert!(full.header("retry-after").is_some_and(|value| value.parse::<u64>().is_ok()));
    let status = client.status();
    assert_eq!(status["accepted"], 8);
    assert_eq!(client.post_json("[9,10]").status, 202);
    assert_eq!(client.post_json("11").status, 503);
}
