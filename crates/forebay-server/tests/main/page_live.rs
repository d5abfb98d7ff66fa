//! What the live page is told: the same as `/status`, at once, with the past, and to its end.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::server::Server;
use crate::wire::PATIENCE;

/// A stream of looks.
struct Looks {
    stream: TcpStream,
    text: String,
}

impl Looks {
    async fn open(server: &Server) -> Self {
        let mut stream = TcpStream::connect(server.service.local_addr()).await.expect("it listens");
        stream.write_all(b"GET /live HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("it reads");
        Self { stream, text: String::new() }
    }

    /// The next event by this name.
    async fn next(&mut self, name: &str) -> Value {
        self.try_next(name).await.expect("an event, not the end")
    }

    async fn try_next(&mut self, name: &str) -> Option<Value> {
        let start = format!("event: {name}\ndata: ");
        loop {
            if let Some(at) = self.text.find(&start)
                && let Some(end) = self.text[at..].find("\n\n")
            {
                let data = self.text[at + start.len()..at + end].to_owned();
                self.text.drain(..at + end);
                return Some(serde_json::from_str(&data).expect("a look is JSON"));
            }
            let mut part = vec![0; 65_536];
            let read = timeout(PATIENCE, self.stream.read(&mut part)).await;
            match read.expect("it tells something in time") {
                Ok(0) | Err(_) => return None,
                Ok(n) => self.text += &unchunked(&part[..n]),
            }
        }
    }
}

/// Leaves out the lines with the lengths of the chunks, which our frames never look like.
fn unchunked(part: &[u8]) -> String {
    let text = String::from_utf8_lossy(part);
    let mut kept: String = text
        .split("\r\n")
        .filter(|line| line.is_empty() || u64::from_str_radix(line, 16).is_err())
        .collect();
    if kept.starts_with("HTTP/1.1") {
        assert!(kept.contains("text/event-stream"), "{kept}");
        kept.insert(0, '\n');
    }
    kept
}

#[tokio::test]
async fn a_look_is_what_status_says_and_comes_four_times_a_second() {
    let server = Server::start_stuck_with(|_| {}).await;
    server.connect().await.json("[1,2,3]").await;
    let mut looks = Looks::open(&server).await;
    let hello = looks.next("hello").await;
    assert_eq!(hello["route"], "default");
    assert_eq!(hello["scene"]["engage_above"], 1_000);
    let (mut first, mut count) = (None, 0);
    let status = server.status().await;
    while count < 5 {
        let look = looks.next("tick").await;
        for figure in ["accepted", "waiting", "in_flight", "delivered", "dead", "bytes"] {
            assert_eq!(look["status"][figure], status[figure], "{figure}");
        }
        first = first.or(look["at_ms"].as_i64());
        count += 1;
        if count == 5 {
            let took_ms = look["at_ms"].as_i64().zip(first).map(|(last, first)| last - first);
            // Four pauses. A machine that is very busy gets three times as long.
            assert!(took_ms.is_some_and(|ms| ms <= 3 * 1_000), "{took_ms:?}");
        }
    }
    server.abandon().await;
}

#[tokio::test]
async fn what_came_before_the_viewer_is_told_first() {
    let server = Server::start_stuck_with(|_| {}).await;
    let mut wire = server.connect().await;
    wire.json("[1,2,3]").await;
    // Somebody has looked at a time when there were three; then there are five.
    Looks::open(&server).await.next("tick").await;
    wire.json("[4,5]").await;
    let mut looks = Looks::open(&server).await;
    let hello = looks.next("hello").await;
    let past = hello["history"]["accepted"].as_array().expect("a column").clone();
    assert!(past.contains(&Value::from(3)), "{hello}");
    assert_eq!(hello["status"]["accepted"], 5);
    for (name, column) in hello["history"].as_object().expect("columns") {
        assert_eq!(column.as_array().map(Vec::len), Some(past.len()), "{name}");
    }
    server.abandon().await;
}

#[tokio::test]
async fn recent_events_are_told_with_their_keys_and_without_their_values() {
    let server = Server::start_stuck_with(|_| {}).await;
    let mut wire = server.connect().await;
    // Long enough that no time that is measured looks like them.
    wire.json(r#"{"card":"never to be shown","pin":271828182845904}"#).await;
    let hello = Looks::open(&server).await.next("hello").await;
    assert_eq!(hello["recent"][0]["shown"], "{card: text, pin: number}", "{hello}");
    let text = hello.to_string();
    assert!(!text.contains("never to") && !text.contains("2718281828"), "{text}");
    server.abandon().await;

    let server = Server::start_stuck_with(|config| config.page.bodies_shown = true).await;
    server.connect().await.json(r#"{"pin":1234}"#).await;
    let hello = Looks::open(&server).await.next("hello").await;
    assert_eq!(hello["recent"][0]["shown"], r#"{"pin":1234}"#);
    server.abandon().await;
}

#[tokio::test]
async fn a_service_that_stops_sends_its_viewers_away_at_once() {
    let server = Server::start().await;
    let mut looks = Looks::open(&server).await;
    looks.next("tick").await;
    let stopped = timeout(Duration::from_secs(10), server.stop()).await;
    assert!(stopped.is_ok(), "it waited for a viewer");
    while looks.try_next("tick").await.is_some() {}
}

#[tokio::test]
async fn an_unknown_route_has_no_picture() {
    let server = Server::start().await;
    server.connect().await.get("/live?route=orders").await.problem(404);
    server.stop().await;
}
