//! The last quarter of an hour, route by route.
//!
//! The last minute is kept look by look, what is older a look a second: the one with the longest
//! queue, so that no spike is thinned away. Looks at which nothing had changed are left out, but
//! for the last one before a change. That bounds a route to about 1,200 samples, some 100 KiB.

use std::collections::{BTreeMap, VecDeque};

use super::Seen;
use super::sample::Sample;
use crate::status::Status;

const KEPT_MS: i64 = 15 * 60_000;
const FINE_MS: i64 = 60_000;
const COARSE_MS: i64 = 1_000;

/// Every route's past.
#[derive(Debug, Default)]
pub(super) struct History {
    routes: BTreeMap<String, Past>,
}

/// One route's past.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Older than a minute, one a second.
    coarse: VecDeque<Sample>,
    fine: VecDeque<Sample>,
    /// The last look, if it is not in `fine` because nothing had changed.
    unchanged: Option<Sample>,
}

impl History {
    pub(super) fn record(&mut self, at_ms: i64, status: &Status) -> Seen {
        let mut seen = Seen::Same;
        for (name, figures) in &status.routes {
            let sample = Sample::new(at_ms, figures);
            let changed = match self.routes.get_mut(&**name) {
                Some(past) => past.record(sample),
                None => self.routes.entry((*name).to_string()).or_default().record(sample),
            };
            if changed == Seen::Change {
                seen = Seen::Change;
            }
        }
        seen
    }

    pub(super) fn of(&self, route: &str) -> Option<&Past> {
        self.routes.get(route)
    }
}

impl Past {
    fn record(&mut self, sample: Sample) -> Seen {
        match self.fine.back() {
            Some(last) if !sample.differs(last) => {
                self.unchanged = Some(sample);
                Seen::Same
            }
            _ => {
                self.fine.extend(self.unchanged.take());
                self.fine.push_back(sample);
                self.thin(sample.at_ms);
                Seen::Change
            }
        }
    }

    /// The samples in the order of their times.
    pub(super) fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.coarse.iter().chain(&self.fine).chain(&self.unchanged)
    }

    fn thin(&mut self, now_ms: i64) {
        let is_old = |sample: &Sample, age_ms| sample.at_ms < now_ms - age_ms;
        while self.fine.len() > 1 && self.fine.front().is_some_and(|first| is_old(first, FINE_MS)) {
            if let Some(sample) = self.fine.pop_front() {
                self.push_coarse(sample);
            }
        }
        // The last one before the time that is kept stays: it says how things stood at its begin.
        while self.coarse.get(1).is_some_and(|second| is_old(second, KEPT_MS)) {
            self.coarse.pop_front();
        }
    }

    fn push_coarse(&mut self, sample: Sample) {
        let second = |sample: &Sample| sample.at_ms.div_euclid(COARSE_MS);
        match self.coarse.back_mut() {
            Some(last) if second(last) == second(&sample) => {
                if sample.waiting >= last.waiting {
                    *last = sample;
                }
            }
            _ => self.coarse.push_back(sample),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_ms: i64, waiting: u64) -> Sample {
        Sample {
            at_ms,
            waiting,
            in_flight: 0,
            oldest_age_s: 0.0,
            accepted: waiting,
            delivered: 0,
            dead: 0,
            gear: 0,
            shifts: 0,
            writers: 0,
            batches: 0,
            write_ms: None,
        }
    }

    fn times(past: &Past) -> Vec<i64> {
        past.samples().map(|sample| sample.at_ms).collect()
    }

    #[test]
    fn a_day_of_change_is_bounded_and_reaches_back_a_quarter_of_an_hour() {
        let mut past = Past::default();
        let day_ms = 24 * 3_600_000;
        for at_ms in (0..day_ms).step_by(200) {
            past.record(sample(at_ms, at_ms.cast_unsigned()));
        }
        let count = past.samples().count();
        assert!(count < 1_250, "{count} samples");
        let first = past.samples().next().expect("there are some").at_ms;
        assert!((day_ms - KEPT_MS - 3_000..=day_ms - KEPT_MS).contains(&first), "{first}");
        assert!(past.samples().is_sorted_by_key(|sample| sample.at_ms));
    }

    #[test]
    fn a_spike_of_one_look_is_still_there_after_ten_minutes() {
        let mut past = Past::default();
        for look in 0..3_000 {
            past.record(sample(
                look * 200,
                if look == 7 { 9_999 } else { look.cast_unsigned() % 3 },
            ));
        }
        assert!(past.samples().any(|sample| sample.waiting == 9_999));
    }

    #[test]
    fn looks_without_a_change_are_left_out_but_for_the_last() {
        let mut past = Past::default();
        assert_eq!(past.record(sample(0, 1)), Seen::Change);
        for at_ms in [200, 400, 600] {
            assert_eq!(past.record(sample(at_ms, 1)), Seen::Same);
        }
        assert_eq!(times(&past), [0, 600]);
        assert_eq!(past.record(sample(800, 2)), Seen::Change);
        assert_eq!(times(&past), [0, 600, 800]);
    }

    #[test]
    fn an_age_that_grows_is_no_change() {
        let mut past = Past::default();
        past.record(Sample { oldest_age_s: 1.0, ..sample(0, 1) });
        assert_eq!(past.record(Sample { oldest_age_s: 2.0, ..sample(1_000, 1) }), Seen::Same);
    }
}
