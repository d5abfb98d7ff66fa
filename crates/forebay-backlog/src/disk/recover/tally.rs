//! Adds up what the records of segments say, in their order.
//!
//! What is behind the last sync is undecided until something newer is found that vouches for it: what
//! stands in a batch that was on disk is damaged where it is not intact; what does not was never
//! acknowledged.

use std::collections::{BTreeMap, VecDeque};
use std::io;

use bytes::Bytes;

use super::opening::Opening;
use super::{EPOCH, Files, Place, Recovered};
use crate::disk::holdings::Segment;
use crate::disk::payload::{Head, Span, Stray, read_event, read_mark};
use crate::disk::ranges::Ranges;
use crate::disk::record::{Flags, Header, Kind};
use crate::disk::scan::{Found, Scanner};
use crate::disk::segment::RECORDS_AT;
use crate::marks::Remembered;

/// An event, as far as it counts.
#[derive(Debug, Clone, Copy)]
struct Counted {
    seq: u64,
    bytes: u64,
    at_ms: i64,
}

/// A group of which something was found, or of the whole.
#[derive(Debug, Default)]
struct Group {
    number: u64,
    batch: u64,
    has_first: bool,
    events: Vec<Counted>,
    marks: Vec<(i64, Remembered)>,
}

/// Batches, one of which lies in a gap.
#[derive(Debug, Clone, Copy)]
struct Batches {
    low: u64,
    high: u64,
}

pub(super) struct Tally {
    found: Recovered,
    marks: VecDeque<(i64, Remembered)>,
    marks_max: u64,
    /// What heads have said about which batches are on disk.
    vouched: Vec<(u64, u64)>,
    /// The group that is being read, if its first record was found.
    group: Option<Group>,
    /// Groups that are not whole.
    broken: Vec<Group>,
    gaps: Vec<(Place, Batches)>,
    /// Sequence numbers that are not there.
    missing: Vec<(u64, u64, Batches)>,
    /// What is there in the segments that were read.
    present: BTreeMap<u64, Ranges>,
    /// The next sequence number, once there was one.
    expected: Option<u64>,
    /// Why numbers may be missing from here on.
    explained: Option<Batches>,
    /// The batch of the last record, and how many are to come in it, if that is known.
    batch: u64,
    left: Option<u32>,
    /// A gap at the end of what was read so far.
    open_gap: Option<Place>,
}

impl Tally {
    pub(super) fn new(marks_max: u64) -> Self {
        Tally {
            found: Recovered { next_batch: 1, next_seq: 1, ..Recovered::default() },
            marks: VecDeque::new(),
            marks_max,
            vouched: Vec::new(),
            group: None,
            broken: Vec::new(),
            gaps: Vec::new(),
            missing: Vec::new(),
            present: BTreeMap::new(),
            expected: None,
            explained: None,
            batch: 0,
            left: Some(0),
            open_gap: None,
        }
    }

    /// Begins with what the opening of segment `number` says.
    pub(super) fn begin(&mut self, opening: &Opening, files: &Files<'_>, number: u64) {
        let holdings = &mut self.found.holdings;
        for mut summary in opening.summaries.iter().copied() {
            // A record that was changed, checksum and all, may speak of events yet to come.
            summary.last = summary.last.min(opening.next_seq.saturating_sub(1));
            if files.logs.contains(&summary.number) {
                holdings.add(&summary);
            } else if !files.done.contains(&summary.number) && summary.number < number {
                // It may still turn out that all of it was finished since.
                holdings.add(&summary);
                self.found.missing.push(summary.number);
            }
        }
        for span in &opening.head.finished {
            holdings.finished.insert(span.first, span.last);
        }
        opening.strays.iter().for_each(|stray| holdings.add_stray(*stray));
        self.remember(opening.marks.clone());
        (self.expected, self.found.next_seq) = (Some(opening.next_seq), opening.next_seq);
        self.batch = opening.batch.saturating_sub(1);
    }

    /// Reads a segment that counts. Returns whether it is blank: nothing was ever written to it.
    pub(super) fn read(&mut self, number: u64, scanner: &mut Scanner) -> io::Result<bool> {
        let mut has_records = false;
        let mut has_gaps = false;
        loop {
            match scanner.next()? {
                Found::End => break,
                Found::Gap { from, to } => {
                    has_gaps = true;
                    self.close_gap(None);
                    self.break_off();
                    self.open_gap = Some(Place { number, from, to });
                }
                Found::Record { at, header, payload } => {
                    if !has_records {
                        self.found.holdings.segments.entry(number).or_insert(Segment::new(at));
                    }
                    has_records = true;
                    self.close_gap(Some(&header));
                    self.record(number, at, &header, &payload);
                    if let Some(segment) = self.found.holdings.segments.get_mut(&number) {
                        segment.end = at + header.record_bytes() as u64;
                    }
                }
            }
        }
        self.break_off();
        if self.left != Some(0) && self.open_gap.is_none() {
            self.explained = Some(Batches { low: self.batch, high: self.batch });
        }
        if has_gaps && !has_records {
            self.found.unreadable.push(number);
        }
        Ok(!has_gaps && !has_records)
    }

    /// Which batches may lie in the gap that was open: it ends before `next`.
    fn close_gap(&mut self, next: Option<&Header>) {
        let Some(place) = self.open_gap.take() else { return };
        let low = if self.left == Some(0) { self.batch + 1 } else { self.batch.max(1) };
        let high = match next {
            None => low + EPOCH - 1,
            Some(header) if header.kind == Kind::Head => low.max(header.batch.saturating_sub(1)),
            Some(header) => low.max(header.batch),
        };
        self.gaps.push((place, Batches { low, high }));
        self.explained = Some(Batches { low, high });
        self.left = None;
    }

    fn record(&mut self, number: u64, at: u64, header: &Header, payload: &Bytes) {
        if header.kind != Kind::Head {
            self.left = self.left.map(|left| left.saturating_sub(1));
        }
        self.batch = header.batch;
        self.found.next_batch = self.found.next_batch.max(header.batch + 1);
        match header.kind {
            Kind::Head => self.head(header, payload),
            Kind::Event if header.flags.has(Flags::MOVED) => {
                self.moved(number, at, header, payload);
            }
            Kind::Event => self.event(number, header, payload),
            Kind::Mark => self.mark(number, header, payload),
            // The opening of the segment with which it began says it all.
            Kind::Segment | Kind::Stray | Kind::Marks => {}
        }
    }

    fn head(&mut self, header: &Header, payload: &Bytes) {
        self.break_off();
        let Some(head) = Head::read(payload) else { return };
        self.left = Some(head.records);
        if head.since <= head.durable {
            self.vouch(head.since, head.durable);
        }
        self.expect(header.seq);
        let may_come = if head.is_opening { 0 } else { u64::from(head.records) };
        self.found.next_seq = self.found.next_seq.max(header.seq + may_come);
        head.finished.iter().for_each(|span| self.finish(span));
    }

    /// What an opening says is finished may go from one segment to the next.
    fn finish(&mut self, span: &Span) {
        let holdings = &mut self.found.holdings;
        let mut first = span.first;
        while first <= span.last {
            let last = holdings.reach(first).min(span.last);
            let is_whole = (first, last) == (span.first, span.last);
            let part = Span { first, last, bytes: if is_whole { span.bytes } else { 0 } };
            if holdings.finish(&part).is_none() {
                // Of a group that is undecided as yet, or of what was moved.
                holdings.finished.insert(first, last);
            }
            let Some(next) = last.checked_add(1) else { break };
            first = next;
        }
    }

    fn vouch(&mut self, since: u64, durable: u64) {
        match self.vouched.last_mut() {
            Some((known, up_to)) if *known == since => *up_to = durable.max(*up_to),
            _ => self.vouched.push((since, durable)),
        }
    }

    /// The next own event has this number; those before it that were not found are missing.
    fn expect(&mut self, seq: u64) {
        let explained = self.explained.take();
        if let Some(expected) = self.expected.filter(|expected| seq > *expected) {
            // With nothing to explain it, those are numbers that were never given.
            let nothing = Batches { low: u64::MAX, high: u64::MAX };
            self.missing.push((expected, seq - 1, explained.unwrap_or(nothing)));
        }
        self.expected = self.expected.max(Some(seq));
    }

    fn mark(&mut self, number: u64, header: &Header, payload: &Bytes) {
        self.break_off();
        let has_first = header.flags.has(Flags::FIRST);
        let mut group = Group { number, batch: header.batch, has_first, ..Group::default() };
        group.marks.extend(read_mark(payload));
        self.group = Some(group);
        if header.flags.has(Flags::LAST) {
            self.complete();
        }
    }

    fn event(&mut self, number: u64, header: &Header, payload: &Bytes) {
        let Some(event) = read_event(payload, header.flags, None) else { return };
        let has_first = header.flags.has(Flags::FIRST);
        let is_next = self.expected.is_none_or(|expected| header.seq == expected);
        let is_same = self.group.as_ref().is_some_and(|group| group.batch == header.batch);
        if has_first || !is_next || !is_same {
            self.break_off();
        }
        self.expect(header.seq);
        self.expected = Some(header.seq + 1);
        self.found.next_seq = self.found.next_seq.max(header.seq + 1);
        let counted =
            Counted { seq: header.seq, bytes: event.bytes(), at_ms: event.received_at_ms };
        let batch = header.batch;
        let group =
            self.group.get_or_insert(Group { number, batch, has_first, ..Group::default() });
        group.events.push(counted);
        if let Some(key) = event.key {
            group.marks.push((event.received_at_ms, Remembered::Event(key)));
        }
        if header.flags.has(Flags::LAST) {
            self.complete();
        }
    }

    fn moved(&mut self, number: u64, at: u64, header: &Header, payload: &Bytes) {
        let Some(event) = read_event(payload, header.flags, None) else { return };
        self.found.holdings.add_stray(Stray {
            seq: header.seq,
            number,
            offset: at,
            record_bytes: u32::try_from(header.record_bytes()).unwrap_or(u32::MAX),
            bytes: event.bytes(),
            at_ms: event.received_at_ms,
        });
    }

    fn complete(&mut self) {
        match self.group.take() {
            Some(group) if group.has_first => self.take(group),
            group => self.broken.extend(group),
        }
    }

    /// The group that is being read does not go on.
    fn break_off(&mut self) {
        self.broken.extend(self.group.take());
    }

    fn take(&mut self, group: Group) {
        let present = self.present.entry(group.number).or_default();
        if let Some(segment) = self.found.holdings.segments.get_mut(&group.number) {
            for event in &group.events {
                present.insert(event.seq, event.seq);
                segment.cover(event.seq, event.at_ms);
                segment.bytes += event.bytes;
            }
        }
        self.found.holdings.index(group.number);
        self.remember(group.marks);
    }

    fn remember(&mut self, marks: Vec<(i64, Remembered)>) {
        self.marks.extend(marks);
        while self.marks.len() as u64 > self.marks_max {
            self.marks.pop_front();
        }
    }

    fn is_vouched_for(&self, batches: Batches) -> bool {
        let touches =
            |&(since, durable): &(u64, u64)| since <= batches.high && batches.low <= durable;
        self.vouched.iter().any(touches)
    }

    /// A segment is blank that was made when the one before it was in use.
    pub(super) fn blank(&mut self, number: u64, files: &Files<'_>) -> io::Result<()> {
        if !files.has_header(number)? {
            // It was being made when the power went; or all of it is gone.
            let place = Place { number, from: 0, to: RECORDS_AT };
            self.found.torn.push(place);
        }
        let before = number - 1;
        if before > 0 && !files.knows(before) {
            self.found.gone.push(before);
        }
        Ok(())
    }

    /// Decides what was undecided.
    pub(super) fn end(mut self) -> Recovered {
        self.close_gap(None);
        self.break_off();
        self.decide_groups();
        for (first, last, batches) in std::mem::take(&mut self.missing) {
            if self.is_vouched_for(batches) {
                self.found.lost += last - first + 1;
            }
            // Nobody is to wait for them; and their numbers are not given again.
            self.found.holdings.finished.insert(first, last);
        }
        for (place, batches) in std::mem::take(&mut self.gaps) {
            match self.is_vouched_for(batches) {
                true => self.found.damaged.push(place),
                false => self.found.torn.push(place),
            }
        }
        // Events yet to come are not finished, whatever a changed record says: they would be lost.
        self.found.holdings.finished.remove(self.found.next_seq, u64::MAX);
        self.count();
        self.found.marks = self.marks.into();
        self.found
    }

    fn decide_groups(&mut self) {
        for group in std::mem::take(&mut self.broken) {
            let batches = Batches { low: group.batch, high: group.batch };
            if self.is_vouched_for(batches) {
                self.take(group);
            } else {
                for event in &group.events {
                    self.found.holdings.finished.insert(event.seq, event.seq);
                }
            }
        }
    }

    /// Counts what is unfinished, and leaves only what has some.
    fn count(&mut self) {
        let holdings = &mut self.found.holdings;
        for (number, present) in &self.present {
            let Some(segment) = holdings.segments.get_mut(number) else { continue };
            let finished = &holdings.finished;
            let left = present.iter().flat_map(|its| finished.absent(*its.start(), *its.end()));
            segment.events = left.map(|(first, last)| last - first + 1).sum();
        }
        let missing = std::mem::take(&mut self.found.missing);
        for number in missing {
            let events = holdings.remove(number).map_or(0, |segment| segment.events);
            if events > 0 {
                self.found.lost += events;
                self.found.missing.push(number);
            }
        }
        self.found.missing.append(&mut self.found.gone);
        holdings.settle();
    }
}
