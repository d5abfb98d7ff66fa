//! Interleaved rounds: every contender once in a round, in an order that moves on, so that a slow minute of the machine
//! falls on all of them; and the figures of a row of rounds.

use serde::Serialize;

/// The order in which `count` contenders run in `round`: each is first once every `count` rounds.
pub(crate) fn order(round: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |place| (place + round) % count)
}

/// The figures of one measure over all rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) lower_quartile: f64,
    pub(crate) upper_quartile: f64,
    pub(crate) max: f64,
    pub(crate) rounds: usize,
}

impl Spread {
    /// The spread of `values`, or nothing when there are none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (first, last) = (*sorted.first()?, *sorted.last()?);
        Some(Self {
            median: quantile(&sorted, 0.5),
            min: first,
            lower_quartile: quantile(&sorted, 0.25),
            upper_quartile: quantile(&sorted, 0.75),
            max: last,
            rounds: sorted.len(),
        })
    }
}

/// Linear interpolation between the two nearest ranks. `sorted` is not empty and `share` is within 0 to 1.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[rank.floor() as usize], sorted[rank.ceil() as usize]);
    below + (above - below) * rank.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contender_leads_once() {
        let firsts: Vec<usize> = (0..3).filter_map(|round| order(round, 3).next()).collect();
        assert_eq!(firsts, [0, 1, 2]);
        assert_eq!(order(1, 3).collect::<Vec<_>>(), [1, 2, 0]);
    }

    #[test]
    fn a_spread_interpolates_between_ranks() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]).expect("four values");
        assert_eq!((spread.min, spread.max, spread.median), (1.0, 4.0, 2.5));
        assert_eq!((spread.lower_quartile, spread.upper_quartile), (1.75, 3.25));
    }

    #[test]
    fn nothing_has_no_spread() {
        assert_eq!(Spread::of([]), None);
    }
}
