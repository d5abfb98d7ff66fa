//! Those who were told that their event is on disk, and come back with the next one.
//!
//! Would the next batch always begin as soon as the last one is on disk, they would miss it and wait for two syncs, and
//! two crowds would take turns for ever, each with half of what one sync could carry. So where the disk is slow the
//! writer tells first, and begins the next batch when as many have come as it told, or after a small part of a sync.
//! (Idleness that deceives: Iyer and Druschel, "Anticipatory scheduling", SOSP 2001.) Where nobody comes back it soon
//! waits no more, but for a try now and then.

use std::time::Duration;

/// So many are told by the writer itself, if it has nothing better to do: waking another for it takes longer.
const TOLD_ALONG_MAX: usize = 8;

/// To wake one who waits takes about as long.
const TELLING_ONE: Duration = Duration::from_micros(2);
/// Telling that takes no more than this part of a sync comes before the next batch.
const TELLING_PART: u32 = 4;

/// No longer than this part of a sync does the next batch wait for a crowd.
const PATIENCE_PART: u32 = 8;
/// A shorter wait takes longer than it should.
const PATIENCE_MIN: Duration = Duration::from_micros(100);
/// After the last of so many vain waits in a row, twice as many batches go by without one as after the one before.
const VAIN_MAX: u32 = 6;

/// What the writer has before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    Nothing,
    Batch,
}

/// Who tells what became of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Teller {
    /// The writer itself, before the next batch.
    Writer,
    /// Somebody else, while the writer is at the next batch.
    Herald,
}

/// Says who tells so many `answers`, after a sync that took so long, if there was one.
pub(super) fn teller(answers: usize, ahead: Ahead, synced: Option<Duration>) -> Teller {
    let has_nothing_better = answers <= TOLD_ALONG_MAX && ahead == Ahead::Nothing;
    let takes = TELLING_ONE.saturating_mul(u32::try_from(answers).unwrap_or(u32::MAX));
    let is_little = synced.is_some_and(|synced| takes.saturating_mul(TELLING_PART) <= synced);
    if has_nothing_better || is_little { Teller::Writer } else { Teller::Herald }
}

/// Who is expected back, and for how long it is worth while to wait.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    expected: Option<Expected>,
    /// Waits in a row that were in vain.
    vain: u32,
    /// So many batches begin without a wait.
    hurries: u32,
}

#[derive(Debug, Clone, Copy)]
struct Expected {
    /// So many were told, and so many groups were there already.
    told: usize,
    there: usize,
    patience: Duration,
}

impl Crowd {
    /// So many were told just now after a sync, while some groups were `there` already.
    pub(super) fn told(&mut self, told: usize, there: usize, synced: Duration) {
        let patience = synced / PATIENCE_PART;
        let is_worth_while = told > 0 && patience >= PATIENCE_MIN && self.hurries == 0;
        self.hurries = self.hurries.saturating_sub(1);
        self.expected = is_worth_while.then_some(Expected { told, there, patience });
    }

    /// How many groups to wait for, and for how long at most.
    pub(super) fn wanted(&self) -> Option<(usize, Duration)> {
        self.expected.map(|expected| (expected.told + expected.there, expected.patience))
    }

    /// So many groups are there at the end of the wait.
    pub(super) fn came(&mut self, groups: usize) {
        let Some(Expected { told, there, .. }) = self.expected.take() else { return };
        if groups >= there + told.div_ceil(2) {
            (self.vain, self.hurries) = (0, 0);
            return;
        }
        self.vain = (self.vain + 1).min(VAIN_MAX);
        self.hurries = 1 << self.vain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Duration = Duration::from_millis(5);
    const QUICK: Duration = Duration::from_micros(80);

    #[test]
    fn the_writer_tells_first_where_that_is_little_beside_a_sync() {
        assert_eq!(teller(64, Ahead::Batch, Some(SLOW)), Teller::Writer);
        assert_eq!(teller(64, Ahead::Batch, Some(QUICK)), Teller::Herald);
        assert_eq!(teller(5000, Ahead::Batch, Some(SLOW)), Teller::Herald);
        assert_eq!(
            teller(64, Ahead::Batch, None),
            Teller::Herald,
            "what is refused was not synced"
        );
        assert_eq!(teller(1, Ahead::Nothing, None), Teller::Writer);
    }

    #[test]
    fn those_who_were_told_are_expected_beside_those_who_are_there() {
        let mut crowd = Crowd::default();
        crowd.told(32, 30, SLOW);
        assert_eq!(crowd.wanted(), Some((62, SLOW / 8)));
        crowd.came(62);
        assert_eq!(crowd.wanted(), None);
    }

    #[test]
    fn on_a_quick_disk_nobody_is_waited_for() {
        let mut crowd = Crowd::default();
        crowd.told(32, 30, QUICK);
        assert_eq!(crowd.wanted(), None);
    }

    #[test]
    fn where_nobody_comes_back_it_waits_ever_less_often() {
        let mut crowd = Crowd::default();
        let mut waits = 0;
        for _ in 0..1000 {
            crowd.told(32, 0, SLOW);
            waits += usize::from(crowd.wanted().is_some());
            crowd.came(0);
        }
        assert!((5..25).contains(&waits), "{waits} of 1000 batches waited");
    }

    #[test]
    fn half_of_those_who_were_told_are_reason_enough_to_go_on_waiting() {
        let mut crowd = Crowd::default();
        crowd.told(32, 10, SLOW);
        crowd.came(26);
        crowd.told(32, 0, SLOW);
        assert!(crowd.wanted().is_some());
        crowd.came(15);
        crowd.told(32, 0, SLOW);
        assert!(crowd.wanted().is_none());
    }
}
