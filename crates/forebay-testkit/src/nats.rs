//! A real NATS server with JetStream: started, killed and started again by a test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::postgres::free_port;

/// A NATS server with its own data. It is gone when it is dropped.
#[derive(Debug)]
pub struct NatsServer {
    port: u16,
    more: Vec<String>,
    /// `None` while it is stopped.
    process: Mutex<Option<Child>>,
    folder: TempDir,
}

impl NatsServer {
    /// Starts one with JetStream.
    ///
    /// # Panics
    /// nats-server is not installed (`cargo xtask setup` does it), or does not start.
    #[must_use]
    pub fn start_new() -> Self {
        Self::start_with(&["-js"])
    }

    /// Starts one with these options, beside those of where it listens and keeps its data.
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("forebay-nats-").tempdir();
        let server = Self {
            port: free_port(),
            more: options.iter().map(|&option| option.to_owned()).collect(),
            process: Mutex::new(None),
            folder: folder.expect("a temporary folder can be made"),
        };
        server.start();
        server
    }

    /// Starts it again on its data, at the same address.
    pub fn start(&self) {
        let mut command = Command::new("nats-server");
        command.args(["-a", "127.0.0.1", "-p", &self.port.to_string(), "-sd"]);
        command.arg(self.folder.path()).args(&self.more);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child =
            command.spawn().expect("nats-server starts; `cargo xtask setup` installs it");
        let mut told = BufReader::new(child.stderr.take().expect("it is piped"));
        let (mut line, mut all) = (String::new(), String::new());
        while told.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            if line.contains("Server is ready") {
                // Read on, so that it never waits for us.
                std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
                *self.process() = Some(child);
                return;
            }
            all.push_str(&std::mem::take(&mut line));
        }
        let _ = child.wait();
        panic!("nats-server does not start: {all}");
    }

    /// Ends it as a crash would: `kill -9`.
    pub fn kill(&self) {
        if let Some(mut child) = self.process().take() {
            // One that has ended by itself is as dead.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The address of a stream on it.
    #[must_use]
    pub fn url(&self, stream: &str) -> String {
        format!("nats://127.0.0.1:{}/{stream}", self.port)
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
