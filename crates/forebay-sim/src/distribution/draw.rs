//! Numbers from a generator, shaped.

use std::time::Duration;

use rand::{Rng, RngExt};
use rand_distr::{Distribution as _, Exp1, Gamma, StandardNormal};

use crate::time::{MS_NS, ns_of, ns_of_f64};

/// A family, with everything that needs no chance worked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Draw {
    Same(u64),
    Steps(Steps),
    /// Whole nanoseconds from `min_ns`, `count` of them.
    Range {
        min_ns: u64,
        count: u64,
    },
    Exponential {
        mean_ns: f64,
    },
    /// The logarithm, in nanoseconds, is normal.
    Lognormal {
        mean: f64,
        deviation: f64,
    },
    Gamma(Gamma<f64>),
}

/// Whole milliseconds from `min_ns`, `count` of them, each equally likely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Steps {
    pub(crate) min_ns: u64,
    pub(crate) count: u64,
}

impl Steps {
    #[inline]
    pub(crate) fn draw_ns(self, generator: &mut impl Rng) -> u64 {
        self.of(generator.next_u64())
    }

    /// The one that this number of a generator's stands for.
    #[inline]
    pub(crate) fn of(self, number: u64) -> u64 {
        self.min_ns + part(self.count, number) * MS_NS
    }
}

impl Draw {
    pub(super) fn exponential(mean: Duration) -> Self {
        Draw::Exponential { mean_ns: ns_of(mean) as f64 }
    }

    pub(super) fn lognormal(mean: Duration, cv: f64) -> Self {
        let variance = (cv * cv).ln_1p();
        let mean = (ns_of(mean) as f64).ln() - variance / 2.0;
        Draw::Lognormal { mean, deviation: variance.sqrt() }
    }

    pub(super) fn gamma(mean: Duration, cv: f64) -> Self {
        let shape = 1.0 / (cv * cv);
        let scale = ns_of(mean) as f64 / shape;
        Draw::Gamma(Gamma::new(shape, scale).expect("mean and variation are above 0 and finite"))
    }

    #[inline]
    pub(super) fn next_ns(&self, generator: &mut impl Rng) -> u64 {
        match *self {
            Draw::Same(ns) => ns,
            Draw::Steps(steps) => steps.draw_ns(generator),
            Draw::Range { min_ns, count } => min_ns + below(count, generator),
            Draw::Exponential { mean_ns } => {
                let unit: f64 = generator.sample(Exp1);
                ns_of_f64(unit * mean_ns)
            }
            Draw::Lognormal { mean, deviation } => {
                let normal: f64 = generator.sample(StandardNormal);
                ns_of_f64((mean + deviation * normal).exp())
            }
            Draw::Gamma(gamma) => ns_of_f64(gamma.sample(generator)),
        }
    }
}

/// A whole number below `count`, from one draw whatever the range, so that runs with other
/// ranges see the same chance. The upper half of a product of 64 by 64 bits (Lemire, "Fast
/// Random Integer Generation in an Interval", 2019, without its rejection): the bias is `count`
/// in 2^64.
#[inline]
fn below(count: u64, generator: &mut impl Rng) -> u64 {
    part(count, generator.next_u64())
}

#[inline]
fn part(count: u64, number: u64) -> u64 {
    ((u128::from(number) * u128::from(count)) >> 64) as u64
}
