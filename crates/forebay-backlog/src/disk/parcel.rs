//! A group as bytes that travel by themselves: the records of docs/format.md, one behind the other.

use bytes::Bytes;

use super::payload::{read_event, read_mark, write_group};
use super::record::{Flags, HEADER_BYTES, Header, Kind, Place, length, place};
use crate::marks::Remembered;
use crate::{Event, Group, Mark};

/// What every parcel is salted with, so that a record of a segment is none of a parcel.
const SALT: u32 = u32::from_le_bytes(*b"FBJS");

/// Writes a group down.
pub(crate) fn pack(group: &Group) -> Bytes {
    let mut bytes = Vec::new();
    write_group(group, &mut bytes);
    let (mut at, mut seq) = (0, 0);
    while at < bytes.len() {
        let end = at + length(&bytes[at..]);
        let flags = if end == bytes.len() { Flags::LAST } else { Flags::default() };
        place(&mut bytes[at..end], Place { salt: SALT, batch: 0, seq }, flags);
        (at, seq) = (end, seq + 1);
    }
    bytes.into()
}

/// Reads what was packed; nothing if any of it is damaged, or somebody else's.
pub(crate) fn unpack(bytes: &Bytes) -> Option<Group> {
    let mut group = Group::default();
    let (mut at, mut seq, mut is_whole) = (0, 0, false);
    while at < bytes.len() {
        let header = Header::read(&bytes[at..], SALT).filter(|header| header.seq == seq)?;
        let start = at + HEADER_BYTES;
        let end = start.checked_add(header.payload_bytes)?;
        let payload = bytes.get(start..end).map(|payload| bytes.slice_ref(payload))?;
        if !header.fits(&payload) {
            return None;
        }
        match header.kind {
            Kind::Event => {
                let event = read_event(&payload, header.flags, group.events.last())?;
                group.events.push(event);
            }
            Kind::Mark => group.mark = Some(mark_of(&payload)?),
            Kind::Head | Kind::Segment | Kind::Stray | Kind::Marks => return None,
        }
        (at, seq) = (at + header.record_bytes(), seq + 1);
        is_whole = header.flags.has(Flags::LAST);
    }
    is_whole.then_some(group)
}

fn mark_of(payload: &[u8]) -> Option<Mark> {
    match read_mark(payload)? {
        (_, Remembered::Request(mark)) => Some(mark),
        (_, Remembered::Event(_)) => None,
    }
}

/// How long an event is in a parcel, at most.
pub(crate) fn event_bytes_max(event: &Event) -> usize {
    super::payload::event_bytes_max(event)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Answer;

    fn group() -> Group {
        let event = |number: u128| Event {
            id: Uuid::from_u128(number),
            received_at_ms: 7,
            attributes: "{}".into(),
            body: Bytes::from(format!("{{\"n\":{number}}}")),
            key: (number == 1).then_some([9; 16]),
        };
        let answer = Answer { accepted: 3, first: Uuid::from_u128(0), last: Uuid::from_u128(2) };
        let mark = Mark { key: [1; 16], fingerprint: [2; 16], answer };
        Group { events: (0..3).map(event).collect(), mark: Some(mark) }
    }

    #[test]
    fn a_parcel_is_read_as_it_was_packed() {
        assert_eq!(unpack(&pack(&group())), Some(group()));
    }

    #[test]
    fn a_flipped_bit_anywhere_in_a_parcel_changes_no_event() {
        let intact = pack(&group());
        for bit in 0..intact.len() * 8 {
            let mut bytes = intact.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // What fills a record up to its alignment is nobody's.
            let read = unpack(&bytes.into());
            assert!(read.is_none_or(|read| read == group()), "bit {bit}");
        }
    }

    #[test]
    fn a_parcel_cut_short_and_one_of_somebody_else_are_none() {
        let intact = pack(&group());
        for end in 0..intact.len() {
            let cut = unpack(&intact.slice(..end));
            assert!(cut.is_none_or(|cut| cut == group()), "at {end}");
        }
        assert_eq!(unpack(&Bytes::from_static(b"{\"a\":1}")), None);
        assert_eq!(unpack(&Bytes::new()), None);
    }
}
