//! `GET /status` of a forebay server, and waiting until it has delivered what it accepted.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::clock;
use crate::failure::Failure;

/// Often enough to add little to a measured time, seldom enough to cost the server nothing.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The part of `/status` that a bench needs.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Status {
    pub(crate) waiting: u64,
    pub(crate) in_flight: u64,
    pub(crate) accepted: u64,
    pub(crate) delivered: u64,
    pub(crate) dropped: u64,
    pub(crate) dead: u64,
    pub(crate) sink: Sink,
}

/// How the sink is.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Sink {
    pub(crate) state: String,
}

impl Status {
    /// Asks the server at `address`.
    pub(crate) async fn of(address: SocketAddr) -> Result<Self, Failure> {
        let answer = get(address, "/status").await;
        let answer = answer.map_err(|error| Failure::because("GET /status", error))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if !head.starts_with("HTTP/1.1 200") {
            return Err(Failure::new(format!("GET /status was answered with {head}")));
        }
        serde_json::from_str(body).map_err(|error| Failure::because("reading /status", error))
    }

    /// Nothing was given up: every event that was accepted is delivered, waiting or in flight.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let whole = self.delivered + self.waiting + self.in_flight == self.accepted;
        match whole && self.dead == 0 && self.dropped == 0 {
            true => Ok(()),
            false => Err(Failure::new(format!("events are missing: {self:?}"))),
        }
    }

    /// Waits until nothing waits and nothing is in flight.
    pub(crate) async fn drained(address: SocketAddr, within: Duration) -> Result<Self, Failure> {
        Self::until(address, within, "drained", |status| status.waiting + status.in_flight == 0)
            .await
    }

    /// Waits until `holds`, which is called `what` in the message when it does not come true.
    pub(crate) async fn until(
        address: SocketAddr,
        within: Duration,
        what: &str,
        holds: impl Fn(&Self) -> bool,
    ) -> Result<Self, Failure> {
        let look = async {
            loop {
                let status = Self::of(address).await?;
                if holds(&status) {
                    return Ok(status);
                }
                clock::pause(LOOK_EVERY).await;
            }
        };
        timeout(within, look)
            .await
            .unwrap_or_else(|_| Err(Failure::new(format!("not {what} within {within:?}"))))
    }
}

/// Asks for a page; its whole answer.
pub(crate) async fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
