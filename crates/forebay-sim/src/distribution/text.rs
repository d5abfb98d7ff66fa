//! Distributions and times as text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Distribution, Family};
use crate::error::SimError;

const FORMS: &str = "one of 250ms..1500ms, continuous:250ms..1500ms, const:400ms, exp:1.5s, \
                     lognormal:1.5s:0.8 and gamma:1.5s:0.5";

/// Units, the longer names first where one ends in the other.
const UNITS: [(&str, f64); 9] = [
    ("ms", 1e-3),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("ns", 1e-9),
    ("min", 60.0),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
    ("d", 86_400.0),
];

impl FromStr for Distribution {
    type Err = SimError;

    fn from_str(text: &str) -> Result<Self, SimError> {
        let text = text.trim();
        let (family, rest) = match text.split_once(':') {
            Some((family, rest)) => (family, rest),
            None if text.contains("..") => ("uniform", text),
            None => ("const", text),
        };
        let family = match family {
            "const" => Family::Constant { time: time("time", rest)? },
            "exp" => Family::Exponential { mean: time("mean", rest)? },
            "uniform" => {
                let (min, max) = ends(rest)?;
                Family::WholeMs { min_ms: whole_ms(min)?, max_ms: whole_ms(max)? }
            }
            "continuous" => {
                let (min, max) = ends(rest)?;
                Family::Continuous { min, max }
            }
            "lognormal" => {
                let (mean, cv) = mean_and_cv(rest)?;
                Family::Lognormal { mean, cv }
            }
            "gamma" => {
                let (mean, cv) = mean_and_cv(rest)?;
                Family::Gamma { mean, cv }
            }
            _ => return Err(SimError::parameter("distribution", text, FORMS)),
        };
        Self::new(family)
    }
}

/// A time with its unit: `250ms`, `1.5s`, `2h`.
///
/// # Errors
/// [`SimError::Parameter`], with `name`, for anything else, what is below 0 and what is beyond
/// a hundred years.
pub fn time(name: &str, text: &str) -> Result<Duration, SimError> {
    let text = text.trim();
    let refused = || SimError::parameter(name, format!("`{text}`"), TIME);
    let (number, unit_s) = UNITS
        .iter()
        .find_map(|(unit, unit_s)| Some((text.strip_suffix(unit)?, *unit_s)))
        .or_else(|| (text == "0").then_some((text, 1.0)))
        .ok_or_else(refused)?;
    let number: f64 = number.trim_end().parse().map_err(|_| refused())?;
    let time = Duration::try_from_secs_f64(number * unit_s).map_err(|_| refused())?;
    if time <= crate::time::LONGEST { Ok(time) } else { Err(refused()) }
}

const TIME: &str = "a time from 0 s to 100 years with its unit, such as 250ms, 1.5s, 10min or 24h";

fn ends(text: &str) -> Result<(Duration, Duration), SimError> {
    let (min, max) =
        text.split_once("..").ok_or_else(|| SimError::parameter("range", text, FORMS))?;
    Ok((time("shortest", min)?, time("longest", max.trim_start_matches('='))?))
}

fn whole_ms(time: Duration) -> Result<u64, SimError> {
    if time.subsec_nanos().is_multiple_of(1_000_000) {
        return Ok(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    }
    let allowed = "whole milliseconds; for any time of the range write continuous:";
    Err(SimError::parameter("uniform range", format!("{time:?}"), allowed))
}

fn mean_and_cv(text: &str) -> Result<(Duration, f64), SimError> {
    let (mean, cv) =
        text.split_once(':').ok_or_else(|| SimError::parameter("distribution", text, FORMS))?;
    let number = cv.trim().parse().map_err(|_| {
        SimError::parameter("coefficient of variation", format!("`{cv}`"), "from 0.001 to 100")
    })?;
    Ok((time("mean", mean)?, number))
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.family {
            Family::Constant { time } => write!(f, "const:{time:?}"),
            Family::WholeMs { min_ms, max_ms } => write!(f, "{min_ms}ms..{max_ms}ms"),
            Family::Continuous { min, max } => write!(f, "continuous:{min:?}..{max:?}"),
            Family::Exponential { mean } => write!(f, "exp:{mean:?}"),
            Family::Lognormal { mean, cv } => write!(f, "lognormal:{mean:?}:{cv}"),
            Family::Gamma { mean, cv } => write!(f, "gamma:{mean:?}:{cv}"),
        }
    }
}
