//! One number for each controller: how much worse it is than the best, over everything that counts.

use super::cell::Outcome;

/// A measure: less is better.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    pub(super) name: &'static str,
    pub(super) weight: f64,
    /// Added to every value: of what is far below it nobody notices a difference.
    pub(super) floor: f64,
    pub(super) of: fn(&Outcome) -> Option<f64>,
}

/// The weights and floors, and why, are in docs/design/0014-which-controller.md.
pub(super) const MEASURES: [Measure; 5] = [
    Measure { name: "p99 wait, s", weight: 3.0, floor: 1.0, of: |found| Some(found.p99_wait_s) },
    Measure { name: "work", weight: 2.0, floor: 0.0, of: |found| Some(found.work) },
    Measure {
        name: "shifts/h",
        weight: 1.0,
        floor: 600.0,
        of: |found| Some(found.shifts_per_hour),
    },
    Measure { name: "recovery, s", weight: 2.0, floor: 5.0, of: |found| found.recovery_s },
    Measure { name: "harm", weight: 2.0, floor: 1.0, of: |found| found.harm },
];

/// The weighted mean of the logarithms of what was measured. The difference of two of them is the logarithm of how many times
/// as bad one is, whatever the unit.
pub(super) fn badness(outcome: &Outcome) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for measure in MEASURES {
        if let Some(value) = (measure.of)(outcome) {
            sum += measure.weight * (value + measure.floor).ln();
            weights += measure.weight;
        }
    }
    sum / weights
}

/// The mean.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) =
        values.into_iter().fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUND: Outcome =
        Outcome { p99_wait_s: 1.0, work: 1.0, shifts_per_hour: 60.0, recovery_s: None, harm: None };

    #[test]
    fn twice_the_wait_is_half_of_the_weight_of_all_when_nothing_is_to_recover_from() {
        let twice = Outcome { p99_wait_s: 3.0, ..FOUND };
        let times = (badness(&twice) - badness(&FOUND)).exp();
        assert!((times - 2_f64.sqrt()).abs() < 1e-9, "{times}");
    }

    #[test]
    fn a_wait_that_nobody_notices_does_not_pay_for_twice_the_work() {
        let patient = Outcome { p99_wait_s: 0.5, ..FOUND };
        let hasty = Outcome { p99_wait_s: 0.05, work: 2.0, ..FOUND };
        assert!(badness(&patient) < badness(&hasty));
    }

    #[test]
    fn nothing_to_recover_from_is_neither_good_nor_bad() {
        let soon = Outcome { recovery_s: Some(0.0), ..FOUND };
        let late = Outcome { recovery_s: Some(100.0), ..FOUND };
        assert!(badness(&soon) < badness(&late));
    }
}
