//! HTTP/1.1: an event as a JSON value, several as an array; 202 is the acknowledgement.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::server::{Connection, Failure};

pub(crate) struct Forebay {
    http: SendRequest<Full<Bytes>>,
    host: String,
}

impl Connection for Forebay {
    /// The bench starts it on an empty folder.
    async fn prepare(_address: &str) -> Result<(), Failure> {
        Ok(())
    }

    async fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (http, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Forebay { http, host: address.to_owned() })
    }

    async fn send(&mut self, events: Vec<Vec<u8>>) -> Result<(), Failure> {
        let body = match <[Vec<u8>; 1]>::try_from(events) {
            Ok([one]) => one,
            Err(many) => [b"[", many.join(&b","[..]).as_slice(), b"]"].concat(),
        };
        let (status, answer) = self.ask("POST", "/events", body).await?;
        match status {
            StatusCode::ACCEPTED => Ok(()),
            _ => Err(format!("{status}: {}", String::from_utf8_lossy(&answer)).into()),
        }
    }

    async fn held(&mut self) -> Result<u64, Failure> {
        let (_, answer) = self.ask("GET", "/status", Vec::new()).await?;
        let status: serde_json::Value = serde_json::from_slice(&answer)?;
        status["accepted"].as_u64().ok_or_else(|| "a status without `accepted`".into())
    }
}

impl Forebay {
    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.host)
            .header("content-type", "application/json")
            .body(Full::from(body))?;
        self.http.ready().await?;
        let answer = self.http.send_request(request).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }
}
