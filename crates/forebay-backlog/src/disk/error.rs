//! Why a backlog on disk cannot be opened.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// Why a backlog on disk cannot be opened; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// There is something else of that name.
    NoFolder {
        /// The path.
        path: PathBuf,
    },
    /// There is no backlog.
    NoBacklog {
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
    /// Something else is in the folder.
    Foreign {
        /// The path.
        path: PathBuf,
        /// One of the files.
        file: String,
    },
    /// A forebay from before the first release made it.
    Earlier {
        /// The path.
        path: PathBuf,
    },
    /// A newer version made it.
    TooNew {
        /// The path.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest that is known here.
        known: u32,
    },
}

impl OpenError {
    /// The disk says no.
    pub(super) fn folder(path: &Path, what: &'static str, error: &io::Error) -> Self {
        let advice = match error.kind() {
            io::ErrorKind::PermissionDenied => "; let the user that forebay runs as write there",
            io::ErrorKind::ReadOnlyFilesystem => {
                "; mount it for writing, or give the backlog another folder"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "; make room there, or give the backlog another folder"
            }
            _ => "",
        };
        OpenError::Folder { path: path.to_owned(), what, error: format!("{error}{advice}") }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::NoFolder { path } => write!(
                f,
                "{} is not a folder; give the backlog a folder of its own",
                path.display()
            ),
            OpenError::NoBacklog { path } => {
                write!(f, "{} has no backlog in it; check the path", path.display())
            }
            OpenError::InUse { path } => write!(
                f,
                "{} is in use by another process; stop that one, or give this one another folder",
                path.display()
            ),
            OpenError::Folder { path, what, error } => {
                write!(f, "{} {what}: {error}", path.display())
            }
            OpenError::Foreign { path, file } => write!(
                f,
                "{} is no backlog and has other files in it ({file}); check the path, or give the \
                 backlog a folder of its own",
                path.display()
            ),
            OpenError::Earlier { path } => write!(
                f,
                "{} has the SQLite file of a forebay from before the first release; let that one \
                 deliver what is in it, or give this one another folder",
                path.display()
            ),
            OpenError::TooNew { path, found, known } => write!(
                f,
                "{} has format {found}, and this version knows up to {known}; use the version that \
                 made it, or a newer one",
                path.display()
            ),
        }
    }
}

impl std::error::Error for OpenError {}
