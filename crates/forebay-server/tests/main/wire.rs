//! A client that says exactly the bytes it is given, and reads answers one by one.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Longer than anything here takes; a test that hangs fails instead.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One connection.
pub(crate) struct Wire {
    stream: Box<dyn Stream>,
    read: Vec<u8>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<IO: AsyncRead + AsyncWrite + Send + Unpin> Stream for IO {}

impl Wire {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the service listens");
        Self { stream: Box::new(stream), read: Vec::new() }
    }

    /// One that is encrypted, to whom `tls` trusts.
    pub(crate) async fn encrypted(address: SocketAddr, tls: &TlsConnector) -> Self {
        let stream = TcpStream::connect(address).await.expect("the service listens");
        let agreed = tls.connect(address.ip().into(), stream).await;
        Self { stream: Box::new(agreed.expect("keys are agreed upon")), read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.expect("the service reads");
        self.stream.flush().await.expect("the service reads");
    }

    /// Reads the next answer.
    pub(crate) async fn answer(&mut self) -> Answer {
        self.try_answer().await.expect("an answer, not the end of the connection")
    }

    /// Reads the next answer; `None` when the connection ends before it.
    pub(crate) async fn try_answer(&mut self) -> Option<Answer> {
        let head_end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8(self.read[..head_end].to_vec()).expect("a head is ASCII");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.and_then(|code| code.parse().ok()).expect("a status line");
        let headers: HashMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length = headers.get("content-length").map_or(0, |n| n.parse().expect("a number"));
        while self.read.len() < head_end + length {
            self.more().await?;
        }
        let body = self.read[head_end..head_end + length].to_vec();
        self.read.drain(..head_end + length);
        Some(Answer { status, headers, body })
    }

    /// Reads the head of an answer that has no body although it names a length.
    pub(crate) async fn head(&mut self) -> String {
        loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = self.read.drain(..at + 4).collect();
                return String::from_utf8(head).expect("a head is ASCII");
            }
            self.more().await.expect("an answer, not the end of the connection");
        }
    }

    /// Waits until the service has closed the connection; nothing more may come.
    pub(crate) async fn closed(&mut self) {
        assert!(self.read.is_empty(), "something was not read yet");
        assert!(self.more().await.is_none(), "more came: {:?}", self.read);
    }

    async fn more(&mut self) -> Option<()> {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await;
        match read.expect("the service answers in time") {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(()),
        }
    }

    /// Sends one request with a body and reads its answer.
    pub(crate) async fn post(&mut self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        self.send(post(path, content_type, body)).await;
        self.answer().await
    }

    /// Sends JSON to the default route.
    pub(crate) async fn json(&mut self, body: &str) -> Answer {
        self.post("/events", "application/json", body.as_bytes()).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
        self.answer().await
    }
}

/// The bytes of a request.
pub(crate) fn post(path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\ncontent-type: {content_type}\r\n\
         content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("answers are UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.text()).expect("this answer is JSON")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Checks that this is a problem with `status`, and gives its fields.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for field in ["type", "title", "detail"] {
            assert!(problem[field].is_string(), "{field} is missing in {problem}");
        }
        problem
    }
}
