//! What a stopped process has in its memory and its table of files.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use nix::unistd::Pid;

const PATH_BYTES_MAX: usize = 4096;
const PAGE_BYTES: u64 = 4096;

/// How a file was opened, and where in it a thread is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opened {
    pub(super) position: u64,
    pub(super) flags: i32,
}

/// The link through which a file of the process can be opened here, even without a name.
pub(super) fn link(process: Pid, file: i32) -> PathBuf {
    PathBuf::from(format!("/proc/{process}/fd/{file}"))
}

/// The name of an open file.
pub(super) fn name(process: Pid, file: i32) -> Option<PathBuf> {
    fs::read_link(link(process, file)).ok()
}

pub(super) fn opened(process: Pid, file: i32) -> Option<Opened> {
    let text = fs::read_to_string(format!("/proc/{process}/fdinfo/{file}")).ok()?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let position = field("pos:")?.parse().ok()?;
    let flags = i32::from_str_radix(field("flags:")?, 8).ok()?;
    Some(Opened { position, flags })
}

/// A path that is an argument, made absolute.
pub(super) fn path(process: Pid, folder: i32, address: u64) -> Option<PathBuf> {
    let path = PathBuf::from(text(process, address)?);
    if path.is_absolute() {
        return Some(path);
    }
    let below = match folder {
        libc::AT_FDCWD => fs::read_link(format!("/proc/{process}/cwd")).ok()?,
        folder => name(process, folder)?,
    };
    Some(below.join(path))
}

/// How many bytes the pieces at an address have together.
pub(super) fn pieces(process: Pid, address: u64, count: u64) -> Option<u64> {
    let memory = memory(process)?;
    let mut bytes = 0;
    for piece in 0..count {
        let mut length = [0; 8];
        memory.read_exact_at(&mut length, address + piece * 16 + 8).ok()?;
        bytes += u64::from_le_bytes(length);
    }
    Some(bytes)
}

/// Text up to its zero. Read to the end of each page, behind which there may be nothing.
fn text(process: Pid, address: u64) -> Option<String> {
    let memory = memory(process)?;
    let mut text = Vec::new();
    while text.len() < PATH_BYTES_MAX {
        let at = address + text.len() as u64;
        let mut part = vec![0; usize::try_from(PAGE_BYTES - at % PAGE_BYTES).ok()?];
        let read = memory.read_at(&mut part, at).ok().filter(|read| *read > 0)?;
        match part[..read].iter().position(|byte| *byte == 0) {
            Some(end) => {
                text.extend(&part[..end]);
                return String::from_utf8(text).ok();
            }
            None => text.extend(&part[..read]),
        }
    }
    None
}

fn memory(process: Pid) -> Option<File> {
    File::open(format!("/proc/{process}/mem")).ok()
}
