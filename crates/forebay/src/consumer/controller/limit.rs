//! How much the sink can take, and how one gets there: the arithmetic that ceilings share.

use super::evidence::Verdict;
use super::reading::gear_of;

/// What is seen for so many judgements in a row at the floor is how the sink is.
const FLOOR_JUDGEMENTS: u32 = 5;
/// With so many more failures than usual there are too many.
const FAILURES_RATIO: f64 = 1.5;
/// How fast what is usual follows what is seen.
const USUAL_WEIGHT: f64 = 0.5;

/// A limit between 1 and the number of gears, in gears.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    value: f64,
    gears: usize,
    /// Below it growth doubles, from it on it adds one: slow start (RFC 5681).
    doubles_below: f64,
    is_in_trouble: bool,
    judgements_at_floor: u32,
    failures_max: f64,
    /// The share that fails with the least load there can be. It is not the load's fault.
    failures_usual: f64,
}

impl Limit {
    pub(super) fn new(gears: usize, failures_max: f64) -> Self {
        Limit {
            value: 1.0,
            gears,
            doubles_below: gears as f64,
            is_in_trouble: false,
            judgements_at_floor: 0,
            failures_max,
            failures_usual: 0.0,
        }
    }

    fn get(&self) -> f64 {
        self.value
    }

    pub(super) fn gear(&self) -> usize {
        gear_of(self.value, self.gears)
    }

    pub(super) fn gears(&self) -> usize {
        self.gears
    }

    /// Nothing speaks against more: it grows if it was reached, and stays if nobody can tell.
    pub(super) fn go_on(&mut self, verdict: &Verdict) {
        if verdict.has_reached(self.get()) {
            self.grow();
        } else {
            self.keep();
        }
    }

    /// One more, or twice as many as long as it is far below where trouble began.
    fn grow(&mut self) {
        self.is_in_trouble = false;
        let doubled = (self.value * 2.0).min(self.doubles_below);
        self.value = doubled.max(self.value + 1.0).min(self.gears as f64);
    }

    /// Less. Only the first of several cuts says where trouble began.
    pub(super) fn cut(&mut self, factor: f64) {
        if !self.is_in_trouble {
            self.is_in_trouble = true;
            self.doubles_below = self.value / 2.0;
        }
        self.value = (self.value * factor).max(1.0);
    }

    fn keep(&mut self) {
        self.is_in_trouble = false;
    }

    /// Whether what is seen now is seen without any load to blame: for a while the limit has
    /// been as low as it can be, and things are finished all the same.
    pub(super) fn is_at_home(&self) -> bool {
        self.judgements_at_floor >= FLOOR_JUDGEMENTS
    }

    /// Takes note of the share that failed, and says whether it is too much.
    ///
    /// What fails at the floor, too, would fail for ever: taking it for a sign of overload would
    /// keep the limit down there.
    pub(super) fn has_too_many(&mut self, verdict: &Verdict) -> bool {
        let (failures, has_finished) = (verdict.failures, verdict.service_time_s.is_some());
        let is_at_floor = self.gear() == 0 && has_finished;
        self.judgements_at_floor =
            if is_at_floor { self.judgements_at_floor.saturating_add(1) } else { 0 };
        if self.is_at_home() || has_finished && failures < self.failures_usual {
            self.failures_usual += USUAL_WEIGHT * (failures - self.failures_usual);
        }
        failures > self.failures_max.max(self.failures_usual * FAILURES_RATIO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_half_of_where_trouble_began_and_then_adds() {
        let mut limit = Limit::new(100, 0.1);
        (0..5).for_each(|_| limit.grow());
        assert_eq!(limit.get(), 32.0);
        (0..60).for_each(|_| limit.cut(0.9));
        assert_eq!(limit.get(), 1.0);
        let mut grown = || {
            limit.grow();
            limit.get()
        };
        assert_eq!([grown(), grown(), grown(), grown(), grown()], [2.0, 4.0, 8.0, 16.0, 17.0]);
    }

    #[test]
    fn it_stays_between_one_and_the_gears() {
        let mut limit = Limit::new(3, 0.1);
        (0..9).for_each(|_| limit.grow());
        assert_eq!((limit.get(), limit.gear()), (3.0, 2));
        (0..99).for_each(|_| limit.cut(0.5));
        assert_eq!((limit.get(), limit.gear()), (1.0, 0));
    }

    #[test]
    fn failures_that_are_there_without_load_become_usual() {
        let mut limit = Limit::new(8, 0.1);
        let failing = Verdict { failures: 0.3, service_time_s: Some(0.1), used: 1.0 };
        assert!(limit.has_too_many(&failing));
        (0..9).for_each(|_| _ = limit.has_too_many(&failing));
        assert!(!limit.has_too_many(&failing));
        assert!(limit.has_too_many(&Verdict { failures: 0.9, ..failing }));
    }
}
