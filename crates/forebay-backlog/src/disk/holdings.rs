//! Which events are where on disk, and which of them are finished.

use std::collections::BTreeMap;

use super::payload::{Span, Stray, Summary};
use super::ranges::Ranges;
use super::record::{Flags, Header, Kind};

/// A segment that has something to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    /// Where its records end.
    pub(super) end: u64,
    /// Its own events; none if the last is before the first.
    pub(super) first: u64,
    pub(super) last: u64,
    /// Unfinished ones of its own, and what they count.
    pub(super) events: u64,
    pub(super) bytes: u64,
    /// Unfinished ones that were moved here.
    pub(super) strays: u64,
    pub(super) first_at_ms: i64,
}

impl Segment {
    pub(super) fn new(end: u64) -> Self {
        Segment { end, first: 1, last: 0, events: 0, bytes: 0, strays: 0, first_at_ms: 0 }
    }

    pub(super) fn has_own(&self) -> bool {
        self.first <= self.last
    }

    /// Adds events behind its own.
    pub(super) fn push(&mut self, (first, last): (u64, u64), events: u64, bytes: u64, at_ms: i64) {
        if !self.has_own() {
            (self.first, self.first_at_ms) = (first, at_ms);
        }
        self.last = last;
        self.events += events;
        self.bytes += bytes;
    }

    /// Widens it to an event of its own.
    pub(super) fn cover(&mut self, seq: u64, at_ms: i64) {
        if !self.has_own() {
            (self.first, self.last, self.first_at_ms) = (seq, seq, at_ms);
        } else if seq < self.first {
            (self.first, self.first_at_ms) = (seq, at_ms);
        } else {
            self.last = self.last.max(seq);
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.events == 0 && self.strays == 0
    }
}

/// What to read next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Stray(Stray),
    /// The events of a segment, from a sequence number on.
    Segment {
        number: u64,
        from: u64,
        last: u64,
        end: u64,
    },
}

#[derive(Debug, Default)]
pub(super) struct Holdings {
    pub(super) segments: BTreeMap<u64, Segment>,
    /// Events that were moved, by sequence number.
    pub(super) strays: BTreeMap<u64, Stray>,
    /// Events that will not come any more: finished, lost or never acknowledged.
    pub(super) finished: Ranges,
    /// By the first of their events, for those that have some.
    starts: BTreeMap<u64, u64>,
}

impl Holdings {
    pub(super) fn add(&mut self, summary: &Summary) {
        let Summary { number, end, first, last, events, bytes, first_at_ms } = *summary;
        let segment = Segment { end, first, last, events, bytes, strays: 0, first_at_ms };
        self.segments.insert(number, segment);
        self.index(number);
    }

    /// Notes that a segment has events of its own now.
    pub(super) fn index(&mut self, number: u64) {
        if let Some(segment) = self.segments.get(&number).filter(|segment| segment.has_own()) {
            self.starts.insert(segment.first, number);
        }
    }

    pub(super) fn add_stray(&mut self, stray: Stray) {
        if let Some(segment) = self.segments.get_mut(&stray.number)
            && self.strays.insert(stray.seq, stray).is_none()
        {
            segment.strays += 1;
        }
    }

    /// The segment whose own event it is.
    pub(super) fn home(&self, seq: u64) -> Option<u64> {
        let (_, &number) = self.starts.range(..=seq).next_back()?;
        self.segments.get(&number).filter(|segment| segment.last >= seq).map(|_| number)
    }

    /// The last sequence number that is in the same segment.
    pub(super) fn run_end(&self, seq: u64) -> u64 {
        let home = self.home(seq).and_then(|number| self.segments.get(&number));
        home.map_or(seq, |segment| segment.last)
    }

    /// The last sequence number that has the same home, or none either.
    pub(super) fn reach(&self, seq: u64) -> u64 {
        if self.home(seq).is_some() {
            return self.run_end(seq);
        }
        let next = self.starts.range(seq.saturating_add(1)..).next();
        next.map_or(u64::MAX, |(&first, _)| first - 1)
    }

    /// Events of one segment, or of none, are finished. Returns the segment in which they were.
    pub(super) fn finish(&mut self, span: &Span) -> Option<u64> {
        let Some(number) = self.home(span.first) else { return self.finish_strays(span) };
        let new = self.finished.insert(span.first, span.last);
        let segment = self.segments.get_mut(&number)?;
        segment.events = segment.events.saturating_sub(new);
        // What counted is not known of a part; it goes with the rest.
        if new == span.last - span.first + 1 {
            segment.bytes = segment.bytes.saturating_sub(span.bytes);
        }
        Some(number)
    }

    fn finish_strays(&mut self, span: &Span) -> Option<u64> {
        let moved: Vec<u64> =
            self.strays.range(span.first..=span.last).map(|(&seq, _)| seq).collect();
        let mut number = None;
        for seq in moved {
            let Some(stray) = self.strays.remove(&seq) else { continue };
            if let Some(segment) = self.segments.get_mut(&stray.number) {
                segment.strays = segment.strays.saturating_sub(1);
            }
            number = Some(stray.number);
        }
        number
    }

    /// The events between two numbers that should still come, by segment. What they count is not
    /// known.
    pub(super) fn due(&self, first: u64, last: u64) -> Vec<Span> {
        let mut due = Vec::new();
        for segment in self.segments.values().filter(|segment| segment.has_own()) {
            let (from, to) = (first.max(segment.first), last.min(segment.last));
            if from <= to {
                let absent = self.finished.absent(from, to).into_iter();
                due.extend(absent.map(|(first, last)| Span { first, last, bytes: 0 }));
            }
        }
        let strays = self.strays.range(first..=last);
        due.extend(strays.map(|(&seq, its)| Span { first: seq, last: seq, bytes: its.bytes }));
        due
    }

    /// Forgets a segment of which nothing is needed any more.
    pub(super) fn remove(&mut self, number: u64) -> Option<Segment> {
        let segment = self.segments.remove(&number)?;
        if segment.has_own() {
            self.starts.remove(&segment.first);
            self.finished.remove(segment.first, segment.last);
        }
        Some(segment)
    }

    /// Leaves what has something unfinished in it, and of what is finished what lies in there.
    pub(super) fn settle(&mut self) {
        self.starts = self
            .segments
            .iter()
            .filter(|(_, its)| its.has_own() && its.events > 0)
            .map(|(&number, its)| (its.first, number))
            .collect();
        let moved = std::mem::take(&mut self.strays);
        self.segments.values_mut().for_each(|segment| segment.strays = 0);
        for (seq, stray) in moved {
            // It counts only when the segment that it comes from does not.
            if self.home(seq).is_none() && !self.finished.contains(seq) {
                self.add_stray(stray);
            }
        }
        self.segments.retain(|_, segment| !segment.is_done());
        let mut finished = Ranges::default();
        for segment in self.segments.values().filter(|segment| segment.has_own()) {
            let mut from = segment.first;
            for (first, last) in self.finished.absent(segment.first, segment.last) {
                finished.insert(from, first.saturating_sub(1));
                from = last + 1;
            }
            finished.insert(from, segment.last);
        }
        self.finished = finished;
    }

    /// Where the first unfinished event from `seq` on is.
    pub(super) fn source(&self, seq: u64) -> Option<Source> {
        let stray = self.strays.range(seq..).next().map(|(_, stray)| *stray);
        let segment = self.segment_from(seq);
        match (stray, segment) {
            (Some(stray), Some((from, _))) if stray.seq > from => self.as_source(segment),
            (Some(stray), _) => Some(Source::Stray(stray)),
            (None, _) => self.as_source(segment),
        }
    }

    fn as_source(&self, found: Option<(u64, u64)>) -> Option<Source> {
        let (from, number) = found?;
        let segment = self.segments.get(&number)?;
        Some(Source::Segment { number, from, last: segment.last, end: segment.end })
    }

    fn segment_from(&self, seq: u64) -> Option<(u64, u64)> {
        let before = self.starts.range(..=seq).next_back();
        let behind = self.starts.range(seq.saturating_add(1)..);
        before.into_iter().chain(behind).find_map(|(&first, &number)| {
            let segment = self.segments.get(&number)?;
            let from = self.finished.next_absent(first.max(seq));
            (segment.events > 0 && from <= segment.last).then_some((from, number))
        })
    }

    /// Whether a record in segment `number` is an event that should still come, and comes from there.
    pub(super) fn is_due(&self, number: u64, at: u64, header: &Header) -> bool {
        if header.kind != Kind::Event {
            return false;
        }
        if header.flags.has(Flags::MOVED) {
            let stray = self.strays.get(&header.seq);
            return stray.is_some_and(|stray| stray.number == number && stray.offset == at);
        }
        self.home(header.seq) == Some(number) && !self.finished.contains(header.seq)
    }

    /// When the first unfinished event was accepted, or the first of its segment.
    pub(super) fn oldest_at_ms(&self) -> Option<i64> {
        match self.source(0)? {
            Source::Stray(stray) => Some(stray.at_ms),
            Source::Segment { number, .. } => {
                self.segments.get(&number).map(|segment| segment.first_at_ms)
            }
        }
    }

    /// Events and bytes that are unfinished.
    pub(super) fn unfinished(&self) -> (u64, u64) {
        let own = self.segments.values().fold((0, 0), |(events, bytes), segment| {
            (events + segment.events, bytes + segment.bytes)
        });
        let strays = self.strays.values().map(|stray| stray.bytes).sum::<u64>();
        (own.0 + self.strays.len() as u64, own.1 + strays)
    }
}
