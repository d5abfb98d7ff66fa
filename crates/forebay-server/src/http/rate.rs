//! How fast somebody may send: the generic cell rate algorithm (GCRA, ITU-T I.371).
//!
//! One number says all about who sends: the time at which everything taken so far would have come,
//! had it come evenly. Being ahead of that time by no more than a burst is allowed. No timer, no
//! bucket to fill: a look at the clock decides, and who is not looked at costs nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::config::Rate;

const SECOND_NS: u64 = 1_000_000_000;

/// Decides whether `count` more may come at `now_ns`, from when everything so far would have come;
/// the new such time, or how long to wait. Both clocks are the same one.
///
/// More at once than a burst is let through where nothing is owed, and owed then.
pub(super) fn decide(rate: Rate, due_ns: u64, now_ns: u64, count: u64) -> Result<u64, Duration> {
    let every_ns = SECOND_NS / rate.per_s.max(1);
    let burst_ns = every_ns.saturating_mul(rate.burst().max(1));
    let due_ns = due_ns.max(now_ns);
    let then_ns = due_ns.saturating_add(every_ns.saturating_mul(count));
    if due_ns == now_ns || then_ns - now_ns <= burst_ns {
        return Ok(then_ns);
    }
    let until_room = then_ns - now_ns - burst_ns;
    Err(Duration::from_nanos(until_room.min(due_ns - now_ns)))
}

/// What one sender has sent.
#[derive(Debug, Default)]
pub(super) struct Meter {
    requests_due_ns: AtomicU64,
    events_due_ns: AtomicU64,
}

impl Meter {
    /// Counts a request, or says how long to wait.
    pub(super) fn request(&self, rate: Rate, now_ns: u64) -> Result<(), Duration> {
        take(&self.requests_due_ns, rate, now_ns, 1)
    }

    /// Counts events, or says how long to wait; all of them or none.
    pub(super) fn events(&self, rate: Rate, now_ns: u64, count: u64) -> Result<(), Duration> {
        take(&self.events_due_ns, rate, now_ns, count)
    }

    /// Whether nothing is owed.
    pub(super) fn is_even(&self, now_ns: u64) -> bool {
        // Ordering: Relaxed, see `take`.
        let due = |of: &AtomicU64| of.load(Ordering::Relaxed);
        due(&self.requests_due_ns).max(due(&self.events_due_ns)) <= now_ns
    }
}

fn take(due_ns: &AtomicU64, rate: Rate, now_ns: u64, count: u64) -> Result<(), Duration> {
    if rate.per_s == 0 {
        return Ok(());
    }
    // Ordering: Relaxed, one number that orders nothing else; the exchange itself loses no count.
    let mut due = due_ns.load(Ordering::Relaxed);
    loop {
        let then = decide(rate, due, now_ns, count)?;
        let order = Ordering::Relaxed;
        match due_ns.compare_exchange_weak(due, then, order, order) {
            Ok(_) => return Ok(()),
            Err(other) => due = other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_s: 100, burst: 5 };
    const EVERY_NS: u64 = SECOND_NS / 100;

    #[test]
    fn a_burst_passes_at_once_and_then_one_at_a_time() {
        let mut due = 0;
        for _ in 0..5 {
            due = decide(RATE, due, 7, 1).expect("within the burst");
        }
        assert_eq!(decide(RATE, due, 7, 1), Err(Duration::from_nanos(EVERY_NS)));
        let later = 7 + EVERY_NS;
        due = decide(RATE, due, later, 1).expect("waited as long as was said");
        assert!(decide(RATE, due, later, 1).is_err());
        assert!(decide(RATE, due, later + 5 * EVERY_NS, 5).is_ok());
    }

    #[test]
    fn over_any_time_no_more_passes_than_rate_and_burst_allow() {
        let (mut due, mut passed) = (0, 0);
        for now in (0..10 * SECOND_NS).step_by(1_000_003) {
            if let Ok(then) = decide(RATE, due, now, 1) {
                (due, passed) = (then, passed + 1);
            }
        }
        assert!((1_000..=1_005).contains(&passed), "{passed}");
    }

    #[test]
    fn more_at_once_than_a_burst_passes_where_nothing_is_owed_and_is_paid_for() {
        let due = decide(RATE, 0, 0, 50).expect("nothing is owed");
        assert_eq!(decide(RATE, due, 0, 50), Err(Duration::from_nanos(50 * EVERY_NS)));
        assert_eq!(decide(RATE, due, 0, 1), Err(Duration::from_nanos(46 * EVERY_NS)));
        assert!(decide(RATE, due, 50 * EVERY_NS, 50).is_ok());
    }

    #[test]
    fn no_numbers_make_it_overflow() {
        let ends = [0, 1, u64::MAX];
        for per_s in ends {
            for (due, now) in [(0, u64::MAX), (u64::MAX, 0), (u64::MAX, u64::MAX)] {
                for count in ends {
                    let _ = decide(Rate { per_s, burst: u64::MAX }, due, now, count);
                }
            }
        }
    }

    #[test]
    fn without_a_rate_everything_passes_and_nothing_is_kept() {
        let meter = Meter::default();
        assert_eq!(meter.events(Rate { per_s: 0, burst: 0 }, 1, u64::MAX), Ok(()));
        assert!(meter.is_even(0));
    }
}
