//! Where PostgreSQL is installed, and as whom it runs.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::geteuid;

/// Where Debian puts the programs of each version: `15/bin` and so on below.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The programs of a PostgreSQL server.
#[derive(Debug)]
pub(super) struct Install {
    programs: PathBuf,
    /// Set when we are root, whom PostgreSQL refuses.
    owner: Option<Owner>,
}

#[derive(Debug, Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Install {
    pub(super) fn find() -> Self {
        let programs = folders().find(|folder| folder.join("initdb").is_file());
        let programs = programs.unwrap_or_else(|| {
            panic!("no PostgreSQL server on this machine; `cargo xtask setup` installs one")
        });
        let owner = geteuid().is_root().then(|| {
            let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
            owner(&users).expect("the package of the server has made the user postgres")
        });
        Self { programs, owner }
    }

    /// Gives a folder to whoever runs the server.
    pub(super) fn own(&self, folder: &Path) {
        if let Some(owner) = self.owner {
            chown(folder, Some(owner.user), Some(owner.group)).expect("root may do that");
        }
    }

    /// A program of the server, run as whom it accepts, with messages in English.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group);
        }
        // It would complain about a folder that this user may not enter.
        command.current_dir("/").env("LC_ALL", "C");
        super::apart(&mut command);
        command
    }
}

/// Debian's folders, the newest version first, then those of `PATH`.
fn folders() -> impl Iterator<Item = PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    versions.into_iter().map(|(_, folder)| folder).chain(path)
}

/// Finds the user postgres in the text of `/etc/passwd`.
fn owner(users: &str) -> Option<Owner> {
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    let user = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(Owner { user, group })
}
