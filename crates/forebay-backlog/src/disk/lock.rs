//! One process a folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use super::error::OpenError;
use super::identity::LOCK;

/// Held while the folder is used; the kernel lets go of it with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let because = |what: &'static str| {
            let path = path.to_owned();
            move |error: io::Error| OpenError::Folder { path, what, error: error.to_string() }
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(because("cannot be written to"))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(because("cannot be locked")(error)),
        }
    }
}

/// Whether there is a folder at `path`; an error if there is something else.
pub(super) fn is_there(path: &Path) -> Result<bool, OpenError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(OpenError::NoFolder { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(OpenError::Folder {
            path: path.to_owned(),
            what: "cannot be looked at",
            error: error.to_string(),
        }),
    }
}

/// Makes the folder, and brings its name to disk.
pub(super) fn make(path: &Path) -> Result<(), OpenError> {
    let because = |error: io::Error| OpenError::Folder {
        path: path.to_owned(),
        what: "cannot be made",
        error: error.to_string(),
    };
    fs::create_dir_all(path).map_err(because)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))
        .and_then(|parent| parent.sync_all())
        .map_err(because)
}
