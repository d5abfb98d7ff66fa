//! How fast a consumer works, decided from the length of its queue and nothing else.
//!
//! A pure state machine (a Schmitt trigger, or a staircase of them): no clock, no queue, no
//! waiting. The same type runs in a live consumer and in a simulation.

use std::cmp::Ordering;
use std::fmt;

use super::controller::Why;

/// Where one gear ends and the next begins.
///
/// The band between the two thresholds is what keeps a consumer from fluttering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// A length above this engages the faster gear.
    pub engage_above: usize,
    /// A length at or below this releases it.
    pub release_at: usize,
}

/// A change of gear.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The gear before.
    pub from: usize,
    /// The gear from now on.
    pub to: usize,
    /// The length at which it came.
    pub len: usize,
    /// What caused it.
    pub why: Why,
}

impl Shift {
    /// Whether the consumer works faster from now on.
    pub fn is_up(&self) -> bool {
        self.to > self.from
    }
}

/// Which gear a consumer is in: 0 is the slowest, and the start.
///
/// The default is two gears: the fast one engages above 5 waiting items and is released at 0.
///
/// # Examples
/// ```
/// use forebay::Gears;
///
/// let mut gears = Gears::two(5, 0)?;
/// assert_eq!(gears.observe(5), None);
/// let shift = gears.observe(6).expect("6 is above 5");
/// assert_eq!((shift.from, shift.to, shift.len), (0, 1, 6));
/// assert_eq!(gears.observe(1), None); // it keeps its gear until the queue is empty
/// assert_eq!(gears.observe(0).map(|shift| shift.to), Some(0));
/// # Ok::<(), forebay::GearsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Gears {
    /// Step `n` leads from gear `n` to gear `n + 1`. Not empty; both thresholds rise.
    steps: Vec<Step>,
    gear: usize,
}

impl Gears {
    /// Two gears.
    ///
    /// # Errors
    /// [`GearsError::NoBand`] when `release_at` is not below `engage_above`.
    pub fn two(engage_above: usize, release_at: usize) -> Result<Self, GearsError> {
        Gears::staircase([Step { engage_above, release_at }])
    }

    /// One gear more than there are steps. One long queue may climb several steps at once.
    ///
    /// # Errors
    /// [`GearsError::NoSteps`] without a step, [`GearsError::NoBand`] for a step whose
    /// `release_at` is not below its `engage_above`, [`GearsError::NotRising`] for one whose
    /// `engage_above` is not above that of the step before, or whose `release_at` is below.
    pub fn staircase(steps: impl IntoIterator<Item = Step>) -> Result<Self, GearsError> {
        let steps = Vec::from_iter(steps);
        if steps.is_empty() {
            return Err(GearsError::NoSteps);
        }
        for (at, step) in steps.iter().enumerate() {
            if step.release_at >= step.engage_above {
                return Err(GearsError::NoBand { at, step: *step });
            }
        }
        for (at, pair) in steps.windows(2).enumerate() {
            let rises = pair[1].engage_above > pair[0].engage_above
                && pair[1].release_at >= pair[0].release_at;
            if !rises {
                return Err(GearsError::NotRising { at: at + 1 });
            }
        }
        Ok(Gears { steps, gear: 0 })
    }

    /// Looks at a length and changes gear where a threshold was passed.
    pub fn observe(&mut self, len: usize) -> Option<Shift> {
        let from = self.gear;
        while self.steps.get(self.gear).is_some_and(|step| len > step.engage_above) {
            self.gear += 1;
        }
        // Never both ways: a length above one step's upper threshold is above all lower
        // thresholds before it.
        while self.gear > 0 && len <= self.steps[self.gear - 1].release_at {
            self.gear -= 1;
        }
        let threshold = match self.gear.cmp(&from) {
            Ordering::Equal => return None,
            Ordering::Greater => self.steps[self.gear - 1].engage_above,
            Ordering::Less => self.steps[self.gear].release_at,
        };
        Some(Shift { from, to: self.gear, len, why: Why::Length { threshold } })
    }

    /// The present gear: 0 is the slowest.
    pub fn gear(&self) -> usize {
        self.gear
    }

    /// How many gears there are: at least two.
    pub fn count(&self) -> usize {
        self.steps.len() + 1
    }

    /// The thresholds, from the slowest gear up.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl Default for Gears {
    fn default() -> Self {
        Gears { steps: vec![Step { engage_above: 5, release_at: 0 }], gear: 0 }
    }
}

/// Why thresholds make no gears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GearsError {
    /// A staircase without a step.
    NoSteps,
    /// A step without a band between its thresholds: the consumer would flutter.
    NoBand {
        /// Which step, from 0.
        at: usize,
        /// The step.
        step: Step,
    },
    /// A step that does not lie above the one before it.
    NotRising {
        /// Which step, from 0.
        at: usize,
    },
}

impl fmt::Display for GearsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GearsError::NoSteps => f.write_str("a staircase of gears needs at least one step"),
            GearsError::NoBand { at, step } => write!(
                f,
                "release_at {} of step {at} must be below its engage_above {}",
                step.release_at, step.engage_above
            ),
            GearsError::NotRising { at } => write!(
                f,
                "step {at} must engage above the step before it, and release no lower than it"
            ),
        }
    }
}

impl std::error::Error for GearsError {}
