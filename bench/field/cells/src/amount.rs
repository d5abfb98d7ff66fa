//! How often a cell does what it does.

use std::time::Duration;

/// The number of items of one measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    /// So many, whatever it takes: where the length of a run changes what is measured.
    Fixed(u64),
    /// As many as take some ten milliseconds, up to so many.
    UpTo(u64),
}

/// Divisible by every number of producers, consumers and items in a batch.
const SMALLEST: u64 = 256;
const WORTH_JUDGING: Duration = Duration::from_micros(700);
const TARGET: Duration = Duration::from_millis(10);

impl Amount {
    /// Runs once to warm up and to find out how many, then once more; the time of an item there, in nanoseconds.
    pub(crate) fn ns_per_item(
        self,
        mut run: impl FnMut(u64) -> Result<Duration, String>,
    ) -> Result<f64, String> {
        let count = match self {
            Amount::Fixed(count) => run(count).map(|_| count)?,
            Amount::UpTo(most) => {
                let (mut count, mut took) = (SMALLEST, run(SMALLEST)?);
                while took < WORTH_JUDGING && count < most {
                    count = (count * 4).min(most);
                    took = run(count)?;
                }
                count_for(count, took).min(most)
            }
        };
        Ok(run(count)?.as_nanos() as f64 / count as f64)
    }
}

/// How many items take as long as a measurement should when `count` took `took`.
fn count_for(count: u64, took: Duration) -> u64 {
    let share = TARGET.as_secs_f64() / took.as_secs_f64().max(1e-9);
    let wanted = (count as f64 * share) as u64;
    (wanted / SMALLEST).max(1) * SMALLEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_count(amount: Amount, ns: u64) -> u64 {
        let mut last = 0;
        let each = amount.ns_per_item(|count| {
            last = count;
            Ok(Duration::from_nanos(ns * count))
        });
        assert_eq!(each, Ok(ns as f64));
        last
    }

    #[test]
    fn a_measurement_takes_some_ten_milliseconds() {
        let ms = |ns| last_count(Amount::UpTo(1 << 24), ns) * ns / 1_000_000;
        assert_eq!((ms(10), ms(300), ms(5000)), (9, 9, 8));
    }

    #[test]
    fn what_is_slow_is_done_a_few_times_and_what_is_fast_not_without_end() {
        assert_eq!(last_count(Amount::UpTo(1 << 20), 50_000), 256);
        assert_eq!(last_count(Amount::UpTo(1 << 12), 1), 1 << 12);
        assert_eq!(last_count(Amount::Fixed(1000), 1), 1000);
    }
}
