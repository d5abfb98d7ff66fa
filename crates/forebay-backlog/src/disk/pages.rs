//! Reads what is left of a damaged SQLite file, page by page: the rows of its leaves, whatever
//! became of the tree above them.
//!
//! Source: "Database File Format", sqlite.org/fileformat2.html, sections 1.3, 1.5, 1.6, 2.1 and 4.
//! Nothing here is trusted: what a row says of itself is held against the checksums in its blob.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

const HEADER_BYTES: usize = 100;
const LEAF: u8 = 0x0d;
const LEAF_HEADER_BYTES: usize = 8;

const WAL_HEADER_BYTES: u64 = 32;
const FRAME_HEADER_BYTES: u64 = 24;

/// A blob is never longer than this; a length that says so is damaged.
const PAYLOAD_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The pages of a file, with those of its write-ahead log in their place.
pub(super) struct Pages {
    file: File,
    page_bytes: usize,
    count: u32,
    newer: HashMap<u32, Vec<u8>>,
}

/// Where a row's payload begins, and how long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) row: i64,
    page: u32,
    at: usize,
    payload_bytes: usize,
}

impl Pages {
    /// Opens the file at `path`. Where not even its page size can be made out, the usual one is
    /// taken.
    pub(super) fn open(path: &Path, usual_page_bytes: usize) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut head = [0; HEADER_BYTES];
        let length = file.metadata()?.len();
        let page_bytes = match file.read_exact_at(&mut head, 0) {
            Ok(()) => page_size(u16::from_be_bytes([head[16], head[17]])),
            Err(_) => None,
        };
        let page_bytes = page_bytes.unwrap_or(usual_page_bytes);
        let count = u32::try_from(length.div_ceil(page_bytes as u64)).unwrap_or(u32::MAX);
        let mut pages = Pages { file, page_bytes, count, newer: HashMap::new() };
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        if let Ok(log) = File::open(log) {
            pages.overlay(&log)?;
        }
        Ok(pages)
    }

    /// Takes the pages of a write-ahead log over, up to the first frame that is not of its run.
    fn overlay(&mut self, log: &File) -> io::Result<()> {
        let mut header = [0; WAL_HEADER_BYTES as usize];
        if log.read_exact_at(&mut header, 0).is_err() {
            return Ok(());
        }
        let frame_bytes = FRAME_HEADER_BYTES + self.page_bytes as u64;
        let frames = log.metadata()?.len().saturating_sub(WAL_HEADER_BYTES) / frame_bytes;
        for frame in 0..frames {
            let at = WAL_HEADER_BYTES + frame * frame_bytes;
            let mut head = [0; FRAME_HEADER_BYTES as usize];
            log.read_exact_at(&mut head, at)?;
            if head[8..16] != header[16..24] {
                break;
            }
            let number = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
            let mut page = vec![0; self.page_bytes];
            log.read_exact_at(&mut page, at + FRAME_HEADER_BYTES)?;
            self.newer.insert(number, page);
            self.count = self.count.max(number);
        }
        Ok(())
    }

    /// Every row that is found in a leaf, in no order; some may be found twice, and some may have
    /// been removed.
    pub(super) fn cells(&self) -> io::Result<Vec<Cell>> {
        let mut cells = Vec::new();
        for number in 1..=self.count {
            let page = self.page(number)?;
            let start = if number == 1 { HEADER_BYTES } else { 0 };
            if page.get(start) != Some(&LEAF) {
                continue;
            }
            let count = u16_at(&page, start + 3).unwrap_or(0);
            for index in 0..usize::from(count) {
                let pointer = u16_at(&page, start + LEAF_HEADER_BYTES + 2 * index);
                cells.extend(pointer.and_then(|at| cell(&page, number, at.into())));
            }
        }
        Ok(cells)
    }

    /// The last column of a row, where that is a blob. As much of it as is there.
    pub(super) fn blob(&self, cell: Cell) -> io::Result<Option<Vec<u8>>> {
        let payload = self.payload(cell)?;
        Ok(blob_in(&payload).map(<[u8]>::to_vec))
    }

    fn payload(&self, cell: Cell) -> io::Result<Vec<u8>> {
        let page = self.page(cell.page)?;
        let local = local_bytes(cell.payload_bytes, self.page_bytes);
        let mut payload = Vec::new();
        let end = cell.at.saturating_add(local).min(page.len());
        payload.extend_from_slice(page.get(cell.at..end).unwrap_or_default());
        let mut next = match local < cell.payload_bytes {
            true => u32_at(&page, cell.at.saturating_add(local)).unwrap_or(0),
            false => 0,
        };
        // A chain that leads in a circle ends with the bytes that are missing.
        while next != 0 && next <= self.count && payload.len() < cell.payload_bytes {
            let page = self.page(next)?;
            let missing = cell.payload_bytes - payload.len();
            payload.extend(page.iter().skip(4).take(missing));
            next = u32_at(&page, 0).unwrap_or(0);
        }
        Ok(payload)
    }

    fn page(&self, number: u32) -> io::Result<Vec<u8>> {
        if let Some(page) = self.newer.get(&number) {
            return Ok(page.clone());
        }
        let mut page = vec![0; self.page_bytes];
        let from = u64::from(number - 1) * self.page_bytes as u64;
        let mut filled = 0;
        while filled < page.len() {
            match self.file.read_at(&mut page[filled..], from + filled as u64)? {
                0 => break,
                bytes => filled += bytes,
            }
        }
        Ok(page)
    }
}

fn page_size(written: u16) -> Option<usize> {
    match written {
        1 => Some(65_536),
        bytes if bytes.is_power_of_two() && bytes >= 512 => Some(bytes.into()),
        _ => None,
    }
}

fn cell(page: &[u8], number: u32, at: usize) -> Option<Cell> {
    let (payload_bytes, at) = varint(page, at)?;
    let (row, at) = varint(page, at)?;
    let payload_bytes = usize::try_from(payload_bytes).ok()?;
    (payload_bytes <= PAYLOAD_BYTES_MAX).then_some(Cell { row, page: number, at, payload_bytes })
}

/// How much of a payload stands in the leaf itself.
fn local_bytes(payload_bytes: usize, page_bytes: usize) -> usize {
    let most = page_bytes - 35;
    if payload_bytes <= most {
        return payload_bytes;
    }
    let least = (page_bytes - 12) * 32 / 255 - 23;
    let rest = least + (payload_bytes - least) % (page_bytes - 4);
    if rest <= most { rest } else { least }
}

/// The last of the four columns.
fn blob_in(payload: &[u8]) -> Option<&[u8]> {
    let (header_bytes, mut at) = varint(payload, 0)?;
    let header_bytes = usize::try_from(header_bytes).ok()?;
    let mut content_at = header_bytes;
    let mut last = 0;
    for column in 0..4 {
        let (kind, next) = varint(payload, at)?;
        at = next;
        last = kind;
        if column < 3 {
            content_at = content_at.checked_add(content_bytes(kind)?)?;
        }
    }
    let is_blob = last >= 12 && last % 2 == 0 && at == header_bytes;
    let end = content_at.checked_add(content_bytes(last)?)?.min(payload.len());
    if is_blob { payload.get(content_at..end) } else { None }
}

/// How long a value of this serial type is.
fn content_bytes(kind: i64) -> Option<usize> {
    Some(match kind {
        0 | 8 | 9 => 0,
        1..=4 => kind as usize,
        5 => 6,
        6 | 7 => 8,
        12.. => usize::try_from((kind - 12) / 2).ok()?,
        _ => return None,
    })
}

/// A number of one to nine bytes, and what comes behind it.
fn varint(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    let mut value = 0_u64;
    for index in 0..8 {
        let byte = *bytes.get(at.checked_add(index)?)?;
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value as i64, at + index + 1));
        }
    }
    let byte = *bytes.get(at.checked_add(8)?)?;
    Some(((value << 8 | u64::from(byte)) as i64, at + 9))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
