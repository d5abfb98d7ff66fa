//! Whether something could be written, found out without writing.

use std::path::Path;

use rustix::fs::{Access, access, statvfs};

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
