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
const SET_ASIDE: &str = "quarantine";

/// There when damage was met: the file is looked through at the next start.
const DAMAGED: &str = "damaged";

/// What SQLite keeps beside a file.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

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

    /// Whether damage was met the last time.
    pub(super) fn is_marked_damaged(&self) -> bool {
        self.path.join(DAMAGED).exists()
    }

    /// Remembers for the next start that there is damage.
    pub(super) fn mark_damaged(&self, what: &str) -> io::Result<()> {
        let mut file = File::create(self.path.join(DAMAGED))?;
        writeln!(file, "{what}")?;
        file.sync_all()?;
        File::open(&self.path)?.sync_all()
    }

    /// Where a new file can be made, beside the damaged one.
    pub(super) fn fresh(&self) -> io::Result<PathBuf> {
        let fresh = self.path.join("salvaged.sqlite");
        remove(&fresh)?;
        Ok(fresh)
    }

    /// Sets the damaged file aside, and puts `fresh` in its place; says where the old one is.
    pub(super) fn exchange(&self, fresh: &Path) -> io::Result<PathBuf> {
        let quarantine = self.path.join(SET_ASIDE);
        fs::create_dir_all(&quarantine)?;
        let number = (1..).find(|number| !quarantine.join(format!("file-{number}")).exists());
        let aside = quarantine.join(format!("file-{}", number.unwrap_or(0)));
        fs::create_dir(&aside)?;
        // Copied and not moved: were it cut short here, the old file is still in its place.
        for file in with_companions(&self.events()) {
            if let (true, Some(name)) = (file.exists(), file.file_name()) {
                fs::copy(&file, aside.join(name))?;
                File::open(aside.join(name))?.sync_all()?;
            }
        }
        for folder in [&aside, &quarantine] {
            File::open(folder)?.sync_all()?;
        }
        for file in with_companions(&self.events()).skip(1) {
            remove_one(&file)?;
        }
        fs::rename(fresh, self.events())?;
        remove_one(&self.path.join(DAMAGED))?;
        File::open(&self.path)?.sync_all()?;
        Ok(aside)
    }

    /// Sets a damaged row aside; once this returns it is on disk there.
    pub(super) fn set_aside(&self, row: i64, blob: &[u8]) -> io::Result<PathBuf> {
        let quarantine = self.path.join(SET_ASIDE);
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

fn with_companions(path: &Path) -> impl Iterator<Item = PathBuf> {
    let path = path.as_os_str().to_owned();
    std::iter::once("").chain(COMPANIONS).map(move |end| {
        let mut path = path.clone();
        path.push(end);
        path.into()
    })
}

fn remove(path: &Path) -> io::Result<()> {
    with_companions(path).try_for_each(|file| remove_one(&file))
}

fn remove_one(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
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
    /// The file is damaged. Opening salvages it, so this is seen only when that does not help.
    Damaged {
        /// The path.
        path: PathBuf,
        /// What SQLite says.
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
            OpenError::Damaged { path, error } => {
                write!(f, "{} is damaged and cannot be salvaged: {error}", path.display())
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
