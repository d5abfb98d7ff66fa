//! The program of `bench/clients`: built by cargo, a process a run.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::durable::part::said_by;
use crate::failure::Failure;
use crate::setup::cargo;

/// The built program.
#[derive(Debug)]
pub(super) struct Client {
    program: PathBuf,
}

/// What it is to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) connections: usize,
    pub(super) events_a_request: usize,
    pub(super) body_bytes: usize,
}

/// What came of it. Times are of a request, in seconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Sample {
    pub(super) events_per_s: f64,
    pub(super) p50_s: f64,
    pub(super) p99_s: f64,
    /// Events that were acknowledged, and that the server says it holds.
    pub(super) acknowledged: u64,
    pub(super) held: u64,
}

impl Client {
    /// Builds it; the first time that takes minutes.
    pub(super) async fn build() -> Result<Self, Failure> {
        let own = std::env::current_exe();
        let own = own.map_err(|error| Failure::because("finding the bench", error))?;
        let target = own.ancestors().nth(2).map(|target| target.join("clients"));
        let target = target.ok_or_else(|| Failure::new("the bench lies in no build folder"))?;
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/Cargo.toml");
        eprintln!("building the clients: minutes the first time");
        let mut command = Command::new(cargo());
        command.args(["build", "--release", "--locked", "--manifest-path"]).arg(manifest);
        command.arg("--target-dir").arg(&target).env_remove("CARGO_TARGET_DIR");
        let status = command.kill_on_drop(true).status().await;
        match status.map_err(|error| Failure::because("starting cargo", error))? {
            status if status.success() => Ok(Client { program: target.join("release/clients") }),
            status => Err(Failure::new(format!("building the clients: cargo ended with {status}"))),
        }
    }

    /// Sends `load` over the protocol of `server` and checks that all of it is there.
    pub(super) async fn run(
        &self,
        server: &str,
        address: &str,
        load: Load,
        counted_ms: u64,
    ) -> Result<Sample, Failure> {
        let mut command = Command::new(&self.program);
        command
            .arg(server)
            .arg(format!("--address={address}"))
            .arg(format!("--connections={}", load.connections))
            .arg(format!("--events-a-request={}", load.events_a_request))
            .arg(format!("--body-bytes={}", load.body_bytes))
            .arg(format!("--counted-ms={counted_ms}"))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let sample: Sample = said_by(command).await?;
        match sample.held == sample.acknowledged {
            true => Ok(sample),
            false => Err(Failure::new(format!(
                "{} events were acknowledged, {} are there",
                sample.acknowledged, sample.held
            ))),
        }
    }
}

impl Load {
    /// As part of a name: `64c_100b_1e`.
    pub(super) fn name(self) -> String {
        format!("{}c_{}b_{}e", self.connections, self.body_bytes, self.events_a_request)
    }

    pub(super) fn words(self) -> String {
        let Load { connections, events_a_request, body_bytes } = self;
        format!("{connections} connections, {body_bytes} bytes, {events_a_request} a request")
    }
}
