//! The folder of a backlog on disk: its files, and one process at a time.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where the events are.
const EVENTS: &str = "backlog.sqlite";

/// Held by the process that uses the folder.
const LOCK: &str = "lock";

/// Where damaged rows go.
const QUARANTINE: &str = "quarantine";

/// A folder that this process alone uses, until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The kernel lets go of it with the process, however that ends.
    _lock: File,
}

impl Folder {
    /// Makes the folder if there is none, and takes it.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let because = |what: &'static str| {
            let path = path.to_owned();
            move |error: io::Error| OpenError::Folder { path, what, error: error.to_string() }
        };
        if path.exists() && !path.is_dir() {
            return Err(OpenError::NoFolder { path: path.to_owned() });
        }
        fs::create_dir_all(path).map_err(because("cannot be made"))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(because("cannot be written to"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(because("cannot be locked")(error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the events are.
    pub(super) fn events(&self) -> PathBuf {
        self.path.join(EVENTS)
    }

    /// Sets a damaged row aside; once this returns it is on disk there.
    pub(super) fn set_aside(&self, row: i64, blob: &[u8]) -> io::Result<PathBuf> {
        let quarantine = self.path.join(QUARANTINE);
        fs::create_dir_all(&quarantine)?;
        let path = quarantine.join(format!("row-{row}.bin"));
        let mut file = File::create(&path)?;
        file.write_all(blob)?;
        file.sync_all()?;
        // The name of a file is on disk when its folder is.
        File::open(&quarantine)?.sync_all()?;
        File::open(&self.path)?.sync_all()?;
        Ok(path)
    }
}

/// Why a backlog on disk cannot be opened; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// There is something else of that name.
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// Another process has it.
    InUse {
        /// The path.
        path: PathBuf,
    },
    /// The folder or a file in it cannot be used.
    Folder {
        /// The path.
        path: PathBuf,
        /// What could not be done.
        what: &'static str,
        /// Why not.
        error: String,
    },
    /// A newer version made it.
    TooNew {
        /// The path.
        path: PathBuf,
        /// The version of its layout.
        found: i64,
        /// The newest that is known here.
        known: i64,
    },
    /// This program is linked to a SQLite with a known fault.
    SqliteTooOld {
        /// Its version.
        found: &'static str,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::NoFolder { path } => write!(
                f,
                "{} is not a folder; give the backlog a folder of its own",
                path.display()
            ),
            OpenError::InUse { path } => write!(
                f,
                "{} is in use by another process; stop that one, or give this one another folder",
                path.display()
            ),
            OpenError::Folder { path, what, error } => {
                write!(f, "{} {what}: {error}", path.display())
            }
            OpenError::TooNew { path, found, known } => write!(
                f,
                "{} has layout {found}, and this version knows up to {known}; use the version \
                 that made it, or a newer one",
                path.display()
            ),
            OpenError::SqliteTooOld { found } => write!(
                f,
                "linked to SQLite {found}, which can lose commits; build with 3.51.3 or later"
            ),
        }
    }
}

impl std::error::Error for OpenError {}
