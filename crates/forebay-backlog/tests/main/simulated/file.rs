//! The content of a file: what was synced, and which pages differ from it.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use forebay_backlog::Storage;

use super::Disk;

/// What a disk writes at once, or not at all.
pub(crate) const PAGE_BYTES: usize = 4096;

#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    now: Vec<u8>,
    synced: Vec<u8>,
    dirty: BTreeSet<usize>,
}

impl Content {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.now
    }

    pub(super) fn pages_at_risk(&self) -> u64 {
        self.dirty.len() as u64
    }

    pub(super) fn allocated_bytes(&self) -> u64 {
        self.now.len().next_multiple_of(PAGE_BYTES) as u64
    }

    /// Loses what was not synced, but for the pages that `keeps` says.
    pub(super) fn lose(&mut self, keeps: &mut impl FnMut() -> bool) {
        let mut left = std::mem::take(&mut self.synced);
        // A length that is not synced is there or not, like a page.
        if left.len() > self.now.len() && keeps() {
            left.truncate(self.now.len());
        }
        for page in std::mem::take(&mut self.dirty) {
            let range = page_of(&self.now, page);
            if !range.is_empty() && keeps() {
                left.resize(left.len().max(range.end), 0);
                left[range.clone()].copy_from_slice(&self.now[range]);
            }
        }
        self.now.clone_from(&left);
        self.synced = left;
    }

    pub(super) fn damage(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        change(&mut self.now);
        self.synced.clone_from(&self.now);
        self.dirty.clear();
    }

    fn write(&mut self, bytes: &[u8], at: usize) {
        let end = at + bytes.len();
        self.now.resize(self.now.len().max(end), 0);
        self.now[at..end].copy_from_slice(bytes);
        self.dirty.extend(at / PAGE_BYTES..=(end.max(at + 1) - 1) / PAGE_BYTES);
    }

    fn set_len(&mut self, bytes: usize) {
        let shorter = bytes.min(self.now.len());
        self.now.resize(bytes, 0);
        self.dirty.extend(shorter / PAGE_BYTES..=bytes / PAGE_BYTES);
    }

    /// Takes over to `synced` what has changed.
    fn sync(&mut self) {
        self.synced.resize(self.now.len(), 0);
        for page in std::mem::take(&mut self.dirty) {
            let range = page_of(&self.now, page);
            self.synced[range.clone()].copy_from_slice(&self.now[range]);
        }
    }

    /// As a kernel does whose disk has failed: it takes the pages for clean.
    fn fail_to_sync(&mut self) {
        self.dirty.clear();
    }
}

fn page_of(bytes: &[u8], page: usize) -> Range<usize> {
    let start = (page * PAGE_BYTES).min(bytes.len());
    start..((page + 1) * PAGE_BYTES).min(bytes.len())
}

#[derive(Debug)]
pub(super) struct File {
    disk: Disk,
    id: u64,
}

impl File {
    pub(super) fn new(disk: Disk, id: u64) -> Self {
        File { disk, id }
    }
}

impl Storage for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.lock().contents[&self.id].now.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        let mut inner = self.disk.lock();
        inner.calls.reads += 1;
        if inner.faults.read_fails == Some(inner.calls.reads) {
            return Err(io::Error::other("the disk failed"));
        }
        let mut count = bytes.len();
        if inner.is_short() {
            count = count.div_ceil(2);
            if inner.chance.is_one_in(2) {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
        let now = &inner.contents[&self.id].now;
        let from = now.get(at as usize..).unwrap_or_default();
        let count = count.min(from.len());
        bytes[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        let mut inner = self.disk.lock();
        // A write that the power cuts off has written some of it.
        let is_cut = inner.change().is_err();
        if is_cut && inner.calls.changes > inner.faults.power_until.unwrap_or(0) + 1 {
            return Err(io::Error::other("the power is gone"));
        }
        inner.calls.writes += 1;
        let number = Some(inner.calls.writes);
        if inner.faults.write_fails == number {
            return Err(io::Error::other("the disk failed"));
        }
        let mut count = bytes.len();
        let is_full = inner.faults.write_is_full == number;
        if is_cut || is_full {
            count = inner.chance.below(count as u64 + 1) as usize;
        } else if inner.is_short() {
            if inner.chance.is_one_in(2) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            count = count.div_ceil(2);
        }
        let room = inner.faults.capacity_bytes.map(|most| most.saturating_sub(inner.used_bytes()));
        let content = inner.contents.get_mut(&self.id).expect("nothing forgets a content");
        let has = content.allocated_bytes();
        let fits = room.map_or(u64::MAX, |room| (has + room).saturating_sub(at));
        let is_too_much = (count as u64) > fits;
        let count = count.min(usize::try_from(fits).unwrap_or(usize::MAX));
        content.write(&bytes[..count], at as usize);
        match (is_cut, is_full || (is_too_much && count == 0)) {
            (true, _) => Err(io::Error::other("the power is gone")),
            (_, true) => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(count),
        }
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        let mut inner = self.disk.lock();
        inner.change()?;
        let content = inner.contents.get_mut(&self.id).expect("nothing forgets a content");
        content.set_len(bytes as usize);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.disk.lock();
        inner.change()?;
        inner.calls.syncs += 1;
        let fails = inner.faults.sync_fails == Some(inner.calls.syncs);
        let content = inner.contents.get_mut(&self.id).expect("nothing forgets a content");
        if fails {
            content.fail_to_sync();
            return Err(io::Error::other("the disk failed"));
        }
        content.sync();
        Ok(())
    }
}
