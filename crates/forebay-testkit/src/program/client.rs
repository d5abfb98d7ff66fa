//! A client that sends real requests and waits for the answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::HeaderMap;

/// Nothing in a test takes longer than this to be answered.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// Talks to one server and keeps its connections. Clones share them.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    address: SocketAddr,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: String,
}

impl Client {
    /// A client of the server at `address`.
    pub fn new(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_MAX))
            .proxy(None)
            .build();
        Self { agent: config.new_agent(), address, token: None }
    }

    /// The same client, showing this bearer token.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// Sends a body of this content type.
    ///
    /// # Errors
    /// The connection failed: refused, cut, or silent for a minute.
    pub fn try_post(&self, path: &str, kind: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
        self.try_post_with(path, kind, &[], body)
    }

    /// Sends a body of this content type, with further headers.
    ///
    /// # Errors
    /// The connection failed: refused, cut, or silent for a minute.
    pub fn try_post_with(
        &self,
        path: &str,
        kind: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.post(self.url(path)).header("content-type", kind);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.send(body)?)
    }

    /// Sends a body of this content type.
    ///
    /// # Panics
    /// When the connection fails.
    pub fn post(&self, path: &str, kind: &str, body: impl AsRef<[u8]>) -> Answer {
        self.try_post(path, kind, body.as_ref()).expect("the server answers")
    }

    /// Sends one JSON text to the default route.
    ///
    /// # Panics
    /// When the connection fails.
    pub fn post_json(&self, body: impl AsRef<[u8]>) -> Answer {
        self.post("/events", "application/json", body)
    }

    /// Asks for a page.
    ///
    /// # Panics
    /// When the connection fails.
    pub fn get(&self, path: &str) -> Answer {
        let mut request = self.agent.get(self.url(path));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.call().and_then(answer).expect("the server answers")
    }

    /// Asks `/status`.
    ///
    /// # Panics
    /// When the answer is not JSON.
    pub fn status(&self) -> Value {
        self.get("/status").json()
    }

    /// Sends these bytes over a connection of their own and returns what comes back until the
    /// server closes it or says nothing for `patience`.
    ///
    /// # Panics
    /// When there is no connection.
    pub fn raw(&self, bytes: &[u8], patience: Duration) -> String {
        let mut stream = TcpStream::connect(self.address).expect("the server accepts connections");
        stream.set_read_timeout(Some(patience)).expect("patience is not zero");
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(bytes);
        let mut came = Vec::new();
        let mut part = [0; 4096];
        while let Ok(1..) = stream.read(&mut part).inspect(|n| came.extend(&part[..*n])) {}
        String::from_utf8_lossy(&came).into_owned()
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.body);
        parsed.unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

fn answer(response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let (head, mut body) = response.into_parts();
    let body = body.read_to_string()?;
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}
