//! Segments as they come and go.

use super::Books;
use crate::disk::holdings::Segment;
use crate::disk::payload::{Stray, Summary};

impl Books {
    /// A segment has grown, perhaps by what was moved out of an older one.
    pub(super) fn move_to(
        &mut self,
        number: u64,
        end: u64,
        moved: Vec<Stray>,
        emptied: Option<u64>,
    ) {
        self.holdings.segments.entry(number).or_insert(Segment::new(end)).end = end;
        let Some(emptied) = emptied else { return };
        let Some(mut segment) = self.holdings.segments.get(&emptied).copied() else { return };
        for stray in moved {
            let was_stray = self.holdings.strays.remove(&stray.seq).is_some();
            let was_own = self.holdings.home(stray.seq) == Some(emptied)
                && !self.holdings.finished.contains(stray.seq);
            if was_own {
                segment.bytes = segment.bytes.saturating_sub(stray.bytes);
            }
            // Neither, if it was finished meanwhile.
            if was_own || was_stray {
                self.holdings.add_stray(stray);
            }
        }
        self.bytes = self.bytes.saturating_sub(segment.bytes);
        self.holdings.remove(emptied);
        self.retired.push(emptied);
    }

    pub(super) fn retire_if_done(&mut self, number: u64) {
        if self.holdings.segments.get(&number).is_some_and(Segment::is_done) {
            if let Some(segment) = self.holdings.remove(number) {
                // What counted for events that are lost.
                self.bytes = self.bytes.saturating_sub(segment.bytes);
            }
            self.retired.push(number);
        }
        self.has_chores = true;
    }

    /// Segment `number` has begun, and says on disk all that is to be said about older ones.
    pub(in crate::disk) fn activate(&mut self, number: u64, end: u64) {
        self.active = number;
        self.has_chores = true;
        self.holdings.segments.insert(number, Segment::new(end));
        let older: Vec<u64> = self.holdings.segments.range(..number).map(|(&its, _)| its).collect();
        older.into_iter().for_each(|its| self.retire_if_done(its));
    }

    /// Segments that are not needed any more, once there is one that is.
    pub(in crate::disk) fn take_retired(&mut self) -> Vec<u64> {
        if self.active == 0 { Vec::new() } else { std::mem::take(&mut self.retired) }
    }

    /// The segment that is written to; 0 before there is one.
    pub(in crate::disk) fn active(&self) -> u64 {
        self.active
    }

    /// How far that is written.
    pub(in crate::disk) fn active_end(&self) -> u64 {
        self.holdings.segments.get(&self.active).map_or(0, |segment| segment.end)
    }

    /// Whether nothing in the segment that is written to is unfinished.
    pub(in crate::disk) fn is_active_done(&self) -> bool {
        self.holdings.segments.get(&self.active).is_none_or(Segment::is_done)
    }

    /// What a new segment says about those there are.
    pub(in crate::disk) fn summaries(&self) -> Vec<Summary> {
        let segments = self.holdings.segments.iter().filter(|(_, its)| !its.is_done());
        segments
            .map(|(&number, its)| Summary {
                number,
                end: its.end,
                first: its.first,
                last: its.last,
                events: its.events,
                bytes: its.bytes,
                first_at_ms: its.first_at_ms,
            })
            .collect()
    }
}
