//! Arrivals as text.

use std::fmt;
use std::str::FromStr;

use super::{Arrivals, Bursts, Daily};
use crate::distribution::time;
use crate::error::SimError;

const BURSTS: &str = "bursts:10:0.5:30s:60s, with the items per second in a burst and between \
                      bursts, and how long each lasts";
const DAILY: &str = "daily:2:0.8:24h, with the items per second, how far that strays (0 to 1), \
                     and the period";

impl FromStr for Arrivals {
    type Err = SimError;

    fn from_str(text: &str) -> Result<Self, SimError> {
        let parts: Vec<&str> = text.trim().split(':').collect();
        let arrivals = match parts[..] {
            ["bursts", burst_per_s, quiet_per_s, burst, quiet] => Arrivals::Bursts(Bursts {
                burst_per_s: number("burst rate", burst_per_s)?,
                quiet_per_s: number("quiet rate", quiet_per_s)?,
                burst: time("burst", burst)?,
                quiet: time("quiet", quiet)?,
            }),
            ["bursts", ..] => return Err(SimError::parameter("arrivals", text, BURSTS)),
            ["daily", mean_per_s, amplitude, period] => Arrivals::Daily(Daily {
                mean_per_s: number("mean rate", mean_per_s)?,
                amplitude: number("amplitude", amplitude)?,
                period: time("period", period)?,
            }),
            ["daily", ..] => return Err(SimError::parameter("arrivals", text, DAILY)),
            _ => Arrivals::Gaps(text.parse()?),
        };
        arrivals.check()?;
        Ok(arrivals)
    }
}

impl fmt::Display for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Arrivals::Gaps(gap) => gap.fmt(f),
            Arrivals::Bursts(Bursts { burst_per_s, quiet_per_s, burst, quiet }) => {
                write!(f, "bursts:{burst_per_s}:{quiet_per_s}:{burst:?}:{quiet:?}")
            }
            Arrivals::Daily(Daily { mean_per_s, amplitude, period }) => {
                write!(f, "daily:{mean_per_s}:{amplitude}:{period:?}")
            }
            Arrivals::Replay(replay) => write!(f, "{}", replay.path().display()),
        }
    }
}

fn number(name: &str, text: &str) -> Result<f64, SimError> {
    text.trim()
        .trim_end_matches("/s")
        .parse()
        .map_err(|_| SimError::parameter(name, format!("`{text}`"), "a number"))
}
