//! Goes through the records of a segment, and finds its way again after damage.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::record::{ALIGN_BYTES, HEADER_BYTES, Header, MAGIC};
use super::volume::{Storage, read_up_to};

/// Read at once. An event keeps in memory what was read with it, so not more.
const CHUNK_BYTES: usize = 128 * 1024;

/// What is found in a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record whose checksums are right.
    Record { at: u64, header: Header, payload: Bytes },
    /// Bytes that are none.
    Gap { from: u64, to: u64 },
    /// Nothing more.
    End,
}

#[derive(Debug)]
pub(super) struct Scanner {
    file: Arc<dyn Storage>,
    salt: u32,
    /// Where the next record is, and where it all ends.
    at: u64,
    end: u64,
    /// What was read, and from where.
    chunk: Bytes,
    chunk_at: u64,
}

impl Scanner {
    /// Goes through `file` from `at` to `end`.
    pub(super) fn new(file: Arc<dyn Storage>, salt: u32, at: u64, end: u64) -> Self {
        Scanner { file, salt, at, end, chunk: Bytes::new(), chunk_at: at }
    }

    /// There is more of it now.
    pub(super) fn extend(&mut self, end: u64) {
        self.end = self.end.max(end);
    }

    /// Where it stands.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Where it all ends.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The next record or gap.
    ///
    /// # Errors
    /// The disk's.
    pub(super) fn next(&mut self) -> io::Result<Found> {
        if let Some((header, payload)) = self.record_at(self.at)? {
            let at = self.at;
            self.at += header.record_bytes() as u64;
            return Ok(Found::Record { at, header, payload });
        }
        let from = self.at;
        let mut blank_from = from;
        while self.at < self.end {
            self.skip(&mut blank_from)?;
            if self.at < self.end && self.record_at(self.at)?.is_some() {
                let to = self.at;
                if self.has_come(from)? {
                    return self.next();
                }
                self.at = to;
                return Ok(Found::Gap { from, to });
            }
        }
        match blank_from > from {
            true => Ok(Found::Gap { from, to: blank_from.min(self.end) }),
            false => Ok(Found::End),
        }
    }

    /// Goes back to where there was no record, and says whether there is one by now. Somebody may be
    /// writing, one record after the other, so what stands before one that is there is there too.
    fn has_come(&mut self, at: u64) -> io::Result<bool> {
        (self.at, self.chunk) = (at, Bytes::new());
        Ok(self.record_at(at)?.is_some())
    }

    /// Goes on by at least one step, to where a record may begin. What is not zero on the way moves
    /// `blank_from` behind it.
    fn skip(&mut self, blank_from: &mut u64) -> io::Result<()> {
        let mut is_first = true;
        while self.at < self.end {
            let at = self.at;
            let bytes = self.bytes_at(at, ALIGN_BYTES)?;
            for step in bytes.chunks(ALIGN_BYTES) {
                if step.starts_with(&MAGIC) && !is_first {
                    return Ok(());
                }
                is_first = false;
                if let Some(last) = step.iter().rposition(|byte| *byte != 0) {
                    *blank_from = self.at + last as u64 + 1;
                }
                self.at += step.len() as u64;
            }
            if bytes.is_empty() {
                // The file is shorter than it was said to be.
                self.at = self.end;
            }
        }
        Ok(())
    }

    fn record_at(&mut self, at: u64) -> io::Result<Option<(Header, Bytes)>> {
        let salt = self.salt;
        let bytes = self.bytes_at(at, HEADER_BYTES)?;
        let Some(header) = Header::read(&bytes, salt) else { return Ok(None) };
        if at + header.record_bytes() as u64 > self.end {
            return Ok(None);
        }
        let bytes = self.bytes_at(at, header.record_bytes())?;
        let payload_end = HEADER_BYTES + header.payload_bytes;
        if bytes.len() < payload_end || !header.fits(&bytes[HEADER_BYTES..payload_end]) {
            return Ok(None);
        }
        Ok(Some((header, bytes.slice(HEADER_BYTES..payload_end))))
    }

    /// At least `count` bytes from `at` on; fewer only at the end.
    fn bytes_at(&mut self, at: u64, count: usize) -> io::Result<Bytes> {
        let left = usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX);
        let skip = at.checked_sub(self.chunk_at).and_then(|skip| usize::try_from(skip).ok());
        if let Some(skip) = skip
            && skip <= self.chunk.len()
            && self.chunk.len() - skip >= count.min(left)
        {
            return Ok(self.chunk.slice(skip..));
        }
        let mut chunk = vec![0; count.max(CHUNK_BYTES).min(left)];
        let have = read_up_to(&*self.file, &mut chunk, at)?;
        chunk.truncate(have);
        (self.chunk, self.chunk_at) = (chunk.into(), at);
        Ok(self.chunk.clone())
    }
}
