//! What is in a record: docs/format.md, "Records".

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::record::{self, Fields, Flags, Kind};
use crate::marks::Remembered;
use crate::{Answer, Event, Group, Mark};

/// Finished events of one segment, from one sequence number to another, and what they counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) bytes: u64,
}

/// What stands in front of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Head {
    /// Batches from here to `durable` are on disk.
    pub(super) since: u64,
    pub(super) durable: u64,
    /// How many records follow in the batch.
    pub(super) records: u32,
    pub(super) is_opening: bool,
    pub(super) finished: Vec<Span>,
}

/// What a newer segment says about an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) number: u64,
    /// Where its records end.
    pub(super) end: u64,
    /// Of its own events, moved ones aside; none if the last is before the first.
    pub(super) first: u64,
    pub(super) last: u64,
    /// Unfinished ones, and what they count.
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) first_at_ms: i64,
}

/// Where an event is that was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stray {
    pub(super) seq: u64,
    pub(super) number: u64,
    pub(super) offset: u64,
    pub(super) record_bytes: u32,
    pub(super) bytes: u64,
    pub(super) at_ms: i64,
}

/// Writes the mark and the events of a group, each but for its place.
pub(super) fn write_group(group: &Group, out: &mut Vec<u8>) {
    out.reserve(group.events.iter().map(event_bytes_max).sum());
    if let Some(mark) = &group.mark {
        let at_ms = group.events.first().map_or(0, |event| event.received_at_ms);
        record::write(out, Kind::Mark, Flags::default(), |out| {
            write_mark(mark, out);
            out.extend(at_ms.to_le_bytes());
        });
    }
    group.events.iter().for_each(|event| write_event(event, out));
}

pub(super) fn event_bytes_max(event: &Event) -> usize {
    const FIXED_BYTES: usize = record::HEADER_BYTES + 16 + 8 + 16 + 4 + record::ALIGN_BYTES;
    FIXED_BYTES + event.attributes.len() + event.body.len()
}

fn write_event(event: &Event, out: &mut Vec<u8>) {
    let flags = if event.key.is_some() { Flags::KEYED } else { Flags::default() };
    record::write(out, Kind::Event, flags, |out| {
        out.extend_from_slice(event.id.as_bytes());
        out.extend_from_slice(&event.received_at_ms.to_le_bytes());
        if let Some(key) = &event.key {
            out.extend_from_slice(key);
        }
        out.extend_from_slice(&count(event.attributes.len()));
        out.extend_from_slice(event.attributes.as_bytes());
        out.extend_from_slice(&event.body);
    });
}

/// Reads an event. It shares its attributes with `last` if they are the same, as those of one
/// request are.
pub(super) fn read_event(payload: &Bytes, flags: Flags, last: Option<&Event>) -> Option<Event> {
    let mut fields = Fields(payload);
    let id = Uuid::from_bytes(fields.array()?);
    let received_at_ms = fields.i64()?;
    let key = if flags.has(Flags::KEYED) { Some(fields.array()?) } else { None };
    let attributes_bytes = fields.u32()? as usize;
    let attributes = std::str::from_utf8(fields.bytes(attributes_bytes)?).ok()?;
    let attributes = match last {
        Some(last) if *last.attributes == *attributes => Arc::clone(&last.attributes),
        _ => attributes.into(),
    };
    let body = payload.slice(payload.len() - fields.0.len()..);
    Some(Event { id, received_at_ms, attributes, body, key })
}

fn write_mark(mark: &Mark, out: &mut Vec<u8>) {
    out.extend(mark.key);
    out.extend(mark.fingerprint);
    out.extend(mark.answer.accepted.to_le_bytes());
    out.extend(mark.answer.first.as_bytes());
    out.extend(mark.answer.last.as_bytes());
}

fn read_mark_of(fields: &mut Fields<'_>) -> Option<Mark> {
    Some(Mark {
        key: fields.array()?,
        fingerprint: fields.array()?,
        answer: Answer {
            accepted: fields.u64()?,
            first: Uuid::from_bytes(fields.array()?),
            last: Uuid::from_bytes(fields.array()?),
        },
    })
}

/// The mark of a request and when it came.
pub(super) fn read_mark(payload: &[u8]) -> Option<(i64, Remembered)> {
    let mut fields = Fields(payload);
    let mark = read_mark_of(&mut fields)?;
    Some((fields.i64()?, Remembered::Request(mark)))
}

pub(super) fn write_marks(marks: &[(i64, Remembered)], out: &mut Vec<u8>) {
    record::write(out, Kind::Marks, Flags::default(), |out| {
        for (at_ms, remembered) in marks {
            out.push(match remembered {
                Remembered::Request(_) => 1,
                Remembered::Event(_) => 2,
            });
            out.extend(at_ms.to_le_bytes());
            match remembered {
                Remembered::Request(mark) => write_mark(mark, out),
                Remembered::Event(key) => out.extend(key),
            }
        }
    });
}

pub(super) fn read_marks(payload: &[u8]) -> Option<Vec<(i64, Remembered)>> {
    let mut fields = Fields(payload);
    let mut marks = Vec::new();
    while !fields.is_empty() {
        let kind = fields.u8()?;
        let at_ms = fields.i64()?;
        let remembered = match kind {
            1 => Remembered::Request(read_mark_of(&mut fields)?),
            2 => Remembered::Event(fields.array()?),
            _ => return None,
        };
        marks.push((at_ms, remembered));
    }
    Some(marks)
}

impl Head {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        record::write(out, Kind::Head, Flags::default(), |out| {
            out.extend(self.since.to_le_bytes());
            out.extend(self.durable.to_le_bytes());
            out.extend(self.records.to_le_bytes());
            out.extend([u8::from(self.is_opening), 0, 0, 0]);
            out.extend(count(self.finished.len()));
            for span in &self.finished {
                out.extend(span.first.to_le_bytes());
                out.extend(span.last.to_le_bytes());
                out.extend(span.bytes.to_le_bytes());
            }
        });
    }

    pub(super) fn read(payload: &[u8]) -> Option<Head> {
        let mut fields = Fields(payload);
        let (since, durable, records) = (fields.u64()?, fields.u64()?, fields.u32()?);
        let [opening, ..]: [u8; 4] = fields.array()?;
        let spans = fields.u32()?;
        let span = |fields: &mut Fields<'_>| {
            Some(Span { first: fields.u64()?, last: fields.u64()?, bytes: fields.u64()? })
        };
        let finished = (0..spans).map(|_| span(&mut fields)).collect::<Option<_>>()?;
        Some(Head { since, durable, records, is_opening: opening == 1, finished })
    }
}

impl Summary {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        record::write(out, Kind::Segment, Flags::default(), |out| {
            for field in [self.number, self.end, self.first, self.last, self.events, self.bytes] {
                out.extend(field.to_le_bytes());
            }
            out.extend(self.first_at_ms.to_le_bytes());
        });
    }

    pub(super) fn read(payload: &[u8]) -> Option<Summary> {
        let mut fields = Fields(payload);
        Some(Summary {
            number: fields.u64()?,
            end: fields.u64()?,
            first: fields.u64()?,
            last: fields.u64()?,
            events: fields.u64()?,
            bytes: fields.u64()?,
            first_at_ms: fields.i64()?,
        })
    }
}

impl Stray {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        record::write(out, Kind::Stray, Flags::default(), |out| {
            for field in [self.seq, self.number, self.offset] {
                out.extend(field.to_le_bytes());
            }
            out.extend(self.record_bytes.to_le_bytes());
            out.extend(self.bytes.to_le_bytes());
            out.extend(self.at_ms.to_le_bytes());
        });
    }

    pub(super) fn read(payload: &[u8]) -> Option<Stray> {
        let mut fields = Fields(payload);
        Some(Stray {
            seq: fields.u64()?,
            number: fields.u64()?,
            offset: fields.u64()?,
            record_bytes: fields.u32()?,
            bytes: fields.u64()?,
            at_ms: fields.i64()?,
        })
    }
}

fn count(of: usize) -> [u8; 4] {
    // Requests and what is kept of them are limited to far less.
    u32::try_from(of).unwrap_or(u32::MAX).to_le_bytes()
}
