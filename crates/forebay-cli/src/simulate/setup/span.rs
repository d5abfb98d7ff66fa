//! A number for the slowest gear and one for the fastest.

/// A number for the slowest gear and one for the fastest: `4`, or `1:4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulate) struct Span {
    pub(in crate::simulate) slow: usize,
    pub(in crate::simulate) fast: usize,
}

impl Span {
    pub(super) const ONE: Span = Span { slow: 1, fast: 1 };

    /// Reads `4` or `1:4`; each from 1 to `max`.
    pub(super) fn read(text: &str, max: usize) -> Result<Self, String> {
        let number = |part: &str| {
            part.trim().parse().ok().filter(|number| (1..=max).contains(number)).ok_or_else(|| {
                format!(
                    "write a whole number from 1 to {max}, or two as SLOW:FAST for the slowest and \
                     the fastest gear"
                )
            })
        };
        match text.split_once(':') {
            Some((slow, fast)) => Ok(Span { slow: number(slow)?, fast: number(fast)? }),
            None => number(text).map(|both| Span { slow: both, fast: both }),
        }
    }

    /// In equal steps, `share` of the way from slow to fast.
    pub(super) fn in_steps(self, share: f64) -> usize {
        let (slow, fast) = (self.slow as f64, self.fast as f64);
        (slow + (fast - slow) * share).round() as usize
    }

    /// In equal proportions, `share` of the way from slow to fast.
    pub(super) fn in_proportion(self, share: f64) -> usize {
        let (slow, fast) = (self.slow as f64, self.fast as f64);
        (slow * (fast / slow).powf(share)).round() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_kept_and_the_middle_lies_between() {
        let span = Span::read("2:8", 100).expect("a span");
        assert_eq!([0.0, 0.5, 1.0].map(|share| span.in_steps(share)), [2, 5, 8]);
        assert_eq!([0.0, 0.5, 1.0].map(|share| span.in_proportion(share)), [2, 4, 8]);
        assert_eq!(Span::read("3", 100), Ok(Span { slow: 3, fast: 3 }));
        for wrong in ["0", "101", "1:0", "", "x", "-1", "1:2:3"] {
            assert!(Span::read(wrong, 100).is_err(), "{wrong}");
        }
    }
}
