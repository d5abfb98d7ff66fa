//! How long a connection may keep us waiting.
//!
//! A connection has one timer, however many requests it carries. A request does not touch it:
//! the connection's state says what it is waited for, and only when the timer rings is that
//! compared with the limits. So patience costs a request one look at the clock.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::HttpLimits;

/// What a connection is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The head of its first request.
    Head,
    /// The rest of a body.
    Body,
    /// Its answer, which is being made: whoever makes it has limits of its own.
    Answer,
    /// That it takes its answer, or sends the next request.
    Idle,
}

/// Where a connection stands; written by whoever answers it, read by its [`Patience`].
///
/// Both live in one task: the atomics are there for the type, and nothing is ordered by them.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// The number of changes, and in the lowest two bits the phase.
    state: AtomicU32,
    body_is_late: AtomicBool,
    is_lasting: AtomicBool,
}

impl Progress {
    pub(super) fn enter(&self, phase: Phase) {
        let bits = match phase {
            Phase::Head => 0,
            Phase::Body => 1,
            Phase::Idle => 2,
            Phase::Answer => 3,
        };
        // Ordering: Relaxed, one task only; see above.
        let changes = self.state.load(Relaxed) >> 2;
        self.state.store((changes.wrapping_add(1) << 2) | bits, Relaxed);
    }

    pub(super) fn body_is_late(&self) -> bool {
        // Ordering: Relaxed, one task only; see above.
        self.body_is_late.load(Relaxed)
    }

    /// Whether nothing is asked, and nothing being answered.
    pub(super) fn rests(&self) -> bool {
        // Ordering: Relaxed, one task only; see above.
        self.state().phase() == Phase::Idle && !self.is_lasting.load(Relaxed)
    }

    /// The answer goes on for as long as the client takes it.
    pub(super) fn lasts(&self) {
        // Ordering: Relaxed, one task only; see above.
        self.is_lasting.store(true, Relaxed);
    }

    fn set_body_late(&self) {
        // Ordering: Relaxed, one task only; see above.
        self.body_is_late.store(true, Relaxed);
    }

    fn state(&self) -> State {
        // Ordering: Relaxed, one task only; see above.
        State(self.state.load(Relaxed))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State(u32);

impl State {
    fn phase(self) -> Phase {
        match self.0 & 3 {
            0 => Phase::Head,
            1 => Phase::Body,
            2 => Phase::Idle,
            _ => Phase::Answer,
        }
    }
}

/// Longer than anybody who makes an answer takes.
const ANSWER_MAX: Duration = Duration::from_secs(2 * 3600);

/// The limits of one connection, and since when it is in its present state.
#[derive(Debug)]
pub(super) struct Patience {
    head: Duration,
    body: Duration,
    idle: Duration,
    seen: State,
    since: Instant,
}

/// What to do when the timer rings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ring {
    /// The connection has moved on: look again then.
    Again(Instant),
    /// The body's reader is told; it answers, and then the connection ends.
    BodyLate,
    /// Nobody can be answered: close.
    Close,
}

impl Patience {
    /// Starts with a connection that was accepted at `since`.
    pub(super) fn new(limits: &HttpLimits, since: Instant) -> Self {
        Self {
            head: Duration::from_millis(limits.header_read_ms_max),
            body: Duration::from_millis(limits.body_read_ms_max),
            idle: Duration::from_millis(limits.idle_ms_max),
            seen: Progress::default().state(),
            since,
        }
    }

    /// When the present wait becomes too long.
    pub(super) fn deadline(&self) -> Instant {
        let limit = match self.seen.phase() {
            Phase::Head => self.head,
            Phase::Body => self.body,
            Phase::Idle => self.idle,
            Phase::Answer => ANSWER_MAX,
        };
        self.since + limit
    }

    /// Notes a change of state, if there was one; `now` is asked only then.
    pub(super) fn note(&mut self, progress: &Progress, now: impl FnOnce() -> Instant) {
        let state = progress.state();
        if state != self.seen {
            self.seen = state;
            self.since = now();
        }
    }

    /// Shortens the wait of a connection that is to end once it is idle.
    pub(super) fn finish_within(&mut self, idle: Duration) {
        self.idle = self.idle.min(idle);
        self.head = self.head.min(idle);
    }

    /// Decides what a timer that rings at `now` means.
    pub(super) fn ring(&mut self, progress: &Progress, now: Instant) -> Ring {
        let deadline = self.deadline();
        if now < deadline {
            return Ring::Again(deadline);
        }
        match self.seen.phase() {
            Phase::Body if !progress.body_is_late() => {
                progress.set_body_late();
                Ring::BodyLate
            }
            Phase::Head | Phase::Body | Phase::Idle | Phase::Answer => Ring::Close,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn patience(since: Instant) -> Patience {
        let limits = HttpLimits {
            header_read_ms_max: 10,
            body_read_ms_max: 20,
            idle_ms_max: 60,
            ..HttpLimits::default()
        };
        Patience::new(&limits, since)
    }

    #[test]
    fn a_silent_connection_is_closed_when_its_head_is_late() {
        let start = crate::clock::now();
        let progress = Progress::default();
        let mut patience = patience(start);
        assert_eq!(patience.ring(&progress, start + 9 * MS), Ring::Again(start + 10 * MS));
        assert_eq!(patience.ring(&progress, start + 10 * MS), Ring::Close);
    }

    #[test]
    fn a_late_body_is_told_first_and_closed_if_that_does_not_help() {
        let start = crate::clock::now();
        let progress = Progress::default();
        let mut patience = patience(start);
        progress.enter(Phase::Body);
        patience.note(&progress, || start + 5 * MS);
        assert_eq!(patience.ring(&progress, start + 10 * MS), Ring::Again(start + 25 * MS));
        assert!(!progress.body_is_late());
        assert_eq!(patience.ring(&progress, start + 25 * MS), Ring::BodyLate);
        assert!(progress.body_is_late());
        assert_eq!(patience.ring(&progress, start + 26 * MS), Ring::Close);
    }

    #[test]
    fn each_answer_starts_a_new_wait() {
        let start = crate::clock::now();
        let progress = Progress::default();
        let mut patience = patience(start);
        for at in [5, 50, 100] {
            progress.enter(Phase::Body);
            progress.enter(Phase::Idle);
            patience.note(&progress, || start + at * MS);
            assert_eq!(patience.deadline(), start + (at + 60) * MS);
        }
    }

    #[test]
    fn the_clock_is_not_asked_without_a_change() {
        let start = crate::clock::now();
        let progress = Progress::default();
        patience(start).note(&progress, || panic!("nothing has changed"));
    }
}
