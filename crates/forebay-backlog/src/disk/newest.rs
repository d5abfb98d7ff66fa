//! Which segment is the newest that was begun: docs/format.md, "Files". Each segment names those before it,
//! and nothing else names the newest: without this it could be deleted, or all of them, and nobody would miss it.
//!
//! It is written after the segment has begun, out of the writer's way, and is never wrong: a segment stays
//! until a newer one is begun.

use std::io;

use super::segment::NEW;
use super::text;
use super::volume::Volume;

/// The file that says so.
pub(super) const NAME: &str = "newest";

/// The number of a segment that was begun; nothing if none was, or nobody has said so yet.
pub(super) fn read(volume: &dyn Volume) -> io::Result<Option<u64>> {
    let lines = text::read(volume, NAME)?;
    Ok(lines.and_then(|lines| lines.trim_end().strip_prefix("segment ")?.parse().ok()))
}

/// Says that segment `number` was begun.
///
/// # Errors
/// The disk's. What was said before is said still.
pub(super) fn write(volume: &dyn Volume, number: u64) -> io::Result<()> {
    let new = format!("{NAME}{NEW}");
    let made = text::write(volume, &new, &format!("segment {number}\n"));
    let named = made.and_then(|()| volume.rename(&new, NAME)).and_then(|()| volume.sync());
    if named.is_err() {
        let _ = volume.remove(&new);
    }
    named
}
