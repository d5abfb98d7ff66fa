//! A server under measurement: a process of its own on a free port of the loopback.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::clock;
use crate::failure::Failure;
use crate::setup::Setup;

const STARTS_WITHIN: Duration = Duration::from_secs(20);
const STOPS_WITHIN: Duration = Duration::from_secs(40);

/// A running server. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) process: u32,
    pub(crate) address: SocketAddr,
    /// What it says on standard error: a file, so that a busy terminal does not slow it down.
    log: PathBuf,
}

impl Server {
    /// Starts `command` with `--listen` and a free port, and waits until it takes connections.
    pub(crate) async fn start(setup: &Setup, mut command: Command) -> Result<Self, Failure> {
        let address = free_address()?;
        command.arg("--listen").arg(address.to_string());
        let mut server = Self::spawn(command, address, setup.folder().join("server.log"))?;
        server.is_ready(STARTS_WITHIN).await?;
        Ok(server)
    }

    /// Waits until it takes connections.
    pub(crate) async fn is_ready(&mut self, within: Duration) -> Result<(), Failure> {
        timeout(within, self.answers()).await.unwrap_or_else(|_| {
            Err(Failure::new(format!("a server did not start within {within:?}")))
        })
    }

    /// Starts `command`, which says by itself that it is to listen at `address`.
    pub(crate) fn spawn(
        mut command: Command,
        address: SocketAddr,
        log: PathBuf,
    ) -> Result<Self, Failure> {
        let program = command.as_std().get_program().display().to_string();
        let starting = |error| Failure::because(format!("starting {program}"), error);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).map_err(starting)?)
            .kill_on_drop(true)
            .spawn()
            .map_err(starting)?;
        let process = child.id().ok_or_else(|| Failure::new(format!("{program} ended at once")))?;
        Ok(Self { child, process, address, log })
    }

    async fn answers(&mut self) -> Result<(), Failure> {
        while TcpStream::connect(self.address).await.is_err() {
            let ended =
                self.child.try_wait().map_err(|error| Failure::because("waiting", error))?;
            if let Some(status) = ended {
                let what = format!("a server ended at its start ({status})");
                return Err(Failure::because(what, self.last_words()));
            }
            clock::pause(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Asks the server to stop as an operator does, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        let pid = i32::try_from(self.process).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| Failure::new("a process without a number"))?;
        kill_process(pid, Signal::TERM).map_err(|error| Failure::because("stopping", error))?;
        match timeout(STOPS_WITHIN, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => {
                let what = format!("a server stopped with {status}");
                Err(Failure::because(what, self.last_words()))
            }
            Ok(Err(error)) => Err(Failure::because("waiting for a server to stop", error)),
            Err(_) => Err(Failure::new("a server did not stop within 40 s")),
        }
    }

    /// The end of what it said.
    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// Ends the server without asking.
    pub(crate) async fn kill(mut self) -> Result<(), Failure> {
        self.child.kill().await.map_err(|error| Failure::because("killing a server", error))
    }
}

/// A port that was free a moment ago: the kernel does not give the same one again soon.
pub(crate) fn free_address() -> Result<SocketAddr, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| Failure::because("finding a free port", error))
}
