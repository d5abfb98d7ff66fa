//! A built program, started as a process: what it prints, what it answers, how it ends.
//!
//! It gets an empty folder of its own to work in and none of the settings of the machine it runs
//! on. It is killed when the test is done with it. Nothing here sleeps: output is waited for on
//! the pipes.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use tempfile::TempDir;

mod cost;
mod lines;
pub use lines::Lines;
pub mod terminal;

pub mod client;

/// Long enough for a slow machine to start a program, short enough to fail before a person gives up.
const START_MAX: Duration = Duration::from_secs(60);

/// What a server says on standard error once it accepts connections.
const LISTENING: &str = "is listening on http";

/// What a program is started with.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use forebay_testkit::program::Start;
///
/// let ended = Start::new("/bin/echo").args(["one"]).start().wait(Duration::from_secs(60));
/// assert_eq!(ended.stdout, "one\n");
/// assert_eq!(ended.code, Some(0));
/// ```
#[derive(Debug)]
pub struct Start {
    command: Command,
    folder: TempDir,
    is_stdout_read: bool,
}

impl Start {
    /// Prepares to start the program at `executable`; pass `env!("CARGO_BIN_EXE_…")`.
    ///
    /// # Panics
    /// When there is no room for a temporary folder.
    pub fn new(executable: impl AsRef<Path>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut command = Command::new(executable.as_ref());
        command.current_dir(folder.path()).stdin(Stdio::null()).env_remove("RUST_LOG");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("FOREBAY") {
                command.env_remove(name);
            }
        }
        Self { command, folder, is_stdout_read: true }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Writes a file into its folder.
    ///
    /// # Panics
    /// When the file cannot be written.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).expect("its folder can be written to");
        self
    }

    /// The folder it will work in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes its standard output a pipe that nobody empties.
    #[must_use]
    pub fn with_stdout_unread(mut self) -> Self {
        self.is_stdout_read = false;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// When there is no such program.
    pub fn start(mut self) -> Program {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the program is built and can be started");
        let stderr = Lines::of(child.stderr.take().expect("it was made a pipe above"));
        let stdout = if self.is_stdout_read {
            Lines::of(child.stdout.take().expect("it was made a pipe above"))
        } else {
            Lines::of(std::io::empty())
        };
        Program { child, folder: self.folder, stdout, stderr }
    }
}

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub struct Program {
    child: Child,
    folder: TempDir,
    stdout: Lines,
    stderr: Lines,
}

/// How a program ended, and all that it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// All of standard output.
    pub stdout: String,
    /// All of standard error.
    pub stderr: String,
}

impl Program {
    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The folder it works in, emptied when the program is dropped.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it prints for programs.
    pub fn stdout(&self) -> &Lines {
        &self.stdout
    }

    /// What it prints for people.
    pub fn stderr(&self) -> &Lines {
        &self.stderr
    }

    /// Waits until it says that it is listening, and returns where.
    ///
    /// # Panics
    /// When it ends before, or does not say so within a minute.
    pub fn address(&self) -> SocketAddr {
        let said = self.stderr.wait_for(START_MAX, |line| line.contains(LISTENING));
        let Some(said) = said else {
            panic!("it does not listen; it said:\n{}", self.stderr.text());
        };
        let (_, address) = said.split_once(LISTENING).expect("the line was chosen for it");
        let address = address.trim_start_matches('s').trim_start_matches("://");
        let end = address.find(|c: char| c.is_whitespace() || c == '/');
        address[..end.unwrap_or(address.len())].parse().expect("it prints its socket address")
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// When it has been waited for already.
    pub fn signal(&self, signal: Signal) {
        // Its number is its own until it is waited for, and only `wait` and `drop` do that.
        kill_process(Pid::from_child(&self.child), signal).expect("it can be sent a signal");
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it still runs after this time.
    pub fn wait(mut self, within: Duration) -> Ended {
        // Its pipes close when it ends. One that closes them before would be waited for too long,
        // which the test's own runner would notice.
        if !(self.stderr.close_within(within) && self.stdout.close_within(within)) {
            panic!("it still runs after {within:?}; it said:\n{}", self.stderr.text());
        }
        let status = self.child.wait().expect("it was started and not waited for");
        let (stdout, stderr) = (self.stdout.text(), self.stderr.text());
        Ended { code: status.code(), stdout, stderr }
    }

    /// Whether it runs on for this time: a way to let time pass while watching it.
    pub fn runs_for(&self, time: Duration) -> bool {
        !self.stderr.close_within(time)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended, and been waited for, already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
