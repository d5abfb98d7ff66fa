//! What stands before the syncs of a process: counts them, and slows them down where a slower disk is wanted.
//!
//! A library of some lines of C that is put before libc, so nothing of what is measured has to know of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use crate::failure::Failure;

const COUNT: &str = "FOREBAY_BENCH_SYNCS";
const LEAST_US: &str = "FOREBAY_BENCH_SYNC_US";

/// The disk that a process sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disk {
    /// This machine's.
    Own,
    /// One whose syncs take five milliseconds, as those of many a rented disk do.
    Slow,
}

/// What a sync of [`Disk::Slow`] takes at least.
pub(super) const SLOW_SYNC: Duration = Duration::from_millis(5);

/// The compiled library.
#[derive(Debug)]
pub(super) struct Shim {
    library: PathBuf,
    count: PathBuf,
}

impl Shim {
    /// Compiles it in `folder`.
    pub(super) async fn compile(folder: &Path) -> Result<Self, Failure> {
        let (source, library) = (folder.join("syncs.c"), folder.join("syncs.so"));
        std::fs::write(&source, include_str!("syncs.c"))
            .map_err(|error| Failure::because(source.display(), error))?;
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-std=c11", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
        let output = cc.output().await.map_err(|error| Failure::because("starting cc", error))?;
        match output.status.success() {
            true => Ok(Shim { library, count: folder.join("syncs") }),
            false => Err(Failure::because("cc", String::from_utf8_lossy(&output.stderr))),
        }
    }

    /// Puts it before the syncs of `command`.
    pub(super) fn stand_before(&self, command: &mut Command, disk: Disk) -> Result<(), Failure> {
        std::fs::write(&self.count, [0; 16])
            .map_err(|error| Failure::because(self.count.display(), error))?;
        command.env("LD_PRELOAD", &self.library).env(COUNT, &self.count);
        if disk == Disk::Slow {
            command.env(LEAST_US, SLOW_SYNC.as_micros().to_string());
        }
        Ok(())
    }
}

/// The syncs of this process so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) syncs: u64,
    pub(super) took: Duration,
}

impl Tally {
    /// As the library counts them.
    pub(super) fn now() -> Result<Self, Failure> {
        let path = std::env::var_os(COUNT)
            .ok_or_else(|| Failure::new("nobody counts syncs: the bench starts this process"))?;
        let bytes = std::fs::read(&path)
            .map_err(|error| Failure::because(Path::new(&path).display(), error))?;
        let number = |at: usize| {
            bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_ne_bytes)
        };
        match (number(0), number(8)) {
            (Some(syncs), Some(ns)) => Ok(Tally { syncs, took: Duration::from_nanos(ns) }),
            _ => Err(Failure::new("the count of syncs is cut short")),
        }
    }

    pub(super) fn since(self, earlier: Self) -> Self {
        Tally { syncs: self.syncs - earlier.syncs, took: self.took - earlier.took }
    }
}

impl Disk {
    pub(super) fn name(self) -> &'static str {
        match self {
            Disk::Own => "this disk",
            Disk::Slow => "5 ms a sync",
        }
    }
}
