//! What a system call does to files.

use std::path::PathBuf;

use nix::unistd::Pid;

use super::memory;
use super::registers::Registers;

/// Which rules look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Write,
    Sync,
    Read,
    /// A name in a folder.
    Entry,
    Other,
}

/// A call that is about files.
#[derive(Debug, Clone)]
pub(super) enum Call {
    /// Bytes of a file, from `at`, or from wherever it is.
    Write {
        file: i32,
        at: Option<u64>,
        bytes: u64,
        is_synced: bool,
    },
    /// All of a file may change.
    Rewrite {
        file: i32,
    },
    Resize {
        file: i32,
    },
    Read {
        file: i32,
    },
    Sync {
        file: i32,
    },
    Open {
        path: PathBuf,
        flags: i32,
    },
    Folder {
        path: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Link {
        path: PathBuf,
    },
    /// A way to write that cannot be followed.
    Hidden {
        file: i32,
        what: &'static str,
    },
}

/// A call, and the paths it is about.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) call: Call,
    pub(super) kind: Kind,
    pub(super) paths: Vec<PathBuf>,
}

impl Seen {
    /// Reads what a stopped thread is about to do. `None` if that is nothing to files.
    pub(super) fn at(process: Pid, registers: &Registers) -> Option<Self> {
        let call = on_a_file(process, registers).or_else(|| on_a_name(process, registers))?;
        let kind = call.kind();
        let paths = call.paths(process);
        Some(Self { call, kind, paths })
    }
}

fn on_a_file(process: Pid, registers: &Registers) -> Option<Call> {
    let argument = |place| registers.argument(place);
    #[expect(clippy::cast_possible_truncation, reason = "the kernel looks at these 32 bits only")]
    let file = |place| argument(place) as i32;
    let pieces = || memory::pieces(process, argument(1), argument(2));
    let write = |at, bytes, is_synced| Some(Call::Write { file: file(0), at, bytes, is_synced });
    let synced = (libc::RWF_DSYNC | libc::RWF_SYNC) as u64;
    match registers.number() {
        libc::SYS_write => write(None, argument(2), false),
        libc::SYS_pwrite64 => write(Some(argument(3)), argument(2), false),
        libc::SYS_writev => write(None, pieces()?, false),
        libc::SYS_pwritev => write(Some(argument(3)), pieces()?, false),
        libc::SYS_pwritev2 => write(Some(argument(3)), pieces()?, argument(5) & synced != 0),
        libc::SYS_read | libc::SYS_pread64 | libc::SYS_readv | libc::SYS_preadv => {
            Some(Call::Read { file: file(0) })
        }
        libc::SYS_fsync | libc::SYS_fdatasync => Some(Call::Sync { file: file(0) }),
        libc::SYS_ftruncate => Some(Call::Resize { file: file(0) }),
        libc::SYS_fallocate => Some(Call::Rewrite { file: file(0) }),
        libc::SYS_sendfile => Some(Call::Rewrite { file: file(0) }),
        libc::SYS_copy_file_range | libc::SYS_splice => Some(Call::Rewrite { file: file(2) }),
        libc::SYS_mmap => {
            let can_write = argument(2) & libc::PROT_WRITE as u64 != 0;
            let is_shared = argument(3) & libc::MAP_SHARED as u64 != 0;
            let what = "a file mapped to be written";
            (can_write && is_shared && file(4) >= 0).then(|| Call::Hidden { file: file(4), what })
        }
        libc::SYS_io_uring_setup => Some(Call::Hidden { file: -1, what: "io_uring" }),
        libc::SYS_sync | libc::SYS_syncfs => Some(Call::Hidden { file: -1, what: "a sync of all" }),
        _ => None,
    }
}

fn on_a_name(process: Pid, registers: &Registers) -> Option<Call> {
    let argument = |place| registers.argument(place);
    #[expect(clippy::cast_possible_truncation, reason = "the kernel looks at these 32 bits only")]
    let number = |place| argument(place) as i32;
    let here = |place| memory::path(process, libc::AT_FDCWD, argument(place));
    let below = |folder, place| memory::path(process, number(folder), argument(place));
    let truncating = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
    Some(match registers.number() {
        libc::SYS_open => Call::Open { path: here(0)?, flags: number(1) },
        libc::SYS_openat => Call::Open { path: below(0, 1)?, flags: number(2) },
        libc::SYS_creat => Call::Open { path: here(0)?, flags: truncating },
        libc::SYS_mkdir => Call::Folder { path: here(0)? },
        libc::SYS_mkdirat => Call::Folder { path: below(0, 1)? },
        libc::SYS_unlink | libc::SYS_rmdir => Call::Remove { path: here(0)? },
        libc::SYS_unlinkat => Call::Remove { path: below(0, 1)? },
        libc::SYS_rename => Call::Rename { from: here(0)?, to: here(1)? },
        libc::SYS_renameat | libc::SYS_renameat2 => {
            Call::Rename { from: below(0, 1)?, to: below(2, 3)? }
        }
        libc::SYS_link => Call::Link { path: here(1)? },
        libc::SYS_linkat => Call::Link { path: below(2, 3)? },
        _ => return None,
    })
}

impl Call {
    fn kind(&self) -> Kind {
        match self {
            Call::Write { .. } | Call::Rewrite { .. } | Call::Resize { .. } => Kind::Write,
            Call::Read { .. } => Kind::Read,
            Call::Sync { .. } => Kind::Sync,
            // What is there already needs no room.
            Call::Open { path, flags } if flags & libc::O_CREAT != 0 && !path.exists() => {
                Kind::Write
            }
            Call::Open { flags, .. } if flags & libc::O_TRUNC == 0 => Kind::Other,
            Call::Folder { .. } | Call::Link { .. } => Kind::Write,
            Call::Open { .. } | Call::Remove { .. } | Call::Rename { .. } => Kind::Entry,
            Call::Hidden { .. } => Kind::Other,
        }
    }

    fn paths(&self, process: Pid) -> Vec<PathBuf> {
        match self {
            Call::Write { file, .. }
            | Call::Read { file }
            | Call::Rewrite { file }
            | Call::Resize { file }
            | Call::Sync { file }
            | Call::Hidden { file, .. } => memory::name(process, *file).into_iter().collect(),
            Call::Open { path, .. }
            | Call::Folder { path }
            | Call::Remove { path }
            | Call::Link { path } => vec![path.clone()],
            Call::Rename { from, to } => vec![from.clone(), to.clone()],
        }
    }
}
