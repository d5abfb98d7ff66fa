//! A way in for the fuzzer: a log is written as always, then bytes say what is different in it, with
//! checksums that are right all the same, and the backlog is opened again. No part of the library; only
//! built with the feature `fuzz`.

mod ram;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use uuid::Uuid;

use super::record::{self, Fields, Flags, HEADER_BYTES, Header, Place};
use super::segment::{self, Id, RECORDS_AT};
use super::{Crew, DiskBacklog, DiskOptions};
use crate::{Answer, AppendError, Appended, Backlog, Event, Group, Limits, Mark};
use ram::Ram;

const ID: Id = [7; 16];

/// More is not told apart by what it does.
const STEPS_MAX: usize = 200;

/// Writes a log, changes it, and uses what is left of it.
pub fn log(bytes: &[u8]) {
    let mut from = Fields(bytes);
    let disk = Arc::new(Ram::default());
    write(&disk, &mut from);
    while let Some(change) = from.array::<4>() {
        alter(&disk, change);
    }
    // It opens, or says why not; and what it takes from then on is there the next time.
    let Some((backlog, mut crew)) = open(&disk) else { return };
    drain(&backlog, &mut crew);
    let taken = append(&backlog, &mut crew, group(200, 1, false));
    drop((backlog, crew));
    let Some((backlog, mut crew)) = open(&disk) else {
        panic!("it was opened before");
    };
    let bodies = drain(&backlog, &mut crew);
    if matches!(taken, Some(Ok(Appended::Taken { .. }))) {
        assert!(bodies.iter().any(|body| body[..] == [200; 200]), "what it took is gone");
    }
}

fn options() -> DiskOptions {
    let mut options = DiskOptions::from(Limits { events_max: u64::MAX, bytes_max: u64::MAX });
    (options.segment_bytes_max, options.window_bytes_max) = (2048, 1024);
    options
}

fn open(disk: &Arc<Ram>) -> Option<(DiskBacklog, Crew)> {
    let volume = Arc::clone(disk) as Arc<dyn super::Volume>;
    let (backlog, mut crew) = DiskBacklog::open_on(volume, options(), ID).ok()?;
    crew.keeper.open();
    Some((backlog, crew))
}

fn work(crew: &mut Crew) {
    for _ in 0..STEPS_MAX {
        let steps =
            [crew.writer.step(), crew.herald.step(), crew.reader.step(), crew.keeper.step()];
        if steps == [false; 4] {
            return;
        }
    }
}

/// What comes of it at once.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

fn append(
    backlog: &DiskBacklog,
    crew: &mut Crew,
    group: Group,
) -> Option<Result<Appended, AppendError>> {
    let receipt = backlog.append(group);
    work(crew);
    now(receipt)
}

/// Takes and acknowledges what there is.
fn drain(backlog: &DiskBacklog, crew: &mut Crew) -> Vec<Bytes> {
    let mut bodies = Vec::new();
    for _ in 0..STEPS_MAX {
        work(crew);
        let Some(Some(delivery)) = now(backlog.take(100)) else { break };
        bodies.extend(delivery.events().iter().map(|event| event.body.clone()));
        delivery.ack(0);
    }
    bodies
}

fn group(length: u8, events: u8, is_marked: bool) -> Group {
    let event = |number: u8| Event {
        id: Uuid::from_bytes([number; 16]),
        received_at_ms: 1,
        attributes: "{}".into(),
        body: vec![length; usize::from(length)].into(),
        key: (length % 2 == 1).then_some([length; 16]),
    };
    let answer = Answer { accepted: u64::from(events), first: Uuid::nil(), last: Uuid::nil() };
    let mark = Mark { key: [length; 16], fingerprint: [length; 16], answer };
    Group { events: (0..events).map(event).collect(), mark: is_marked.then_some(mark) }
}

/// A few groups, some of them delivered.
fn write(disk: &Arc<Ram>, from: &mut Fields<'_>) {
    let Some((backlog, mut crew)) = open(disk) else { return };
    let groups = from.u8().unwrap_or(0) % 12;
    let mut held = Vec::new();
    for _ in 0..groups {
        let Some([what, length]) = from.array() else { break };
        append(&backlog, &mut crew, group(length, 1 + what % 3, what & 4 != 0));
        let taken = if what & 8 != 0 { now(backlog.take(2)).flatten() } else { None };
        match taken {
            Some(delivery) if what & 16 != 0 => held.push(delivery),
            Some(delivery) => delivery.ack(0),
            None => {}
        }
        work(&mut crew);
    }
    crew.writer.finish();
}

/// Changes one record: which, where in it, and to what.
fn alter(disk: &Ram, [which, record, at, to]: [u8; 4]) {
    let names = disk.names();
    let logs: Vec<_> = names.iter().filter(|name| name.ends_with(".log")).collect();
    let Some(name) = logs.get(usize::from(which) % logs.len().max(1)) else { return };
    let Some(number) = name.split('.').next().and_then(|digits| digits.parse().ok()) else {
        return;
    };
    let salt = segment::salt(&ID, number);
    disk.change(name, |bytes| {
        let mut start = usize::try_from(RECORDS_AT).unwrap_or(0);
        for _ in 0..record % 32 {
            let Some(header) = bytes.get(start..).and_then(|rest| Header::read(rest, salt)) else {
                break;
            };
            start += header.record_bytes();
        }
        let Some(rest) = bytes.get_mut(start..) else { return };
        let Some(header) = Header::read(rest, salt) else {
            // The end, or what is no record any more: as it comes.
            rest.get_mut(usize::from(at)).into_iter().for_each(|byte| *byte = to);
            return;
        };
        let length = header.record_bytes().min(rest.len());
        set(&mut rest[..length], &header, usize::from(at), to, salt);
    });
}

/// Sets a byte of a record, and then the sums over it.
fn set(record: &mut [u8], header: &Header, at: usize, to: u8, salt: u32) {
    const SIGNIFICANT: [std::ops::Range<usize>; 2] = [16..34, HEADER_BYTES..HEADER_BYTES + 240];
    let [head, payload] = SIGNIFICANT;
    let at = if at < head.len() { head.start + at } else { payload.start + at - head.len() };
    let Some(byte) = record.get_mut(at) else { return };
    *byte = to;
    let end = HEADER_BYTES + header.payload_bytes;
    let Some(payload) = record.get(HEADER_BYTES..end) else { return };
    let sum = crc32c::crc32c(payload);
    record[12..16].copy_from_slice(&sum.to_le_bytes());
    let mut fields = Fields(&record[16..32]);
    let (batch, seq) = (fields.u64().unwrap_or(0), fields.u64().unwrap_or(0));
    record::place(record, Place { salt, batch, seq }, Flags::default());
}

#[cfg(test)]
mod tests {
    use super::log;

    #[test]
    fn a_log_of_everything_can_be_used_unchanged() {
        let groups: Vec<u8> = (0..12).flat_map(|number| [number * 7, number * 20]).collect();
        log(&[[11].as_slice(), &groups].concat());
    }
}
