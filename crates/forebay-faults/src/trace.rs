//! A program between another one and the kernel: it sees every system call of all its threads, and
//! makes some of them fail, take long, or be the last one.
//!
//! What is written and not synced is remembered as it was before, so that a kill can be made a loss
//! of power: everything that no sync had brought to disk is undone. It follows the system calls, and
//! knows nothing of what is in the files.
//!
//! It is a process of its own, as strace is: `forebay-faults trace PLAN -- PROGRAM ARGUMENTS`.

mod call;
mod journal;
mod machine;
mod memory;
mod registers;
mod rule;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

pub(crate) use rule::{At, Calls, Does, Rule};

/// What to do to a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The files that the rules are about are in here.
    pub(crate) root: PathBuf,
    /// All that loses what was not synced, the root and more.
    pub(crate) disk: PathBuf,
    pub(crate) rules: Vec<Rule>,
    pub(crate) at_the_end: AtTheEnd,
    /// An empty folder on the same file system, for files that may have to come back.
    pub(crate) keep: PathBuf,
    /// Where the number of the process is written before it begins.
    pub(crate) pid: PathBuf,
    /// Where the [`Report`] is written when it has ended.
    pub(crate) report: PathBuf,
}

/// What becomes of its files when it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AtTheEnd {
    /// They stay as the kernel has them, as after `kill -9`.
    Leave,
    /// What was not synced is lost, as after a loss of power.
    LoseUnsynced,
}

/// What was seen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    /// System calls of all threads.
    pub(crate) calls: u64,
    /// Those that change files below the root, or sync them.
    pub(crate) lasting: u64,
    pub(crate) writes: u64,
    pub(crate) syncs: u64,
    pub(crate) reads: u64,
    /// How often a rule was carried out.
    pub(crate) fired: u64,
    /// Changes that were undone at the end.
    pub(crate) undone: u64,
    /// What it cannot follow; a loss of power is not a true one then.
    pub(crate) unfollowed: Vec<String>,
}

/// The shell waits for a line, so that nothing happens before everything is watched.
const WAIT_THEN_BE: &str = "read -r go && exec \"$@\"";

/// Runs a program under a plan; returns its exit code.
///
/// # Errors
/// The plan cannot be read, or the system does not allow one process to watch another.
pub(crate) fn run(plan: &Path, program: &[String]) -> Result<i32, String> {
    let plan = fs::read(plan).map_err(|error| format!("{}: {error}", plan.display()))?;
    let plan: Plan = serde_json::from_slice(&plan).map_err(|error| error.to_string())?;
    let mut child = Command::new("sh")
        .args(["-c", WAIT_THEN_BE, "sh"])
        .args(program)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start sh: {error}"))?;
    fs::write(&plan.pid, child.id().to_string()).map_err(|error| error.to_string())?;
    let pid = Pid::from_raw(i32::try_from(child.id()).map_err(|error| error.to_string())?);
    let go = child.stdin.take().expect("it is piped");
    let (code, report) = machine::Machine::watch(plan.clone(), pid, go)?;
    let text = serde_json::to_vec(&report).map_err(|error| error.to_string())?;
    // Renamed into place, so that who waits for it finds it whole.
    let unfinished = plan.report.with_extension("part");
    fs::write(&unfinished, text)
        .and_then(|()| fs::rename(&unfinished, &plan.report))
        .map_err(|error| error.to_string())?;
    Ok(code)
}
