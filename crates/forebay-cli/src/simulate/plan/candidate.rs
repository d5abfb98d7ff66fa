//! A setting that may be the one, and what comes near to it.

use std::time::Duration;

use crate::simulate::Said;
use crate::simulate::setup::Setup;

/// A setting that may be the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) engage: usize,
    pub(super) release: usize,
    /// The mean pause of the fastest gear; 0 when it does not pause.
    pub(super) fast_us: u64,
    /// Workers in the fastest gear.
    pub(super) workers: usize,
}

/// Lengths above which to shift up, at first: every other one is half as much again.
const ENGAGE: [usize; 8] = [1, 2, 3, 5, 8, 13, 21, 34];
/// Parts of the present pause, in percent, at first.
const FAST: [u64; 8] = [150, 125, 100, 80, 60, 45, 30, 20];
/// No faster than this part of the present pause, in percent.
const FASTEST: u64 = 10;

impl Candidate {
    /// As the setup says it.
    pub(super) fn of(setup: &Setup) -> Self {
        Candidate {
            engage: setup.engage,
            release: setup.release,
            fast_us: (setup.fast.mean_s() * 1e6).round() as u64,
            workers: setup.workers.map_or(1, |span| span.fast),
        }
    }

    /// From where the search starts: few in every direction, from far to near.
    pub(super) fn coarse(self, workers_max: usize) -> Vec<Self> {
        let mut all = vec![self];
        let mut workers = self.workers;
        while workers <= workers_max {
            for engage in ENGAGE.into_iter().chain([self.engage]) {
                for release in [0, engage / 2, engage.saturating_sub(1)] {
                    for percent in FAST {
                        let fast_us = self.fast_us * percent / 100;
                        all.push(Candidate { engage, release, fast_us, workers }.rounded());
                    }
                }
            }
            workers =
                if workers == workers_max { usize::MAX } else { (workers * 2).min(workers_max) };
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Its neighbors, one step in one direction. `start` is what the search started from.
    pub(super) fn near(self, start: Self, workers_max: usize) -> Vec<Self> {
        let mut near = Vec::new();
        for by in [1, 2] {
            near.push(Candidate { engage: self.engage + by, ..self });
            near.push(Candidate { engage: self.engage.saturating_sub(by), ..self });
            near.push(Candidate { release: self.release + by, ..self });
            near.push(Candidate { release: self.release.saturating_sub(by), ..self });
        }
        for percent in [80, 90, 96, 104, 110, 125] {
            near.push(Candidate { fast_us: self.fast_us * percent / 100, ..self }.rounded());
        }
        near.push(Candidate { workers: self.workers + 1, ..self });
        near.push(Candidate { workers: self.workers - 1, ..self });
        near.retain(|other| {
            (start.workers..=workers_max).contains(&other.workers)
                && other.release < other.engage
                && other.fast_us >= start.fast_us * FASTEST / 100
                && *other != self
        });
        near
    }

    /// To a time that a person would write: 10 ms, or two digits of what is shorter.
    fn rounded(self) -> Self {
        let step = match self.fast_us {
            us if us >= 100_000 => 10_000,
            us if us >= 10_000 => 1000,
            us if us >= 1000 => 100,
            _ => 1,
        };
        Candidate { fast_us: (self.fast_us + step / 2) / step * step, ..self }
    }

    /// The setup with this setting; none where the pause cannot be so.
    pub(super) fn applied(self, to: &Setup) -> Option<Setup> {
        let mut setup = to.clone();
        (setup.engage, setup.release) = (self.engage, self.release);
        if self.fast_us > 0 {
            setup.fast = to.fast.scaled_to_mean(Duration::from_micros(self.fast_us)).ok()?;
        }
        let slow = to.workers.map_or(1, |span| span.slow);
        if self.workers > 1 || to.workers.is_some() {
            setup.workers = Some(crate::simulate::setup::span::Span { slow, fast: self.workers });
        }
        Some(setup)
    }

    /// The options that say it, in place of what was said before.
    pub(super) fn said(self, setup: &Setup, before: &Said) -> Said {
        let mine = ["engage", "release", "fast", "workers"];
        let mut said: Said =
            before.iter().filter(|(name, _)| !mine.contains(name)).cloned().collect();
        said.push(("engage", self.engage.to_string()));
        said.push(("release", self.release.to_string()));
        said.push(("fast", setup.fast.to_string()));
        if let Some(span) = setup.workers {
            said.push(("workers", format!("{}:{}", span.slow, span.fast)));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_starts_from_what_there_is_and_goes_no_further_than_allowed() {
        let start = Candidate::of(&Setup::default());
        assert_eq!(start, Candidate { engage: 5, release: 0, fast_us: 400_000, workers: 1 });
        let coarse = start.coarse(4);
        assert!(coarse.contains(&start));
        assert!(coarse.iter().all(|one| (1..=4).contains(&one.workers)));
        let edge = Candidate { engage: 1, release: 0, fast_us: 40_000, workers: 1 };
        for near in edge.near(start, 1) {
            assert!(near.release < near.engage && near.fast_us >= 40_000 && near.workers == 1);
        }
    }

    #[test]
    fn a_setting_is_said_so_that_it_can_be_read_back() {
        let candidate = Candidate { engage: 3, release: 1, fast_us: 300_000, workers: 2 };
        let setup = candidate.applied(&Setup::default()).expect("it can be");
        let said =
            candidate.said(&setup, &vec![("seed", "1".to_owned()), ("fast", "1s".to_owned())]);
        let texts: Vec<String> = said.iter().map(|(name, text)| format!("{name} {text}")).collect();
        assert_eq!(texts, ["seed 1", "engage 3", "release 1", "fast 150ms..450ms", "workers 1:2"]);
    }
}
