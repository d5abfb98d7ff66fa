//! When items come.

mod replay;
mod source;
mod stamp;
mod text;

use std::f64::consts::TAU;
use std::time::Duration;

use crate::distribution::Distribution;
use crate::error::SimError;
use crate::time::LONGEST;
pub use replay::{Format, Replay};
pub(crate) use source::Source;

/// When items come.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Arrivals {
    /// Independent gaps, one after the other.
    Gaps(Distribution),
    /// Two phases that take turns.
    Bursts(Bursts),
    /// A rate that rises and falls.
    Daily(Daily),
    /// As they came once.
    Replay(Replay),
}

/// Two phases of exponential length that take turns, each with a rate of its own; the start is in
/// the quiet one. A Markov-modulated Poisson process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bursts {
    /// Items per second in a burst.
    pub burst_per_s: f64,
    /// Items per second between bursts; may be 0.
    pub quiet_per_s: f64,
    /// How long a burst lasts, on average.
    pub burst: Duration,
    /// How long it is quiet, on average.
    pub quiet: Duration,
}

/// A Poisson process whose rate follows a cosine: `mean · (1 − amplitude · cos(2π t / period))`.
/// The start is its lowest point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Daily {
    /// Items per second, over a period.
    pub mean_per_s: f64,
    /// How far the rate strays from its mean: 0 to 1.
    pub amplitude: f64,
    /// From one lowest point to the next.
    pub period: Duration,
}

impl Daily {
    /// The rate at this many seconds.
    pub(crate) fn rate_at(&self, seconds: f64) -> f64 {
        let turn = TAU * seconds / self.period.as_secs_f64();
        self.mean_per_s * (1.0 - self.amplitude * turn.cos())
    }
}

impl Arrivals {
    /// Items per second, over a long time.
    pub fn per_s(&self) -> f64 {
        match self {
            Arrivals::Gaps(gap) => 1.0 / gap.mean_s(),
            Arrivals::Bursts(bursts) => {
                let (burst, quiet) = (bursts.burst.as_secs_f64(), bursts.quiet.as_secs_f64());
                (burst * bursts.burst_per_s + quiet * bursts.quiet_per_s) / (burst + quiet)
            }
            Arrivals::Daily(daily) => daily.mean_per_s,
            Arrivals::Replay(replay) => replay.per_s(),
        }
    }

    /// The same pattern, `times` as often. A replay cannot be scaled.
    ///
    /// # Errors
    /// [`SimError::Parameter`] when `times` is not above 0, or a replay would be scaled.
    pub fn scaled(&self, times: f64) -> Result<Self, SimError> {
        rate("times", times)?;
        let scaled = match self {
            Arrivals::Gaps(gap) => {
                let mean = Duration::try_from_secs_f64(gap.mean_s() / times).unwrap_or(LONGEST);
                Arrivals::Gaps(gap.scaled_to_mean(mean)?)
            }
            Arrivals::Bursts(bursts) => Arrivals::Bursts(Bursts {
                burst_per_s: bursts.burst_per_s * times,
                quiet_per_s: bursts.quiet_per_s * times,
                ..*bursts
            }),
            Arrivals::Daily(daily) => {
                Arrivals::Daily(Daily { mean_per_s: daily.mean_per_s * times, ..*daily })
            }
            Arrivals::Replay(_) => {
                return Err(SimError::parameter("times", times, "1 for a replay"));
            }
        };
        scaled.check()?;
        Ok(scaled)
    }

    pub(crate) fn check(&self) -> Result<(), SimError> {
        match self {
            Arrivals::Gaps(gap) if gap.mean_s() > 0.0 => Ok(()),
            Arrivals::Gaps(gap) => Err(SimError::parameter("gap", gap, "above 0 on average")),
            Arrivals::Bursts(bursts) => {
                rate("burst rate", bursts.burst_per_s)?;
                if bursts.quiet_per_s != 0.0 {
                    rate("quiet rate", bursts.quiet_per_s)?;
                }
                phase("burst", bursts.burst)?;
                phase("quiet", bursts.quiet)
            }
            Arrivals::Daily(daily) => {
                rate("mean rate", daily.mean_per_s)?;
                if !(0.0..=1.0).contains(&daily.amplitude) {
                    return Err(SimError::parameter("amplitude", daily.amplitude, "from 0 to 1"));
                }
                phase("period", daily.period)
            }
            Arrivals::Replay(_) => Ok(()),
        }
    }
}

/// The most items a second: a thousand nanoseconds between them are left.
const RATE_MAX: f64 = 1e6;
/// The fewest items a second: one in a hundred years.
const RATE_MIN: f64 = 3e-10;

fn rate(name: &str, per_s: f64) -> Result<(), SimError> {
    if (RATE_MIN..=RATE_MAX).contains(&per_s) {
        return Ok(());
    }
    Err(SimError::parameter(name, per_s, "above 0 (3e-10) and up to a million per second"))
}

fn phase(name: &str, length: Duration) -> Result<(), SimError> {
    if length >= Duration::from_millis(1) && length <= LONGEST {
        return Ok(());
    }
    Err(SimError::parameter(name, format!("{length:?}"), "from 1ms to 100 years"))
}
