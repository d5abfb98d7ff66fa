//! The client: `wrk`, one thread, as a process; its load script and its figures.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

use crate::failure::Failure;
use crate::setup::install_missing;

/// What one run of the client sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: u32,
    pub(crate) events_per_request: u32,
    /// Requests are numbered from here, so that two runs into one sink share no number.
    pub(crate) first_request: u64,
    /// The run ends after this time, in whole seconds.
    pub(crate) at_most: Duration,
    /// The run ends after this many answers, if that is earlier. `None` spares the client the counting.
    pub(crate) answers: Option<u64>,
    /// How long each connection waits between an answer and its next request, in whole milliseconds.
    pub(crate) pause: Duration,
}

/// Where the client sends, and as whom.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// `http` or `https`; whose certificate it is, the client does not ask.
    pub(crate) scheme: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) token: Option<String>,
    pub(crate) standing: Standing,
}

/// Who goes first where client and server share the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Equal,
    /// After everybody else, as if it ran on a machine of its own.
    Last,
}

impl Target {
    /// Who shows nothing and encrypts nothing.
    pub(crate) fn plain(address: SocketAddr) -> Self {
        Self { scheme: "http", address, token: None, standing: Standing::Equal }
    }

    fn client(&self) -> Command {
        match self.standing {
            Standing::Equal => Command::new("wrk"),
            Standing::Last => {
                let mut command = Command::new("nice");
                command.args(["-n", "19", "wrk"]);
                command
            }
        }
    }
}

/// What the client saw. An answer counts when it arrived; what was under way when the run ended does not.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Seen {
    requests: u64,
    duration_us: u64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Answers with a status of 400 or above.
    pub(crate) refused: u64,
    connect: u64,
    read: u64,
    write: u64,
    timeout: u64,
}

impl Seen {
    /// Requests that were answered with success.
    pub(crate) fn accepted(&self) -> u64 {
        self.requests - self.refused
    }

    pub(crate) fn accepted_per_s(&self) -> f64 {
        self.accepted() as f64 / self.duration().as_secs_f64()
    }

    /// Answered, well or not.
    pub(crate) fn answered_per_s(&self) -> f64 {
        self.requests as f64 / self.duration().as_secs_f64()
    }

    pub(crate) fn duration(&self) -> Duration {
        Duration::from_micros(self.duration_us)
    }

    fn socket_errors(&self) -> u64 {
        self.connect + self.read + self.write + self.timeout
    }
}

/// The client, with its script written out.
#[derive(Debug)]
pub(crate) struct Wrk {
    script: PathBuf,
}

impl Wrk {
    /// Writes the script into `folder`; installs `wrk` when the machine has none, saying so.
    pub(crate) async fn new(folder: &Path) -> Result<Self, Failure> {
        if !install_missing(&["wrk"]).await {
            return Err(Failure::new("wrk is missing: install it by hand (apt-get install wrk)"));
        }
        let script = folder.join("wrk.lua");
        std::fs::write(&script, include_str!("wrk.lua"))
            .map_err(|error| Failure::because("writing the client's script", error))?;
        Ok(Self { script })
    }

    /// Sends `load` to `POST /events` of the server at `address`. Dropping the future ends the client.
    pub(crate) async fn run(&self, address: SocketAddr, load: Load) -> Result<Seen, Failure> {
        self.run_at(&Target::plain(address), load).await
    }

    /// Sends `load` to `POST /events` of `target`. Dropping the future ends the client.
    pub(crate) async fn run_at(&self, target: &Target, load: Load) -> Result<Seen, Failure> {
        let output = target
            .client()
            .arg("--threads=1")
            .arg(format!("--connections={}", load.connections))
            .arg(format!("--duration={}s", load.at_most.as_secs()))
            .arg("--timeout=30s")
            .arg("--latency")
            .arg("--script")
            .arg(&self.script)
            .arg(format!("{}://{}/events", target.scheme, target.address))
            .arg("--")
            .arg(load.events_per_request.to_string())
            .arg(load.first_request.to_string())
            .arg(load.answers.unwrap_or(0).to_string())
            .arg(load.pause.as_millis().to_string())
            .arg(target.token.as_deref().unwrap_or_default())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| Failure::because("starting wrk", error))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let seen = figures(&text).ok_or_else(|| {
            Failure::new(format!(
                "wrk gave no figures: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            ))
        })?;
        match seen.socket_errors() {
            0 => Ok(seen),
            _ => Err(Failure::new(format!("connections broke during the run: {seen:?}"))),
        }
    }
}

/// The line that the script wrote, among what wrk says by itself.
fn figures(text: &str) -> Option<Seen> {
    let line = text.lines().rfind(|line| line.starts_with('{'))?;
    serde_json::from_str(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_found_among_what_wrk_prints() {
        let text = "Running 1s test @ http://127.0.0.1:1/events\nRequests/sec: 5\n\
                    {\"requests\":10,\"duration_us\":2000000,\"p50_us\":7,\"p99_us\":9,\"max_us\":11,\
                    \"refused\":4,\"connect\":0,\"read\":0,\"write\":0,\"timeout\":0}\n";
        let seen = figures(text).expect("the line is there");
        assert_eq!((seen.accepted(), seen.accepted_per_s()), (6, 3.0));
    }

    #[test]
    fn without_the_line_there_are_no_figures() {
        assert!(figures("unable to connect to 127.0.0.1:1 Connection refused\n").is_none());
    }
}
