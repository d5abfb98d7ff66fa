//! How much room the backlog's files take, and how much is left.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config::{BacklogConfig, BacklogUrl};

/// The folder of a backlog on disk.
#[derive(Debug, Clone)]
pub(crate) struct Files(PathBuf);

/// What it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Disk {
    /// Of all files in the folder.
    bytes: u64,
    /// What anybody may still write there.
    free_bytes: u64,
}

impl Files {
    /// Where a backlog keeps its files on this machine, if it does.
    pub(crate) fn of(backlog: &BacklogConfig) -> Option<Self> {
        match &backlog.url {
            BacklogUrl::Memory => None,
            BacklogUrl::Nats(_) => backlog.spool.folder.clone().map(Self),
            BacklogUrl::Disk(path) => Some(Self(path.clone())),
        }
    }

    /// Looks; `None` when the folder cannot be looked at.
    pub(super) fn measure(&self) -> Option<Disk> {
        let room = rustix::fs::statvfs(&self.0).ok()?;
        let free_bytes = room.f_bavail.saturating_mul(room.f_frsize);
        Some(Disk { bytes: bytes_below(&self.0, 2), free_bytes })
    }
}

/// The sizes of all files, so many folders deep. What goes away meanwhile does not count.
fn bytes_below(folder: &Path, deep: u32) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() && deep > 0 => bytes_below(&entry.path(), deep - 1),
            Ok(metadata) if metadata.is_file() => metadata.len(),
            _ => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_count_in_the_folder_and_below_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("one"), [0; 1_000]).expect("it can be written");
        fs::create_dir(folder.path().join("below")).expect("it can be made");
        fs::write(folder.path().join("below/two"), [0; 500]).expect("it can be written");
        let disk = Files(folder.path().to_owned()).measure().expect("it is there");
        assert_eq!(disk.bytes, 1_500);
        assert!(disk.free_bytes > 0);
        assert_eq!(Files(folder.path().join("none")).measure(), None);
    }
}
