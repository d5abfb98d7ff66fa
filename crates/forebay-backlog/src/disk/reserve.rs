//! Some room put by, so that a segment can be begun on a disk that is full.
//!
//! Finished events give their room back once a newer segment says that they are finished, and that takes
//! room itself: a disk that is full of them would stay so.

use std::io;
use std::sync::Arc;

use super::volume::{Volume, write_all};

/// The file that takes it up.
pub(super) const NAME: &str = "reserve";

/// What a segment takes beside what it says of others: a header, blocks that are not full, a name.
const FRAME_BYTES: u64 = 16 * 1024;

/// No opening is taken to be shorter: a line for each of ten segments.
const OPENING_BYTES_MIN: u64 = 1024;

#[derive(Debug)]
pub(super) struct Reserve {
    volume: Arc<dyn Volume>,
    /// How much is put by.
    bytes: u64,
}

impl Reserve {
    /// Finds what was put by before.
    pub(super) fn open(volume: Arc<dyn Volume>) -> Self {
        let bytes = volume.open(NAME).and_then(|file| file.len()).unwrap_or(0);
        Reserve { volume, bytes }
    }

    /// Sees to it that a segment can be begun that says twice as much as `opening_bytes`; four times as much when
    /// that takes more room, so that it seldom does.
    ///
    /// # Errors
    /// The disk's; then nothing is put by.
    pub(super) fn keep(&mut self, opening_bytes: u64) -> io::Result<()> {
        if self.bytes >= FRAME_BYTES + 2 * opening_bytes {
            return Ok(());
        }
        let bytes = FRAME_BYTES + 4 * opening_bytes.max(OPENING_BYTES_MIN);
        self.bytes = 0;
        let made = self.volume.create(NAME).and_then(|file| {
            let zeros = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
            write_all(&*file, &zeros, 0)?;
            file.sync()
        });
        match made {
            Ok(()) => self.bytes = bytes,
            Err(_) => drop(self.volume.remove(NAME)),
        }
        made
    }

    /// Gives it away. Whether there was any.
    pub(super) fn give(&mut self) -> bool {
        let is_there = std::mem::take(&mut self.bytes) > 0;
        is_there && self.volume.remove(NAME).is_ok()
    }
}
