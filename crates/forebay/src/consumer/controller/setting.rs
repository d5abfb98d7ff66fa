//! What a controller is made from, checked when it is made.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The most gears a controller can have.
pub const GEARS_MAX: usize = 1000;

/// Every time that is set lies between these: less is no time, more is never.
pub(crate) const TIMES: RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(24 * 60 * 60);

/// The same where no time at all makes sense, too.
pub(crate) const TIMES_OR_NONE: RangeInclusive<Duration> = Duration::ZERO..=*TIMES.end();

/// A setting that is not in its range.
///
/// # Examples
/// ```
/// use forebay::{Proportional, ProportionalConfig};
///
/// let refused = Proportional::new(ProportionalConfig { tolerance: -0.1, ..Default::default() });
/// let told = refused.unwrap_err().to_string();
/// assert_eq!(told, "tolerance is -0.1 and must be 0.0 to 0.9");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// Which setting.
    pub field: &'static str,
    /// What it was set to.
    pub value: String,
    /// What it may be set to.
    pub allowed: String,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {} and must be {}", self.field, self.value, self.allowed)
    }
}

impl std::error::Error for SettingError {}

/// Refuses what is outside of `range`; what is not a number is outside of every range.
pub(crate) fn within<T: PartialOrd + fmt::Debug>(
    field: &'static str,
    value: &T,
    range: &RangeInclusive<T>,
) -> Result<(), SettingError> {
    if range.contains(value) {
        return Ok(());
    }
    Err(SettingError {
        field,
        value: format!("{value:?}"),
        allowed: format!("{:?} to {:?}", range.start(), range.end()),
    })
}

/// Refuses a number of gears that is not one.
pub(super) fn gears(count: usize) -> Result<(), SettingError> {
    within("gears", &count, &(1..=GEARS_MAX))
}
