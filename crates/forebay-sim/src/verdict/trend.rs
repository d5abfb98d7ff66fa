//! Whether the length grows, beyond what any queue does that begins empty.

use std::fmt;

use super::EDGE;
use crate::arrivals::Arrivals;
use crate::estimate::Estimate;
use crate::figures::RunFigures;
use crate::model::{Control, Model};
use crate::report::Figures;

/// A length that grows by this share of what comes is a length that grows.
const GROWTH_MIN: f64 = 0.005;
/// With fewer windows in a period its ups and downs are lost in their means.
const WINDOWS_OF_PERIOD_MIN: f64 = 4.0;

/// What the lengths of all runs say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Trend {
    Stays,
    /// No further than an empty queue does before it drains.
    Fills,
    /// By so many items a second.
    Grows(f64),
    /// It grows, but hardly; or there are too few runs to tell.
    Unclear(f64),
    /// More comes than can be taken; the runs are too few or too short to show it.
    Hidden,
    /// More comes than can be taken; the queue is full.
    Full,
}

impl Trend {
    /// Of runs of a model, whose fastest gear has this load.
    pub(super) fn of(model: &Model, figures: &Figures, runs: &[RunFigures], least: f64) -> Self {
        let measured_s = runs.first().map_or(0.0, |run| run.measured_s);
        let seen = Trend::seen(model, figures, runs);
        match seen {
            // From empty to where it stays, every length grows: only what goes beyond that is one.
            Trend::Grows(by) | Trend::Unclear(by) if least < *EDGE.start() => {
                let filling = filling(model, figures, least);
                let left = runs.iter().map(|run| run.final_length as f64).sum::<f64>();
                let ends_empty = !runs.is_empty() && left / (runs.len() as f64) < filling;
                if by * measured_s < filling || ends_empty { Trend::Fills } else { seen }
            }
            Trend::Stays if least > *EDGE.end() && model.capacity.is_some() => Trend::Full,
            Trend::Stays if least > *EDGE.end() => Trend::Hidden,
            other => other,
        }
    }

    /// Student's t on the slopes of the runs, which are independent.
    fn seen(model: &Model, figures: &Figures, runs: &[RunFigures]) -> Self {
        let Some(slope) = slope_per_s(model, figures, runs) else { return Trend::Unclear(0.0) };
        let worth = GROWTH_MIN * model.arrivals.per_s();
        let is_sure = if slope.count > 1 { slope.ci95[0] > 0.0 } else { slope.mean > worth };
        match slope.mean {
            mean if is_sure && mean > worth => Trend::Grows(mean),
            // What it may at most be is nothing to speak of.
            _ if slope.count > 1 && slope.ci95[1] > worth && slope.ci95[0] > 0.0 => {
                Trend::Unclear(slope.mean)
            }
            _ => Trend::Stays,
        }
    }
}

/// How the length goes. Where what comes rises and falls with a period, so does the length: only
/// the same phase can be compared.
fn slope_per_s(model: &Model, figures: &Figures, runs: &[RunFigures]) -> Option<Estimate> {
    let Arrivals::Daily(daily) = &model.arrivals else { return figures.slope_per_s };
    let period_s = daily.period.as_secs_f64();
    let of_periods = |run: &RunFigures| {
        let window_s = run.measured_s / run.window_lengths.len().max(1) as f64;
        if period_s < WINDOWS_OF_PERIOD_MIN * window_s {
            return run.slope_per_s;
        }
        slope_of_periods(&run.window_lengths, period_s / window_s) / window_s
    };
    Estimate::of(runs.iter().map(of_periods))
}

/// From the first whole period to the last, in items per window; with one, from the empty start to
/// its end. Less than a period says nothing.
fn slope_of_periods(lengths: &[f64], period: f64) -> f64 {
    // Windows are cut to the nanosecond, and a period may end with the last one.
    let periods = (lengths.len() as f64 / period + 1e-6).floor();
    if periods < 1.0 {
        return 0.0;
    }
    if periods < 2.0 {
        let last = (period.ceil() as usize).clamp(1, lengths.len()) - 1;
        return lengths[last] / period;
    }
    let mean = |number: f64| {
        (area(lengths, (number + 1.0) * period) - area(lengths, number * period)) / period
    };
    (mean(periods - 1.0) - mean(0.0)) / ((periods - 1.0) * period)
}

/// The length summed over so many windows from the start.
fn area(lengths: &[f64], windows: f64) -> f64 {
    let whole = (windows as usize).min(lengths.len());
    let part = lengths.get(whole).map_or(0.0, |length| length * (windows - whole as f64));
    lengths[..whole].iter().sum::<f64>() + part
}

/// So many items a queue that was empty takes in before it drains: what its thresholds let gather,
/// once it has shifted by them, or what a queue with this load has in it now and then.
fn filling(model: &Model, figures: &Figures, load: f64) -> f64 {
    let by_chance = 10.0 + 8.0 * load / (1.0 - load);
    let has_shifted = figures.shifts_up_per_hour.is_some_and(|shifts| shifts.mean > 0.0);
    match &model.control {
        Control::Gears(gears) if has_shifted => {
            let top = gears.steps().last().map_or(0, |step| step.engage_above);
            by_chance.max(2.0 * (top as f64 + 1.0))
        }
        _ => by_chance,
    }
}

impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trend::Stays => f.write_str("over the runs the length shows no trend"),
            Trend::Fills => f.write_str(
                "over the runs the length grows no further than any queue does that begins empty",
            ),
            Trend::Grows(by) => {
                write!(f, "over the runs the length grows by {by:.3} items a second")
            }
            Trend::Unclear(by) => {
                write!(f, "over the runs the length may grow, by {by:.4} items a second")
            }
            Trend::Hidden => f.write_str(
                "the runs are too few or too short for that to stand out from chance in the lengths",
            ),
            Trend::Full => f.write_str("the length grows no further than the full queue lets it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Up and down with the period, by so much more each time.
    fn lengths(count: usize, period: usize, more: f64) -> Vec<f64> {
        let day = |at: usize| 100.0 * (at % period) as f64 * (period - 1 - at % period) as f64;
        (0..count).map(|at| day(at) + more * at as f64).collect()
    }

    #[test]
    fn a_length_that_follows_a_period_has_only_the_trend_from_one_to_the_next() {
        for count in [64, 63, 40, 33, 32] {
            assert!(slope_of_periods(&lengths(count, 16, 0.0), 16.0).abs() < 1e-9, "{count}");
            let grows = slope_of_periods(&lengths(count, 16, 3.0), 16.0);
            assert!((grows - 3.0).abs() < 1e-9, "{count}: {grows}");
        }
        // One period: from the empty start to its end.
        assert!((slope_of_periods(&lengths(64, 64, 3.0), 64.0) - 3.0).abs() < 0.1);
        assert_eq!(slope_of_periods(&lengths(64, 64, 0.0), 64.0), 0.0);
        assert_eq!(slope_of_periods(&lengths(20, 64, 0.0), 64.0), 0.0);
    }
}
