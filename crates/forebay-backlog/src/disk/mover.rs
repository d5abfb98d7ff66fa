//! Events that are moved, so that they do not keep a segment of finished ones.

use std::io;

use super::holdings::{Holdings, Segment};
use super::payload::{Stray, read_event};
use super::record::{self, Flags, Kind};
use super::scan::{Found, Scanner};

/// A segment with more unfinished events than this is left as it is.
const EVENTS_MAX: u64 = 1000;

/// No more events than this are moved: each takes some bytes of memory.
const STRAYS_MAX: usize = 20_000;

/// A segment is worth it when this many times as much of it is finished.
const FINISHED_TIMES: u64 = 8;

/// The unfinished events of a segment, on their way to the end of the log.
#[derive(Debug)]
pub(super) struct Moving {
    pub(super) number: u64,
    pub(super) records: Vec<Moved>,
}

#[derive(Debug)]
pub(super) struct Moved {
    pub(super) seq: u64,
    /// Its record, but for its place.
    pub(super) encoded: Vec<u8>,
    bytes: u64,
    at_ms: i64,
}

impl Moving {
    /// Where the events are now: in segment `number`, in a batch at `at`, there at `places`.
    pub(super) fn strays(&self, number: u64, at: u64, places: &[u64]) -> Vec<Stray> {
        let records = self.records.iter().zip(places);
        records
            .map(|(moved, place)| Stray {
                seq: moved.seq,
                number,
                offset: at + place,
                record_bytes: u32::try_from(moved.encoded.len()).unwrap_or(u32::MAX),
                bytes: moved.bytes,
                at_ms: moved.at_ms,
            })
            .collect()
    }
}

/// A segment below `active` that is mostly finished, of which nothing from `unread` on is left, and
/// its unfinished events.
pub(super) fn worth_moving(
    holdings: &Holdings,
    active: u64,
    unread: u64,
) -> Option<(u64, Vec<u64>)> {
    if holdings.strays.len() >= STRAYS_MAX {
        return None;
    }
    let is_sparse = |segment: &Segment| {
        let live_bytes = segment.bytes.saturating_mul(FINISHED_TIMES);
        segment.events + segment.strays <= EVENTS_MAX
            && live_bytes < segment.end
            && segment.last < unread
    };
    // What was closed just now is likely to be finished without that.
    let closed = ..active.saturating_sub(2);
    let number = holdings.segments.range(closed).find(|(_, its)| is_sparse(its))?.0;
    let segment = holdings.segments.get(number)?;
    let own = holdings.finished.absent(segment.first, segment.last).into_iter();
    let own = own.flat_map(|(first, last)| first..=last);
    let strays = holdings.strays.values().filter(|stray| stray.number == *number);
    if strays.clone().any(|stray| stray.seq >= unread) {
        return None;
    }
    let mut seqs: Vec<u64> = own.chain(strays.map(|stray| stray.seq)).collect();
    seqs.sort_unstable();
    Some((*number, seqs))
}

/// Reads the events that are to be moved. What is damaged stays; then nothing is moved.
pub(super) fn read(number: u64, seqs: &[u64], scanner: &mut Scanner) -> io::Result<Option<Moving>> {
    let mut records: Vec<Moved> = Vec::new();
    loop {
        match scanner.next()? {
            Found::End => break,
            Found::Record { header, payload, .. }
                if header.kind == Kind::Event && seqs.binary_search(&header.seq).is_ok() =>
            {
                let Some(event) = read_event(&payload, header.flags, None) else { continue };
                let mut encoded = Vec::new();
                let keyed = Flags(header.flags.0 & Flags::KEYED.0);
                record::write(&mut encoded, Kind::Event, keyed, |out| out.extend(&payload[..]));
                let (bytes, at_ms) = (event.bytes(), event.received_at_ms);
                records.push(Moved { seq: header.seq, encoded, bytes, at_ms });
            }
            _ => {}
        }
    }
    Ok((records.len() == seqs.len()).then_some(Moving { number, records }))
}
