//! How a group of events is written down: the blob of one row.
//!
//! Event after event, each with its length and a checksum in front, so that what is damaged costs
//! itself and no more. Numbers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | length of what follows the checksum |
//! | 4 | CRC-32 of what follows |
//! | 16 | id |
//! | 8 | accepted at, in milliseconds of Unix time |
//! | 4 | length of the attributes |
//! | … | attributes, a JSON object |
//! | … | body, one JSON value |

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::Event;

const HEAD_BYTES: usize = 8;
const FIXED_BYTES: usize = 16 + 8 + 4;

/// Writes `event` behind what is in `blob`.
pub(super) fn write(event: &Event, blob: &mut Vec<u8>) {
    let start = blob.len();
    blob.extend([0; HEAD_BYTES]);
    blob.extend(event.id.as_bytes());
    blob.extend(event.received_at_ms.to_le_bytes());
    blob.extend(length(event.attributes.len()));
    blob.extend(event.attributes.as_bytes());
    blob.extend(&event.body[..]);
    let (head, content) = blob[start..].split_at_mut(HEAD_BYTES);
    head[..4].copy_from_slice(&length(content.len()));
    head[4..].copy_from_slice(&crc32fast::hash(content).to_le_bytes());
}

/// How many bytes [`write()`] adds.
pub(super) fn written_bytes(event: &Event) -> usize {
    HEAD_BYTES + FIXED_BYTES + event.attributes.len() + event.body.len()
}

fn length(bytes: usize) -> [u8; 4] {
    // Requests are limited to far less.
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

/// What a blob holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The events that are intact, in order.
    pub(super) events: Vec<Event>,
    /// Whether there was something else.
    pub(super) is_damaged: bool,
}

/// Reads a blob. Events of one request share their attributes again.
pub(super) fn read(blob: &Bytes) -> Contents {
    let mut found = Contents::default();
    let mut at = 0;
    while at < blob.len() {
        let Some((content, next)) = frame(blob, at) else {
            found.is_damaged = true;
            break;
        };
        let known = found.events.last().map(|event: &Event| &event.attributes);
        match event(&content, known) {
            Some(event) => found.events.push(event),
            None => found.is_damaged = true,
        }
        at = next;
    }
    found
}

/// An event's bytes, and where the next one begins. The bytes are empty if their checksum is not
/// theirs; there is nothing if not even the length makes sense.
fn frame(blob: &Bytes, at: usize) -> Option<(Bytes, usize)> {
    let head = blob.get(at..at + HEAD_BYTES)?;
    let (bytes, crc) = (u32_in(&head[..4])? as usize, u32_in(&head[4..])?);
    let next = at.checked_add(HEAD_BYTES)?.checked_add(bytes)?;
    if next > blob.len() {
        return None;
    }
    let content = blob.slice(at + HEAD_BYTES..next);
    match crc32fast::hash(&content) == crc {
        true => Some((content, next)),
        false => Some((Bytes::new(), next)),
    }
}

fn event(content: &Bytes, known: Option<&Arc<str>>) -> Option<Event> {
    let id = Uuid::from_slice(content.get(..16)?).ok()?;
    let received_at_ms = i64::from_le_bytes(content.get(16..24)?.try_into().ok()?);
    let attributes_bytes = u32_in(content.get(24..FIXED_BYTES)?)? as usize;
    let body_at = FIXED_BYTES.checked_add(attributes_bytes)?;
    let attributes = std::str::from_utf8(content.get(FIXED_BYTES..body_at)?).ok()?;
    let attributes = match known {
        Some(known) if **known == *attributes => Arc::clone(known),
        _ => attributes.into(),
    };
    let body = content.slice(body_at..);
    std::str::from_utf8(&body).ok()?;
    Some(Event { id, received_at_ms, attributes, body, key: None })
}

fn u32_in(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: u8) -> Event {
        Event {
            id: Uuid::from_bytes([number; 16]),
            received_at_ms: -1 - i64::from(number),
            attributes: "{\"route\":\"default\"}".into(),
            body: Bytes::from(format!("{{\"number\":{number}}}")),
            key: None,
        }
    }

    fn blob_of(events: &[Event]) -> Vec<u8> {
        let mut blob = Vec::new();
        events.iter().for_each(|event| write(event, &mut blob));
        blob
    }

    #[test]
    fn what_was_written_is_read() {
        let events = [event(1), event(2), event(3)];
        let blob = blob_of(&events);
        assert_eq!(blob.len(), events.iter().map(written_bytes).sum::<usize>());
        let found = read(&blob.into());
        assert_eq!((found.events.as_slice(), found.is_damaged), (&events[..], false));
        assert!(Arc::ptr_eq(&found.events[0].attributes, &found.events[2].attributes));
    }

    #[test]
    fn every_flipped_bit_is_noticed_and_never_makes_another_event() {
        let events = [event(1), event(2), event(3)];
        let intact = blob_of(&events);
        for bit in 0..intact.len() * 8 {
            let mut blob = intact.clone();
            blob[bit / 8] ^= 1 << (bit % 8);
            let found = read(&blob.into());
            assert!(found.is_damaged, "bit {bit}");
            assert!(found.events.iter().all(|event| events.contains(event)), "bit {bit}");
            let is_in_a_length = bit / 8 % (intact.len() / 3) < 4;
            assert!(is_in_a_length || found.events.len() == 2, "bit {bit}: its neighbors");
        }
    }

    #[test]
    fn a_blob_cut_short_anywhere_still_gives_the_events_before_the_cut() {
        let events = [event(1), event(2), event(3)];
        let intact = blob_of(&events);
        let each = intact.len() / 3;
        for bytes in 0..intact.len() {
            let found = read(&Bytes::copy_from_slice(&intact[..bytes]));
            assert_eq!(found.events, events[..bytes / each], "{bytes} bytes");
            assert_eq!(found.is_damaged, bytes % each != 0, "{bytes} bytes");
        }
    }
}
