//! What a setting has to keep.

use forebay_sim::{Estimate, Figures, RunFigures, time};

use crate::simulate::figure::{self, Unit};

/// What can be promised: that a figure stays at or below a value.
pub(in crate::simulate) struct Known {
    /// Its option, without the dashes.
    pub(in crate::simulate) option: &'static str,
    pub(in crate::simulate) value_name: &'static str,
    pub(in crate::simulate) help: &'static str,
    /// The name of the figure.
    pub(in crate::simulate) figure: &'static str,
}

const fn known(
    option: &'static str,
    value_name: &'static str,
    figure: &'static str,
    help: &'static str,
) -> Known {
    Known { option, value_name, help, figure }
}

/// All that can be promised.
pub(in crate::simulate) static PROMISES: &[Known] = &[
    known("p99-wait", "TIME", "p99_wait_s", "99 of 100 items wait at most so long"),
    known("p95-wait", "TIME", "p95_wait_s", "95 of 100 items wait at most so long"),
    known("mean-wait", "TIME", "mean_wait_s", "Items wait so long on average, at most"),
    known("mean-length", "N", "mean_length", "So many items wait on average, at most"),
    known("max-length", "N", "max_length", "So many items wait at any time, at most"),
    known("shifts-per-hour", "N", "shifts_up_per_hour", "It shifts up so often, at most"),
];

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("option", &self.option).finish_non_exhaustive()
    }
}

impl Known {
    /// Reads the value that is promised.
    pub(in crate::simulate) fn read(&self, text: &str) -> Result<f64, String> {
        if self.value_name == "TIME" {
            let found = time(self.option, text).map_err(|error| error.to_string())?;
            if found.is_zero() {
                return Err("write a time above 0, such as 500ms or 4s".to_owned());
            }
            return Ok(found.as_secs_f64());
        }
        let number: Option<f64> = text.trim().parse().ok();
        number
            .filter(|number| *number > 0.0 && number.is_finite())
            .ok_or_else(|| "write a number above 0".to_owned())
    }
}

/// A promise.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulate) struct Promise {
    pub(in crate::simulate) known: &'static Known,
    pub(in crate::simulate) at_most: f64,
}

impl Promise {
    /// Its figure over the runs.
    pub(super) fn over(&self, figures: &Figures) -> Option<Estimate> {
        (self.figure().over)(figures)
    }

    /// Its figure in one run.
    pub(super) fn of(&self) -> fn(&RunFigures) -> Option<f64> {
        self.figure().of
    }

    fn figure(&self) -> &'static figure::Figure {
        figure::find(self.known.figure).expect("promises are about figures of the table")
    }

    /// What it says, for people.
    pub(super) fn told(&self) -> String {
        format!("{}: at most {}", self.figure().title, self.show(self.at_most))
    }

    /// A value of its figure.
    pub(super) fn show(&self, value: f64) -> String {
        match self.figure().unit {
            Unit::Seconds => figure::seconds(value),
            unit => unit.show(value),
        }
    }

    /// The name of its figure.
    pub(super) fn name(&self) -> &'static str {
        self.known.figure
    }

    /// Whether the longest of all runs counts, instead of their mean.
    pub(super) fn is_about_the_worst(&self) -> bool {
        self.known.figure == "max_length"
    }
}
