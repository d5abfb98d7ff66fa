//! The names and headers of segments: docs/format.md, "Segments".

use std::io;
use std::sync::Arc;

use super::record::Fields;
use super::volume::{Storage, Volume, write_all};

/// What this version writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// Where records begin.
pub(super) const RECORDS_AT: u64 = 64;

const MAGIC: [u8; 8] = *b"FBLOG\xFF\x0D\x0A";

/// What tells the folders of backlogs apart.
pub(super) type Id = [u8; 16];

/// What the name of a file in the folder says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Log(u64),
    Done(u64),
    Other,
}

impl Name {
    pub(super) fn of(name: &str) -> Name {
        let number = |digits: &str| {
            (digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| digits.parse().ok())
                .flatten()
        };
        match name.split_once('.') {
            Some((digits, "log")) => number(digits).map_or(Name::Other, Name::Log),
            Some((digits, "done")) => number(digits).map_or(Name::Other, Name::Done),
            _ => Name::Other,
        }
    }
}

pub(super) fn log_name(number: u64) -> String {
    format!("{number:016}.log")
}

pub(super) fn done_name(number: u64) -> String {
    format!("{number:016}.done")
}

/// What is being made; of no use to anybody else.
pub(super) fn new_name(number: u64) -> String {
    format!("{number:016}{NEW}")
}

pub(super) const NEW: &str = ".new";

/// Seeds the checksums of a segment's records.
pub(super) fn salt(id: &Id, number: u64) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(id), &number.to_le_bytes())
}

fn header(id: &Id, number: u64) -> [u8; RECORDS_AT as usize] {
    let mut bytes = [0; RECORDS_AT as usize];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    bytes[16..32].copy_from_slice(id);
    bytes[32..40].copy_from_slice(&number.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[16..]);
    bytes[12..16].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// What an intact header says: format, id and number.
pub(super) fn read_header(bytes: &[u8]) -> Option<(u32, Id, u64)> {
    let bytes = bytes.get(..RECORDS_AT as usize)?;
    let mut fields = Fields(bytes);
    let is_one = fields.array()? == MAGIC;
    let (format, crc) = (fields.u32()?, fields.u32()?);
    let (id, number) = (fields.array()?, fields.u64()?);
    (is_one && crc == crc32c::crc32c(&bytes[16..])).then_some((format, id, number))
}

/// Makes a segment, and brings it and its name to disk.
///
/// # Errors
/// The disk's. What there is of it is removed then, if that can be done.
pub(super) fn create(volume: &dyn Volume, id: &Id, number: u64) -> io::Result<Arc<dyn Storage>> {
    let name = log_name(number);
    let made = volume.create(&name).and_then(|file| {
        write_all(&*file, &header(id, number), 0)?;
        file.sync()?;
        volume.sync()?;
        Ok(file)
    });
    if made.is_err() {
        // It holds nothing yet; left behind, it is found to be empty.
        let _ = volume.remove(&name);
    }
    made
}

/// Makes a segment ahead of its use, with zeros up to `bytes`, under a name of its own: by the time it
/// is there, another may have taken its place. After each step `goes_on` is told how far it is.
///
/// # Errors
/// The disk's, or that it did not go on. What there is of it is removed then, if that can be done.
pub(super) fn prepare(
    volume: &dyn Volume,
    id: &Id,
    number: u64,
    bytes: u64,
    goes_on: impl FnMut(u64) -> bool,
) -> io::Result<Arc<dyn Storage>> {
    let name = new_name(number);
    let made = volume.create(&name).and_then(|file| {
        fill(&*file, &header(id, number), bytes, goes_on)?;
        Ok(file)
    });
    if made.is_err() {
        let _ = volume.remove(&name);
    }
    made
}

/// Little by little, so that the writer's syncs have little to wait for; and with one sync, since each brings the file
/// system's own books to disk, which holds up whoever writes.
fn fill(
    file: &dyn Storage,
    header: &[u8],
    bytes: u64,
    mut goes_on: impl FnMut(u64) -> bool,
) -> io::Result<()> {
    const STEP_BYTES: u64 = 128 * 1024;
    let zeros = vec![0; STEP_BYTES.min(bytes) as usize];
    write_all(file, header, 0)?;
    let mut at = RECORDS_AT;
    while at < bytes {
        let step = (STEP_BYTES - at % STEP_BYTES).min(bytes - at);
        write_all(file, &zeros[..step as usize], at)?;
        file.begin_sync(at, step);
        at += step;
        if !goes_on(at) {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    file.sync()
}
