//! Where the files are: all that the log asks of a disk, so that a test can put its own in its place.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::Advice;

use super::aside;

/// A folder of files. Names may have one folder in front, as in `quarantine/x`.
///
/// What was done to names (made, renamed, removed) is on disk when [`sync`](Self::sync) returns.
pub trait Volume: fmt::Debug + Send + Sync {
    /// The names of the files.
    ///
    /// # Errors
    /// The disk's.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes a file, empty, and its folder if there is none; one that is there is emptied.
    ///
    /// # Errors
    /// The disk's.
    fn create(&self, name: &str) -> io::Result<Arc<dyn Storage>>;

    /// Opens a file.
    ///
    /// # Errors
    /// The disk's; `NotFound` when there is none.
    fn open(&self, name: &str) -> io::Result<Arc<dyn Storage>>;

    /// Gives a file another name; one of that name is gone.
    ///
    /// # Errors
    /// The disk's.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// The disk's.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Brings what was done to names to disk.
    ///
    /// # Errors
    /// The disk's. It must not be taken for done when it is tried again.
    fn sync(&self) -> io::Result<()>;
}

/// A file.
pub trait Storage: fmt::Debug + Send + Sync {
    /// How long it is, in bytes.
    ///
    /// # Errors
    /// The disk's.
    fn len(&self) -> io::Result<u64>;

    /// Whether it has no bytes.
    ///
    /// # Errors
    /// The disk's.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads bytes from `at` on, and says how many; 0 at the end.
    ///
    /// # Errors
    /// The disk's.
    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize>;

    /// Writes bytes from `at` on, and says how many.
    ///
    /// # Errors
    /// The disk's.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize>;

    /// Makes it so long.
    ///
    /// # Errors
    /// The disk's.
    fn set_len(&self, bytes: u64) -> io::Result<()>;

    /// May begin to bring bytes from `at` on to disk, without waiting for that and without a promise.
    fn begin_sync(&self, at: u64, bytes: u64) {
        let _ = (at, bytes);
    }

    /// Brings its bytes to disk, and its length.
    ///
    /// # Errors
    /// The disk's. It must not be taken for done when it is tried again: a kernel tells once.
    fn sync(&self) -> io::Result<()>;
}

/// Writes all of it, in as many pieces as the disk wants.
pub(super) fn write_all(file: &dyn Storage, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, at) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = &bytes[written..];
                at += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads until `bytes` is full or the file ends, and says how many.
pub(super) fn read_up_to(file: &dyn Storage, bytes: &mut [u8], at: u64) -> io::Result<usize> {
    let mut have = 0;
    while have < bytes.len() {
        match file.read_at(&mut bytes[have..], at + have as u64) {
            Ok(0) => break,
            Ok(read) => have += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}

/// Whether the disk says that it has no room.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// A folder of the file system.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
}

impl Directory {
    pub(super) fn new(path: &Path) -> Self {
        Directory { path: path.to_owned() }
    }

    fn make_folder_of(&self, name: &str) -> io::Result<()> {
        match self.path.join(name).parent() {
            Some(folder) if !folder.exists() => fs::create_dir_all(folder),
            _ => Ok(()),
        }
    }
}

impl Volume for Directory {
    fn list(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name()));
        // What is not text is none of ours.
        names.filter_map(|name| name.map(|name| name.into_string().ok()).transpose()).collect()
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn Storage>> {
        self.make_folder_of(name)?;
        let path = self.path.join(name);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        Ok(Arc::new(file))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn Storage>> {
        Ok(Arc::new(OpenOptions::new().read(true).open(self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.make_folder_of(to)?;
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        // The name of a file is on disk when its folder is.
        let quarantine = self.path.join(aside::FOLDER);
        if quarantine.exists() {
            File::open(quarantine)?.sync_all()?;
        }
        File::open(&self.path)?.sync_all()
    }
}

impl Storage for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        FileExt::read_at(self, bytes, at)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        FileExt::write_at(self, bytes, at)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        File::set_len(self, bytes)
    }

    fn begin_sync(&self, at: u64, bytes: u64) {
        // Linux writes what is dirty there; it forgets only what is clean.
        let _ = rustix::fs::fadvise(self, at, NonZeroU64::new(bytes), Advice::DontNeed);
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
