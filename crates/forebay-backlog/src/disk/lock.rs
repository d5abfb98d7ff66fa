//! One process a folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::error::OpenError;
use super::identity::{LOCK, NAME};

/// Held while the folder is used; the kernel lets go of it with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        loop {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path.join(LOCK))
                .map_err(|error| OpenError::folder(path, "cannot be written to", &error))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(OpenError::InUse { path: path.to_owned() });
                }
                Err(TryLockError::Error(error)) => {
                    return Err(OpenError::folder(path, "cannot be locked", &error));
                }
            }
            // Whoever fails to make a backlog takes its lock away again.
            let ours = file.metadata().map(|found| (found.dev(), found.ino()));
            let theirs = fs::metadata(path.join(LOCK)).map(|found| (found.dev(), found.ino()));
            if theirs.is_ok_and(|theirs| ours.is_ok_and(|ours| ours == theirs)) {
                return Ok(Lock { _file: file });
            }
        }
    }
}

/// What a folder has in it before it becomes a backlog.
#[derive(Debug)]
pub(super) struct Before {
    has_folder: bool,
    has_name: bool,
    has_lock: bool,
}

impl Before {
    pub(super) fn of(path: &Path) -> Self {
        Before {
            has_folder: path.exists(),
            has_name: path.join(NAME).exists(),
            has_lock: path.join(LOCK).exists(),
        }
    }

    /// Takes away what was put there since, with the lock.
    pub(super) fn restore(&self, path: &Path) {
        if !self.has_name {
            let _ = fs::remove_file(path.join(NAME));
        }
        if !self.has_lock {
            let _ = fs::remove_file(path.join(LOCK));
        }
        if !self.has_folder {
            let _ = fs::remove_dir(path);
        }
    }
}

/// Whether a process has the folder. Makes nothing; the answer is how it was a moment ago.
pub(super) fn is_taken(path: &Path) -> Result<bool, OpenError> {
    let file = match File::open(path.join(LOCK)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => {
            let what = "cannot be looked at";
            return Err(OpenError::Folder {
                path: path.to_owned(),
                what,
                error: error.to_string(),
            });
        }
    };
    Ok(matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Whether there is a folder at `path`; an error if there is something else.
pub(super) fn is_there(path: &Path) -> Result<bool, OpenError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(OpenError::NoFolder { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(OpenError::folder(path, "cannot be looked at", &error)),
    }
}

/// Makes the folder, and brings its name to disk.
pub(super) fn make(path: &Path) -> Result<(), OpenError> {
    let because = |error: io::Error| OpenError::folder(path, "cannot be made", &error);
    fs::create_dir_all(path).map_err(because)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))
        .and_then(|parent| parent.sync_all())
        .map_err(because)
}
