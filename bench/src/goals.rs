//! What a ratio has to reach.

use serde::Serialize;

/// Which side of the limit is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bound {
    AtLeast,
    AtMost,
}

/// A limit and its good side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Goal {
    pub(crate) bound: Bound,
    pub(crate) limit: f64,
}

impl Goal {
    pub(crate) const fn at_least(limit: f64) -> Self {
        Self { bound: Bound::AtLeast, limit }
    }

    pub(crate) const fn at_most(limit: f64) -> Self {
        Self { bound: Bound::AtMost, limit }
    }

    /// Whether `value` reaches the goal. A value that is not a number does not.
    pub(crate) fn is_met(&self, value: f64) -> bool {
        match self.bound {
            Bound::AtLeast => value >= self.limit,
            Bound::AtMost => value <= self.limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_itself_is_met_from_both_sides() {
        assert!(Goal::at_least(0.85).is_met(0.85) && !Goal::at_least(0.85).is_met(0.849));
        assert!(Goal::at_most(1.5).is_met(1.5) && !Goal::at_most(1.5).is_met(1.501));
    }

    #[test]
    fn what_is_not_a_number_meets_nothing() {
        assert!(!Goal::at_most(0.0).is_met(f64::NAN) && !Goal::at_least(0.0).is_met(f64::NAN));
    }
}
