//! How a record is framed: docs/format.md, "Records".

/// What comes before a payload.
pub(super) const HEADER_BYTES: usize = 40;

/// Records begin at multiples of this.
pub(super) const ALIGN_BYTES: usize = 8;

/// No text has these bytes in it, so the body of an event never looks like a record.
pub(super) const MAGIC: [u8; 4] = [b'F', b'B', 0xF9, 0xFE];

/// No payload is longer; a length beyond it is damage.
pub(super) const PAYLOAD_BYTES_MAX: usize = 1 << 30;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Head = 1,
    Event = 2,
    Mark = 3,
    Segment = 4,
    Stray = 5,
    Marks = 6,
}

/// What is said about a record, bit by bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flags(pub(super) u8);

impl Flags {
    pub(super) const FIRST: Flags = Flags(1);
    pub(super) const LAST: Flags = Flags(2);
    pub(super) const MOVED: Flags = Flags(4);
    pub(super) const KEYED: Flags = Flags(8);

    pub(super) fn has(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }

    pub(super) fn and(self, flags: Flags) -> Flags {
        Flags(self.0 | flags.0)
    }
}

/// A record's header, as far as it does not frame it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) flags: Flags,
    pub(super) batch: u64,
    pub(super) seq: u64,
    pub(super) payload_bytes: usize,
    payload_crc: u32,
}

/// Where a record stands in the log: what its sender does not know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) salt: u32,
    pub(super) batch: u64,
    pub(super) seq: u64,
}

/// Writes a record behind what is in `out`, but for its [place](Place).
pub(super) fn write(
    out: &mut Vec<u8>,
    kind: Kind,
    flags: Flags,
    payload: impl FnOnce(&mut Vec<u8>),
) {
    let start = out.len();
    out.extend([0; HEADER_BYTES]);
    payload(out);
    let end = out.len();
    out.resize(start + padded(end - start), 0);
    let crc = crc32c::crc32c(&out[start + HEADER_BYTES..end]);
    // Limited by what an append may count, far below.
    let bytes = u32::try_from(end - start - HEADER_BYTES).unwrap_or(u32::MAX);
    let header = &mut out[start..start + HEADER_BYTES];
    header[..4].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&bytes.to_le_bytes());
    header[12..16].copy_from_slice(&crc.to_le_bytes());
    header[32] = kind as u8;
    header[33] = flags.0;
}

/// Gives the record at the beginning of `bytes` its place, and adds to its flags. Returns its kind.
pub(super) fn place(bytes: &mut [u8], place: Place, flags: Flags) -> u8 {
    let header = &mut bytes[..HEADER_BYTES];
    header[16..24].copy_from_slice(&place.batch.to_le_bytes());
    header[24..32].copy_from_slice(&place.seq.to_le_bytes());
    header[33] |= flags.0;
    let crc = crc32c::crc32c_append(place.salt, &header[8..]);
    header[4..8].copy_from_slice(&crc.to_le_bytes());
    header[32]
}

/// How long the record at the beginning of `bytes` is, padding included.
pub(super) fn length(bytes: &[u8]) -> usize {
    HEADER_BYTES + padded(u32_at(bytes, 8).unwrap_or(0) as usize)
}

impl Header {
    /// Reads the header at the beginning of `bytes`; nothing if there is none.
    pub(super) fn read(bytes: &[u8], salt: u32) -> Option<Header> {
        let bytes = bytes.get(..HEADER_BYTES)?;
        let is_one =
            bytes[..4] == MAGIC && u32_at(bytes, 4)? == crc32c::crc32c_append(salt, &bytes[8..]);
        let payload_bytes = u32_at(bytes, 8)? as usize;
        if !is_one || payload_bytes > PAYLOAD_BYTES_MAX {
            return None;
        }
        let kind = match bytes[32] {
            1 => Kind::Head,
            2 => Kind::Event,
            3 => Kind::Mark,
            4 => Kind::Segment,
            5 => Kind::Stray,
            6 => Kind::Marks,
            _ => return None,
        };
        Some(Header {
            kind,
            flags: Flags(bytes[33]),
            batch: u64_at(bytes, 16)?,
            seq: u64_at(bytes, 24)?,
            payload_bytes,
            payload_crc: u32_at(bytes, 12)?,
        })
    }

    /// How long the record is, padding included.
    pub(super) fn record_bytes(&self) -> usize {
        HEADER_BYTES + padded(self.payload_bytes)
    }

    /// Whether `payload` is what it was when it was written.
    pub(super) fn fits(&self, payload: &[u8]) -> bool {
        crc32c::crc32c(payload) == self.payload_crc
    }
}

fn padded(bytes: usize) -> usize {
    bytes.next_multiple_of(ALIGN_BYTES)
}

/// Reads a payload field by field; nothing once it has ended.
#[derive(Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Fields(bytes.get(at..)?).u32()
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Fields(bytes.get(at..)?).u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { salt: 77, batch: 3, seq: 9 };

    fn sample() -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, Kind::Mark, Flags::FIRST, |out| out.extend(b"payload"));
        place(&mut out, PLACE, Flags::LAST);
        out
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record = sample();
        let header = Header::read(&record, PLACE.salt).expect("a record");
        assert_eq!((header.kind, header.batch, header.seq), (Kind::Mark, 3, 9));
        assert_eq!(header.flags, Flags::FIRST.and(Flags::LAST));
        assert_eq!((header.payload_bytes, header.record_bytes(), record.len()), (7, 48, 48));
        assert!(header.fits(&record[HEADER_BYTES..][..7]));
        assert_eq!(Header::read(&record, 78), None, "another segment's");
    }

    #[test]
    fn every_flipped_bit_of_a_record_is_noticed() {
        let intact = sample();
        for bit in 0..(HEADER_BYTES + 7) * 8 {
            let mut record = intact.clone();
            record[bit / 8] ^= 1 << (bit % 8);
            let header = Header::read(&record, PLACE.salt);
            let is_noticed = header.is_none_or(|header| !header.fits(&record[HEADER_BYTES..][..7]));
            assert!(is_noticed, "bit {bit}");
        }
    }
}
