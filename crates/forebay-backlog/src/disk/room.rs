//! Whether a disk that was full still is: by writing, since a quota is in no figure of the file system.

use super::segment::NEW;
use super::volume::{Volume, write_all};

/// What stands around what was refused: a header, a segment's opening, room put by.
const FRAME_BYTES: u64 = 64 * 1024;

/// A larger one is not written out to try it.
const TRIED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Tries whether so many bytes could be written. Nothing of it is left.
pub(super) fn is_there(volume: &dyn Volume, bytes: u64) -> bool {
    // The next start removes it, should this one end before it has.
    let name = format!("room{NEW}");
    let tried = volume.create(&name).and_then(|file| {
        let part = [0; 4096];
        let end = FRAME_BYTES + bytes.min(TRIED_BYTES_MAX);
        (0..end).step_by(part.len()).try_for_each(|at| write_all(&*file, &part, at))
    });
    let removed = volume.remove(&name);
    tried.and(removed).is_ok()
}
