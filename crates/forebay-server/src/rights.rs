//! Whether something could be written, and whether there is room for it, found out without writing.

use std::path::Path;

use rustix::fs::{Access, access, statvfs};
use rustix::process::geteuid;

/// Whether this process may write to the file, or into the folder. The error says why not.
pub(crate) fn check(path: &Path) -> Result<(), String> {
    let wanted = Access::READ_OK | Access::WRITE_OK;
    let wanted = if path.is_dir() { wanted | Access::EXEC_OK } else { wanted };
    access(path, wanted)
        .map_err(|error| format!("{} cannot be written to: {error}", path.display()))?;
    // To root the rights of /proc and its like promise everything; no file can be made there.
    match statvfs(path) {
        Ok(room) if room.f_blocks == 0 && room.f_files == 0 => {
            Err(format!("{} is in a file system that keeps no files", path.display()))
        }
        _ => Ok(()),
    }
}

/// Whether this process finds so much room below the folder, and may make a file there. The error says what is
/// missing. A quota is in none of these figures.
pub(crate) fn check_room(folder: &Path, bytes: u64) -> Result<(), String> {
    // What cannot be asked is not known to be full.
    let Ok(room) = statvfs(folder) else { return Ok(()) };
    let (blocks, files) = match geteuid().is_root() {
        true => (room.f_bfree, room.f_ffree),
        false => (room.f_bavail, room.f_favail),
    };
    let free_bytes = blocks.saturating_mul(room.f_frsize);
    // Where files are not counted there is no end of them.
    let has_files = room.f_files == 0 || files > 0;
    match free_bytes >= bytes && has_files {
        true => Ok(()),
        false if has_files => {
            Err(format!("No space left where {} is: {free_bytes} bytes are free", folder.display()))
        }
        false => {
            Err(format!("No space left where {} is: no more files can be made", folder.display()))
        }
    }
}
