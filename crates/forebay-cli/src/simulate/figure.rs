//! The figures of a simulation: one table behind JSON, CSV, text, sweeps and plans.

use forebay_sim::{Estimate, Figures, RunFigures};

/// One figure.
pub(super) struct Figure {
    /// Its name in JSON and CSV, with the unit last.
    pub(super) name: &'static str,
    /// Its name for people.
    pub(super) title: &'static str,
    pub(super) unit: Unit,
    /// Over the runs.
    pub(super) over: fn(&Figures) -> Option<Estimate>,
    /// Of one run.
    pub(super) of: fn(&RunFigures) -> Option<f64>,
}

impl std::fmt::Debug for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Figure").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What it is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Items,
    Share,
    PerHour,
    PerSecond,
}

macro_rules! figure {
    ($name:ident, $title:literal, $unit:ident, $of:expr) => {
        Figure {
            name: stringify!($name),
            title: $title,
            unit: Unit::$unit,
            over: |figures| figures.$name,
            of: $of,
        }
    };
}

/// In the order they are told.
pub(super) static FIGURES: &[Figure] = &[
    figure!(first_shift_up_s, "first shift up after", Seconds, |run| run.first_shift_up_s),
    figure!(up_to_down_s, "from a shift up to the shift down", Seconds, |run| run.up_to_down_s),
    figure!(mean_length, "mean length", Items, |run| Some(run.mean_length)),
    figure!(max_length, "longest", Items, |run| Some(run.max_length as f64)),
    figure!(fast_share, "time above the slowest gear", Share, |run| Some(run.fast_share)),
    figure!(shifts_up_per_hour, "shifts up", PerHour, |run| Some(run.shifts_up_per_hour)),
    figure!(mean_wait_s, "mean wait", Seconds, |run| run.mean_wait_s),
    figure!(p50_wait_s, "half wait at most", Seconds, |run| run.p50_wait_s),
    figure!(p95_wait_s, "95 of 100 wait at most", Seconds, |run| run.p95_wait_s),
    figure!(p99_wait_s, "99 of 100 wait at most", Seconds, |run| run.p99_wait_s),
    figure!(arrivals_per_s, "came", PerSecond, |run| per_s(run, run.arrivals)),
    figure!(got_per_s, "got", PerSecond, |run| per_s(run, run.got)),
    figure!(lost_share, "dropped or rejected", Share, |run| {
        Some((run.dropped + run.rejected) as f64 / run.arrivals.max(1) as f64)
    }),
    figure!(mean_busy, "workers at the sink", Items, |run| Some(run.mean_busy)),
    figure!(wasted_share, "work in vain", Share, |run| Some(run.wasted_share)),
    figure!(blocked_share, "time the producer stood", Share, |run| Some(run.blocked_share)),
];

fn per_s(run: &RunFigures, count: u64) -> Option<f64> {
    (run.measured_s > 0.0).then(|| count as f64 / run.measured_s)
}

/// The figure of this name.
pub(super) fn find(name: &str) -> Result<&'static Figure, String> {
    FIGURES.iter().find(|figure| figure.name == name).ok_or_else(|| {
        let names: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        format!("write one of {}", names.join(", "))
    })
}

impl Unit {
    /// A value with its unit, as short as it can be read.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Unit::Seconds => seconds(value),
            Unit::Items => digits(value),
            Unit::Share => format!("{} %", digits(value * 100.0)),
            Unit::PerHour => format!("{} /h", digits(value)),
            Unit::PerSecond => format!("{} /s", digits(value)),
        }
    }

    /// What stands on an axis.
    pub(super) fn axis(self) -> &'static str {
        match self {
            Unit::Seconds => "s",
            Unit::Items => "items",
            Unit::Share => "share of the time",
            Unit::PerHour => "per hour",
            Unit::PerSecond => "per second",
        }
    }
}

/// A time in the unit that suits it.
pub(crate) fn seconds(value: f64) -> String {
    match value.abs() {
        0.0 => "0 s".to_owned(),
        s if s < 1e-3 => format!("{} us", digits(value * 1e6)),
        s if s < 1.0 => format!("{} ms", digits(value * 1e3)),
        s if s < 180.0 => format!("{} s", digits(value)),
        s if s < 10_800.0 => format!("{} min", digits(value / 60.0)),
        s if s < 345_600.0 => format!("{} h", digits(value / 3600.0)),
        _ => format!("{} d", digits(value / 86_400.0)),
    }
}

/// Three digits, or all of the whole number.
pub(crate) fn digits(value: f64) -> String {
    match value.abs() {
        size if size < 0.0005 => "0".to_owned(),
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        size if size < 1e15 => format!("{value:.0}"),
        _ => format!("{value:.2e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_the_unit_that_suits_it() {
        for (value, text) in [
            (0.0, "0 s"),
            (0.0123, "12.3 ms"),
            (3.0612, "3.06 s"),
            (600.0, "10.0 min"),
            (86400.0, "24.0 h"),
        ] {
            assert_eq!(seconds(value), text);
        }
    }
}
