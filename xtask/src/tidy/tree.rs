//! The files of the repository: what git tracks, or would, with nothing it ignores.

use std::path::Path;

use super::source::Source;
use crate::command::{output, program};
use crate::failure::Failure;

pub(super) struct Tree {
    /// In the order of their paths.
    pub(super) files: Vec<Source>,
}

impl Tree {
    /// Reads the workspace around the current folder.
    ///
    /// # Errors
    /// Git cannot list the files, or one of them cannot be read.
    pub(super) fn load() -> Result<Self, Failure> {
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let names = output(&mut program("git", &list)).or_else(|_| files_without_git())?;
        let mut paths: Vec<&str> = names.split_terminator('\0').collect();
        paths.sort_unstable();
        // A file that was deleted but is still in the index is no longer part of the tree.
        let present = paths.into_iter().filter(|path| Path::new(path).is_file());
        let files = present.map(read).collect::<Result<_, _>>()?;
        Ok(Self { files })
    }

    pub(super) fn file(&self, path: &str) -> Option<&Source> {
        self.files.iter().find(|file| file.path == path)
    }

    pub(super) fn rust_files(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(|file| file.is_rust())
    }
}

fn read(path: &str) -> Result<Source, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::failed(format!("cannot read {path}: {error}")))?;
    Ok(Source::new(path, &String::from_utf8_lossy(&bytes)))
}

/// For a tree that was unpacked and not cloned, or a machine without git. It knows one kind of
/// ignored folder, the build's; that is enough where nobody has worked yet.
fn files_without_git() -> Result<String, Failure> {
    println!("git cannot list the files here, so every file counts, except those in `target`");
    let hidden = ["(", "-name", ".git", "-o", "-name", "target", ")", "-prune"];
    let files = ["-o", "-type", "f", "-printf", "%P\\0"];
    output(program("find", &["."]).args(hidden).args(files))
}

#[cfg(test)]
impl Tree {
    /// A tree made of samples.
    pub(super) fn of(samples: &[(&str, &str)]) -> Self {
        Self { files: samples.iter().map(|(path, text)| Source::new(path, text)).collect() }
    }
}
