//! One run's arrivals, one after the other.

use rand::{Rng, RngExt};
use rand_distr::Exp1;

use super::replay::Stamps;
use super::{Arrivals, Bursts, Daily};
use crate::distribution::Distribution;
use crate::error::SimError;
use crate::time::{NEVER_NS, SECOND_NS, ns_of, ns_of_f64, seconds};

/// Where a run's arrivals come from.
pub(crate) enum Source {
    Gaps(Distribution),
    Bursts(Phases),
    Daily(Daily),
    Replay(Box<Stamps>),
}

/// Which phase it is, and until when.
pub(crate) struct Phases {
    bursts: Bursts,
    in_burst: InBurst,
    until_ns: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum InBurst {
    No,
    Yes,
}

impl Source {
    pub(crate) fn open(arrivals: &Arrivals) -> Result<Self, SimError> {
        Ok(match arrivals {
            Arrivals::Gaps(gap) => Source::Gaps(*gap),
            Arrivals::Bursts(bursts) => {
                // The burst before the start ends at once.
                let phases = Phases { bursts: *bursts, in_burst: InBurst::Yes, until_ns: 0 };
                Source::Bursts(phases)
            }
            Arrivals::Daily(daily) => Source::Daily(*daily),
            Arrivals::Replay(replay) => Source::Replay(Box::new(replay.stamps()?)),
        })
    }

    /// When the next item comes, if the one before was put at `after_ns`; `NEVER_NS` when none.
    #[inline]
    pub(crate) fn next_ns(
        &mut self,
        after_ns: u64,
        generator: &mut impl Rng,
    ) -> Result<u64, SimError> {
        Ok(match self {
            Source::Gaps(gap) => after_ns + gap.draw_ns(generator),
            Source::Bursts(phases) => phases.next_ns(after_ns, generator),
            Source::Daily(daily) => thinned(daily, after_ns, generator),
            Source::Replay(stamps) => match stamps.next_ns()? {
                Some(at_ns) => at_ns.max(after_ns),
                None => NEVER_NS,
            },
        })
    }
}

impl Phases {
    fn next_ns(&mut self, after_ns: u64, generator: &mut impl Rng) -> u64 {
        let mut at_ns = after_ns;
        loop {
            if at_ns < self.until_ns {
                let come_ns = at_ns.saturating_add(exponential_ns(self.per_s(), generator));
                if come_ns <= self.until_ns {
                    return come_ns;
                }
                // Without memory: what was drawn beyond the phase is drawn anew in the next.
                at_ns = self.until_ns;
            }
            self.turn(generator);
        }
    }

    fn per_s(&self) -> f64 {
        match self.in_burst {
            InBurst::Yes => self.bursts.burst_per_s,
            InBurst::No => self.bursts.quiet_per_s,
        }
    }

    fn turn(&mut self, generator: &mut impl Rng) {
        let (next, mean) = match self.in_burst {
            InBurst::Yes => (InBurst::No, self.bursts.quiet),
            InBurst::No => (InBurst::Yes, self.bursts.burst),
        };
        let unit: f64 = generator.sample(Exp1);
        self.in_burst = next;
        self.until_ns += ns_of_f64(unit * ns_of(mean) as f64);
    }
}

/// Lewis and Shedler, "Simulation of Nonhomogeneous Poisson Processes by Thinning" (1979): come
/// at the highest rate, and stay with the share that the rate at that time has of it.
fn thinned(daily: &Daily, after_ns: u64, generator: &mut impl Rng) -> u64 {
    let highest = daily.mean_per_s * (1.0 + daily.amplitude);
    let mut at_ns = after_ns;
    loop {
        at_ns = at_ns.saturating_add(exponential_ns(highest, generator));
        let share: f64 = generator.random();
        if share * highest < daily.rate_at(seconds(at_ns)) || at_ns >= NEVER_NS / 4 {
            return at_ns;
        }
    }
}

/// A rate of 0 never comes.
fn exponential_ns(per_s: f64, generator: &mut impl Rng) -> u64 {
    let unit: f64 = generator.sample(Exp1);
    ns_of_f64(unit / per_s * SECOND_NS as f64)
}
