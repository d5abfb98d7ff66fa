//! The service, with as much of an edge as a cell asks for.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

use crate::clock;
use crate::contender::Contender;
use crate::failure::Failure;
use crate::server::Server;
use crate::setup::Setup;
use crate::sink::{Sink, SinkKind};
use crate::status::Status;
use crate::usage::{Resident, Ticks};
use crate::wrk::{Load, Seen, Standing, Target};

const DRAINED_WITHIN: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Beside the two that are used: a list as long as one would keep.
const OTHER_TOKENS: usize = 14;

/// What a service asks of whoever sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) name: &'static str,
    pub(super) login: Login,
    pub(super) wire: Wire,
    /// Of one token or address; 0 is no limit.
    pub(super) requests_per_s: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    None,
    Token,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Plain,
    Tls,
}

impl Terms {
    pub(super) const PLAIN: Self =
        Self { name: "nothing", login: Login::None, wire: Wire::Plain, requests_per_s: 0 };
}

/// Certificate and tokens, made once for all services.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) honest: String,
    pub(super) other: String,
}

impl Keys {
    /// Writes them into `folder`, where the services run.
    pub(super) async fn make(folder: &Path) -> Result<Self, Failure> {
        let token =
            |number: usize| format!("{:032x}", 0x9e37_79b9_u128.pow(3) * (number as u128 + 1));
        let tokens: Vec<String> = (0..2 + OTHER_TOKENS).map(token).collect();
        std::fs::write(folder.join("tokens"), tokens.join("\n"))
            .map_err(|error| Failure::because("writing tokens", error))?;
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ])
            .args([
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
            ])
            .args(["-keyout", "edge.key", "-out", "edge.pem"])
            .current_dir(folder)
            .output()
            .await;
        output(made, "openssl")?;
        Ok(Self { honest: tokens[0].clone(), other: tokens[1].clone() })
    }
}

fn output(made: std::io::Result<Output>, program: &str) -> Result<Vec<u8>, Failure> {
    let made = made.map_err(|error| Failure::because(format!("starting {program}"), error))?;
    if !made.status.success() {
        let why = String::from_utf8_lossy(&made.stderr);
        return Err(Failure::because(format!("{program} ended with {}", made.status), why.trim()));
    }
    Ok(made.stdout)
}

/// A service that runs, and its sink.
#[derive(Debug)]
pub(super) struct Service<'a> {
    server: Server,
    sink: Sink<'a>,
    target: Target,
}

impl<'a> Service<'a> {
    /// Starts one on an empty backlog and an empty sink.
    pub(super) async fn start(
        setup: &'a Setup,
        keys: &Keys,
        terms: Terms,
    ) -> Result<Self, Failure> {
        let sink = setup.empty_sink(SinkKind::Sqlite).await?;
        let mut command = Contender::FOREBAY_SQLITE.command(setup, Some(&sink))?;
        let (mut scheme, mut token) = ("http", None);
        if terms.login == Login::Token {
            command.args(["--token-file", "tokens"]);
            token = Some(keys.honest.clone());
        }
        if terms.wire == Wire::Tls {
            command.args(["--tls-cert", "edge.pem", "--tls-key", "edge.key"]);
            scheme = "https";
        }
        command.env("FOREBAY__RATE__REQUESTS_PER_S", terms.requests_per_s.to_string());
        let server = Server::start(setup, command).await?;
        let target = Target { scheme, address: server.address, token, standing: Standing::Equal };
        Ok(Self { server, sink, target })
    }

    /// Where whoever has a token of its own sends.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    pub(super) fn used(&self) -> Result<Ticks, Failure> {
        Ticks::of(self.server.process)
    }

    pub(super) fn resident(&self) -> Result<Resident, Failure> {
        Resident::of(self.server.process)
    }

    /// Waits until everything is delivered.
    pub(super) async fn drained(&self) -> Result<Status, Failure> {
        let looks = async {
            loop {
                let status = self.status().await?;
                if status.waiting + status.in_flight == 0 {
                    return Ok(status);
                }
                clock::pause(LOOK_EVERY).await;
            }
        };
        let late = || Err(Failure::new(format!("not drained within {DRAINED_WITHIN:?}")));
        tokio::time::timeout(DRAINED_WITHIN, looks).await.unwrap_or_else(|_| late())
    }

    async fn status(&self) -> Result<Status, Failure> {
        let Target { scheme, address, token, .. } = &self.target;
        let mut command = Command::new("curl");
        command.args(["-sS", "-k", "--fail", "--noproxy", "*", "--max-time", "30"]);
        if let Some(token) = token {
            command.args(["-H", &format!("authorization: Bearer {token}")]);
        }
        command.arg(format!("{scheme}://{address}/status")).stdin(Stdio::null()).kill_on_drop(true);
        let said = output(command.output().await, "curl")?;
        serde_json::from_slice(&said).map_err(|error| Failure::because("reading /status", error))
    }

    /// Stops it; every event that was answered with success is in the sink once, and no other.
    pub(super) async fn end(self, sent: &[(Load, Seen)]) -> Result<(), Failure> {
        let status = self.drained().await?;
        status.check()?;
        self.server.stop().await?;
        let events =
            |load: &Load, seen: &Seen| seen.accepted() * u64::from(load.events_per_request);
        let answered: u64 = sent.iter().map(|(load, seen)| events(load, seen)).sum();
        // The client does not wait for what is under way when its time is over.
        let under_way: u64 = sent
            .iter()
            .map(|(load, _)| u64::from(load.connections * load.events_per_request))
            .sum();
        if !(answered..=answered + under_way).contains(&status.accepted) {
            let accepted = status.accepted;
            return Err(Failure::new(format!("{accepted} accepted, {answered} answered")));
        }
        match self.sink.rows().await? {
            Some(rows) if rows.count == rows.different && rows.count == status.accepted => Ok(()),
            rows => Err(Failure::new(format!("{} events accepted, {rows:?}", status.accepted))),
        }
    }
}
