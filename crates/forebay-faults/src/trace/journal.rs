//! How files were before what was not synced: enough to lose all of that.
//!
//! A sync of a file brings its bytes and its length to disk, a sync of a folder the names in it, and
//! nothing else does. That is as little as POSIX promises, and less than most file systems do.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// One file or folder, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Node {
    device: u64,
    number: u64,
}

/// One change, and what undoes it.
#[derive(Debug)]
struct Change {
    /// Whose sync brings it to disk.
    of: Node,
    before: Before,
    is_lost_for_good: bool,
}

#[derive(Debug)]
enum Before {
    Bytes {
        kept: PathBuf,
        at: u64,
        bytes: Vec<u8>,
        length: u64,
    },
    /// There was nothing of this name.
    Nothing {
        path: PathBuf,
    },
    File {
        path: PathBuf,
        kept: PathBuf,
    },
    Folder {
        path: PathBuf,
    },
    Name {
        from: PathBuf,
        to: PathBuf,
    },
}

/// What would be lost now.
#[derive(Debug)]
pub(super) struct Journal {
    keep: PathBuf,
    changes: Vec<Change>,
}

impl Node {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self { device: metadata.dev(), number: metadata.ino() })
    }

    fn of_parent(path: &Path) -> io::Result<Self> {
        Self::of(path.parent().unwrap_or(Path::new("/")))
    }
}

impl Journal {
    pub(super) fn new(keep: PathBuf) -> Self {
        Self { keep, changes: Vec::new() }
    }

    /// A place in the journal, for a sync that begins now.
    pub(super) fn place(&self) -> usize {
        self.changes.len()
    }

    /// Remembers what stands where a write will go. `link` opens the file, `path` is its name.
    pub(super) fn bytes(&mut self, link: &Path, path: &Path, range: Range) -> io::Result<()> {
        let file = File::open(link)?;
        let metadata = file.metadata()?;
        if metadata.nlink() == 0 || !metadata.is_file() {
            return Ok(()); // Nobody will find it again.
        }
        let length = metadata.len();
        let (at, wanted) = match range {
            Range::All => (0, length),
            Range::From { at, bytes } => (at, bytes.min(length.saturating_sub(at))),
        };
        let mut bytes = vec![0; usize::try_from(wanted).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, at)?;
        let kept = self.keep(path)?;
        self.push(Node::of(&kept)?, Before::Bytes { kept, at, bytes, length });
        Ok(())
    }

    /// A name is about to appear where there was none.
    pub(super) fn appears(&mut self, path: &Path) -> io::Result<()> {
        self.push(Node::of_parent(path)?, Before::Nothing { path: path.to_owned() });
        Ok(())
    }

    /// What has this name is about to go.
    pub(super) fn goes(&mut self, path: &Path) -> io::Result<()> {
        let path = path.to_owned();
        let before = if path.is_dir() {
            Before::Folder { path: path.clone() }
        } else {
            Before::File { kept: self.keep(&path)?, path: path.clone() }
        };
        self.push(Node::of_parent(&path)?, before);
        Ok(())
    }

    /// A name is about to become another.
    pub(super) fn moves(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        if to.exists() {
            self.goes(to)?;
        }
        let before = Before::Name { from: from.to_owned(), to: to.to_owned() };
        self.push(Node::of_parent(to)?, before);
        Ok(())
    }

    /// The last change did not happen after all; a rename may have been two.
    pub(super) fn back_to(&mut self, place: usize) {
        self.changes.truncate(place);
    }

    /// A sync of this file or folder, begun at a place, has succeeded.
    pub(super) fn synced(&mut self, link: &Path, place: usize) -> io::Result<()> {
        let node = Node::of(link)?;
        let mut number = 0;
        self.changes.retain(|change| {
            number += 1;
            number > place || change.of != node || change.is_lost_for_good
        });
        Ok(())
    }

    /// A sync of this one has failed, and the kernel forgets what it should have written.
    pub(super) fn lost(&mut self, link: &Path) -> io::Result<()> {
        let node = Node::of(link)?;
        let its = self.changes.iter_mut().filter(|change| change.of == node);
        its.for_each(|change| change.is_lost_for_good = true);
        Ok(())
    }

    /// Undoes everything, the last first; returns how much that was.
    pub(super) fn lose(self) -> io::Result<u64> {
        let count = self.changes.len() as u64;
        for change in self.changes.into_iter().rev() {
            change.undo()?;
        }
        Ok(count)
    }

    fn push(&mut self, of: Node, before: Before) {
        self.changes.push(Change { of, before, is_lost_for_good: false });
    }

    /// Another name for a file, under which it outlives its own.
    fn keep(&self, path: &Path) -> io::Result<PathBuf> {
        let kept = self.keep.join(Node::of(path)?.number.to_string());
        match fs::hard_link(path, &kept) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(kept),
        }
    }
}

/// Which bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Range {
    All,
    From { at: u64, bytes: u64 },
}

impl Change {
    fn undo(self) -> io::Result<()> {
        match self.before {
            Before::Bytes { kept, at, bytes, length } => {
                let file = OpenOptions::new().write(true).open(kept)?;
                file.write_all_at(&bytes, at)?;
                // What was written behind a part that is lost for good stays where it is.
                if self.is_lost_for_good { Ok(()) } else { file.set_len(length) }
            }
            Before::Nothing { path } if path.is_dir() => fs::remove_dir_all(path),
            Before::Nothing { path } => match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            Before::File { path, kept } => {
                let _ = fs::remove_file(&path);
                fs::hard_link(kept, path)
            }
            Before::Folder { path } => fs::create_dir(path),
            Before::Name { from, to } => fs::rename(to, from),
        }
    }
}

#[cfg(test)]
mod tests;
