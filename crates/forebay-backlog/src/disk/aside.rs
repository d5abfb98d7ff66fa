//! Damaged bytes, set aside: nothing reads them, and nothing of them is thrown away.

use std::io;

use super::recover::Place;
use super::segment::log_name;
use super::volume::{Volume, read_up_to, write_all};

/// The folder.
pub(super) const FOLDER: &str = "quarantine";

/// Copied at once.
const STEP_BYTES: u64 = 64 * 1024;

fn name(place: Place) -> String {
    format!("{FOLDER}/{:016}-{}.bin", place.number, place.from)
}

/// Sets a whole segment aside, in which nothing can be read.
///
/// # Errors
/// The disk's.
pub(super) fn set_aside(volume: &dyn Volume, number: u64) -> io::Result<()> {
    volume.rename(&log_name(number), &segment_name(number))?;
    volume.sync()
}

/// Whether a whole segment was set aside.
pub(super) fn has_segment(volume: &dyn Volume, number: u64) -> bool {
    volume.open(&segment_name(number)).is_ok()
}

fn segment_name(number: u64) -> String {
    format!("{FOLDER}/{}", log_name(number))
}

/// Whether a damaged place was copied before.
pub(super) fn has(volume: &dyn Volume, place: Place) -> bool {
    volume.open(&name(place)).is_ok_and(|file| file.len().ok() == Some(place.to - place.from))
}

/// Removes the copy of a damaged place, as far as there is one.
pub(super) fn remove(volume: &dyn Volume, place: Place) {
    let _ = volume.remove(&name(place));
}

/// Copies a damaged place. It is on disk when this returns.
///
/// # Errors
/// The disk's.
pub(super) fn copy(volume: &dyn Volume, place: Place) -> io::Result<String> {
    let name = name(place);
    if place.from == place.to {
        return Ok(name);
    }
    if has(volume, place) {
        return Ok(name);
    }
    let from = volume.open(&log_name(place.number))?;
    let to = volume.create(&name)?;
    let mut at = place.from;
    while at < place.to {
        let mut bytes = vec![0; STEP_BYTES.min(place.to - at) as usize];
        let have = read_up_to(&*from, &mut bytes, at)?;
        if have == 0 {
            break;
        }
        write_all(&*to, &bytes[..have], at - place.from)?;
        at += have as u64;
    }
    to.sync()?;
    volume.sync()?;
    Ok(name)
}
