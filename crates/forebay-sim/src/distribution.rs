//! How long something takes, or how far apart things come: a family and its parameters.

mod draw;
mod text;

pub use text::time;

use std::time::Duration;

use crate::error::SimError;
use crate::time::{LONGEST, MS_NS, ns_of, ns_of_f64, seconds};
use draw::Draw;
pub(crate) use draw::Steps;

/// A distribution of times.
///
/// It is given by its mean and how much it varies, reads and prints as text, and draws whole
/// nanoseconds.
///
/// | text | what it is |
/// |---|---|
/// | `250ms..1500ms` or `uniform:250ms..1500ms` | whole milliseconds, each equally likely, both ends included |
/// | `continuous:250ms..1500ms` | the same range, any time in it |
/// | `400ms` or `const:400ms` | always the same |
/// | `exp:1.5s` | exponential, by its mean |
/// | `lognormal:1.5s:0.8` | lognormal, by its mean and its coefficient of variation |
/// | `gamma:1.5s:0.5` | gamma, likewise; 1 is exponential, 0.5 has shape 4 |
///
/// # Examples
/// ```
/// use forebay_sim::Distribution;
///
/// let pause: Distribution = "250ms..1500ms".parse()?;
/// assert_eq!(pause.mean_s(), 0.875);
/// assert_eq!(pause.to_string(), "250ms..1500ms");
/// let error = "1500ms..250ms".parse::<Distribution>().unwrap_err();
/// assert!(error.to_string().contains("it must be"), "{error}");
/// # Ok::<(), forebay_sim::SimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distribution {
    family: Family,
    draw: Draw,
}

/// The families, with their parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Family {
    /// Always the same.
    Constant {
        /// The time.
        time: Duration,
    },
    /// Whole milliseconds, each equally likely, both ends included.
    WholeMs {
        /// The shortest.
        min_ms: u64,
        /// The longest.
        max_ms: u64,
    },
    /// Any time of a range, each equally likely.
    Continuous {
        /// The shortest.
        min: Duration,
        /// The longest.
        max: Duration,
    },
    /// Exponential: without memory.
    Exponential {
        /// The mean.
        mean: Duration,
    },
    /// Lognormal: a long tail.
    Lognormal {
        /// The mean.
        mean: Duration,
        /// The coefficient of variation: standard deviation by mean.
        cv: f64,
    },
    /// Gamma: from nearly constant to nearly all or nothing.
    Gamma {
        /// The mean.
        mean: Duration,
        /// The coefficient of variation: standard deviation by mean.
        cv: f64,
    },
}

/// The least and the most that times may vary: beyond, a sample says nothing of its mean.
const CV_RANGE: std::ops::RangeInclusive<f64> = 0.001..=100.0;

impl Distribution {
    /// No time at all.
    pub const ZERO: Distribution =
        Distribution { family: Family::Constant { time: Duration::ZERO }, draw: Draw::Same(0) };

    /// Of this family.
    ///
    /// # Errors
    /// [`SimError::Parameter`] for a time beyond a hundred years, a mean of 0, a range whose
    /// shortest is not below its longest, or a coefficient of variation outside of 0.001 to 100.
    pub fn new(family: Family) -> Result<Self, SimError> {
        let draw = match family {
            Family::Constant { time } => Draw::Same(ns_of(short_enough("time", time)?)),
            Family::WholeMs { min_ms, max_ms } => {
                range(Duration::from_millis(min_ms), Duration::from_millis(max_ms))?;
                return Ok(Self::steps_ms(min_ms, max_ms));
            }
            Family::Continuous { min, max } => {
                range(min, max)?;
                Draw::Range { min_ns: ns_of(min), count: ns_of(max) - ns_of(min) + 1 }
            }
            Family::Exponential { mean } => Draw::exponential(positive("mean", mean)?),
            Family::Lognormal { mean, cv } => Draw::lognormal(positive("mean", mean)?, vary(cv)?),
            Family::Gamma { mean, cv } => Draw::gamma(positive("mean", mean)?, vary(cv)?),
        };
        Ok(Distribution { family, draw })
    }

    /// Always the same.
    ///
    /// # Errors
    /// [`SimError::Parameter`] for more than a hundred years.
    pub fn constant(time: Duration) -> Result<Self, SimError> {
        Self::new(Family::Constant { time })
    }

    /// Whole milliseconds, each equally likely, both ends included.
    ///
    /// # Errors
    /// [`SimError::Parameter`] when `min_ms` is not below `max_ms`.
    pub fn whole_ms(min_ms: u64, max_ms: u64) -> Result<Self, SimError> {
        Self::new(Family::WholeMs { min_ms, max_ms })
    }

    /// The same of a range that is known to be one.
    pub(crate) const fn steps_ms(min_ms: u64, max_ms: u64) -> Self {
        let steps = Steps { min_ns: min_ms * MS_NS, count: max_ms - min_ms + 1 };
        Distribution { family: Family::WholeMs { min_ms, max_ms }, draw: Draw::Steps(steps) }
    }

    /// Exponential.
    ///
    /// # Errors
    /// [`SimError::Parameter`] for a mean of 0.
    pub fn exponential(mean: Duration) -> Result<Self, SimError> {
        Self::new(Family::Exponential { mean })
    }

    /// What it was made from.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The mean, in seconds.
    pub fn mean_s(&self) -> f64 {
        match self.family {
            Family::Constant { time } => time.as_secs_f64(),
            Family::WholeMs { min_ms, max_ms } => (min_ms + max_ms) as f64 / 2000.0,
            Family::Continuous { min, max } => (min.as_secs_f64() + max.as_secs_f64()) / 2.0,
            Family::Exponential { mean }
            | Family::Lognormal { mean, .. }
            | Family::Gamma { mean, .. } => mean.as_secs_f64(),
        }
    }

    /// The variance, in seconds squared.
    pub fn variance_s2(&self) -> f64 {
        match self.family {
            Family::Constant { .. } => 0.0,
            Family::WholeMs { min_ms, max_ms } => {
                let count = (max_ms - min_ms + 1) as f64;
                (count * count - 1.0) / 12.0 / 1e6
            }
            Family::Continuous { min, max } => (max - min).as_secs_f64().powi(2) / 12.0,
            Family::Exponential { mean } => mean.as_secs_f64().powi(2),
            Family::Lognormal { mean, cv } | Family::Gamma { mean, cv } => {
                (mean.as_secs_f64() * cv).powi(2)
            }
        }
    }

    /// The same shape around another mean, for sweeps. A range of whole milliseconds keeps to
    /// whole milliseconds.
    ///
    /// # Errors
    /// [`SimError::Parameter`] when that mean cannot be, or leaves nothing of the range.
    pub fn scaled_to_mean(&self, mean: Duration) -> Result<Self, SimError> {
        let wanted = positive("mean", mean)?;
        if self.mean_s() == 0.0 {
            return Err(SimError::parameter("mean", "0", "above 0, to be scaled"));
        }
        let times = wanted.as_secs_f64() / self.mean_s();
        let scaled = |time: Duration| Duration::from_nanos(ns_of_f64(ns_of(time) as f64 * times));
        let scaled_ms = |ms: u64| (ms as f64 * times).round() as u64;
        Self::new(match self.family {
            Family::Constant { .. } => Family::Constant { time: mean },
            Family::WholeMs { min_ms, max_ms } => {
                Family::WholeMs { min_ms: scaled_ms(min_ms), max_ms: scaled_ms(max_ms) }
            }
            Family::Continuous { min, max } => {
                Family::Continuous { min: scaled(min), max: scaled(max) }
            }
            Family::Exponential { .. } => Family::Exponential { mean },
            Family::Lognormal { cv, .. } => Family::Lognormal { mean, cv },
            Family::Gamma { cv, .. } => Family::Gamma { mean, cv },
        })
    }

    /// Draws a time, in nanoseconds.
    #[inline]
    pub fn draw_ns(&self, generator: &mut impl rand::Rng) -> u64 {
        self.draw.next_ns(generator)
    }

    /// What it draws from, if it is whole milliseconds.
    pub(crate) fn steps(&self) -> Option<Steps> {
        match self.draw {
            Draw::Steps(steps) => Some(steps),
            _ => None,
        }
    }

    /// Whether it is no time, always.
    pub(crate) fn is_zero(&self) -> bool {
        self.draw == Draw::Same(0)
    }
}

fn short_enough(name: &str, time: Duration) -> Result<Duration, SimError> {
    if time <= LONGEST {
        return Ok(time);
    }
    Err(SimError::parameter(name, format!("{} s", time.as_secs()), "0 s to 100 years"))
}

fn positive(name: &str, time: Duration) -> Result<Duration, SimError> {
    if time.is_zero() {
        return Err(SimError::parameter(name, "0", "1 ns or more"));
    }
    short_enough(name, time)
}

fn range(min: Duration, max: Duration) -> Result<(), SimError> {
    short_enough("longest", max)?;
    if min < max {
        return Ok(());
    }
    let allowed = format!("below the longest, {} s", seconds(ns_of(max)));
    Err(SimError::parameter("shortest", format!("{} s", min.as_secs_f64()), allowed))
}

fn vary(cv: f64) -> Result<f64, SimError> {
    if CV_RANGE.contains(&cv) {
        return Ok(cv);
    }
    Err(SimError::parameter("coefficient of variation", cv, "from 0.001 to 100"))
}
