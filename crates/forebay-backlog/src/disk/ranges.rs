//! A set of numbers that are mostly next to each other.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Ranges {
    /// First to last; no two touch.
    ranges: BTreeMap<u64, u64>,
}

impl Ranges {
    /// Adds numbers, and says how many of them are new.
    pub(super) fn insert(&mut self, first: u64, last: u64) -> u64 {
        if first > last {
            return 0;
        }
        let (mut from, mut to) = (first, last);
        let mut known = 0;
        // Those that touch it, the last one first.
        while let Some((&start, &end)) = self.ranges.range(..=last.saturating_add(1)).next_back()
            && end.saturating_add(1) >= first
        {
            known += (end.min(last) + 1).saturating_sub(start.max(first));
            (from, to) = (from.min(start), to.max(end));
            self.ranges.remove(&start);
        }
        self.ranges.insert(from, to);
        last - first + 1 - known
    }

    /// Takes numbers out.
    pub(super) fn remove(&mut self, first: u64, last: u64) {
        while let Some((&start, &end)) = self.ranges.range(..=last).next_back()
            && end >= first
        {
            self.ranges.remove(&start);
            if end > last {
                self.ranges.insert(last + 1, end);
            }
            if start < first {
                self.ranges.insert(start, first - 1);
                break;
            }
        }
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        self.ranges.range(..=number).next_back().is_some_and(|(_, &end)| end >= number)
    }

    /// The first number from `number` on that is not in it.
    pub(super) fn next_absent(&self, number: u64) -> u64 {
        match self.ranges.range(..=number).next_back() {
            Some((_, &end)) if end >= number => end.saturating_add(1),
            _ => number,
        }
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = RangeInclusive<u64>> {
        self.ranges.iter().map(|(&first, &last)| first..=last)
    }

    /// The numbers from `first` to `last` that are not in it, as ranges.
    pub(super) fn absent(&self, first: u64, last: u64) -> Vec<(u64, u64)> {
        let mut absent = Vec::new();
        let mut from = self.next_absent(first);
        while from <= last {
            let next = self.ranges.range(from..=last).next();
            absent.push((from, next.map_or(last, |(&start, _)| start - 1)));
            match next {
                Some((_, &end)) if end < u64::MAX => from = end + 1,
                _ => break,
            }
        }
        absent
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use forebay_testkit::seed;
    use proptest::prelude::*;

    use super::Ranges;

    #[test]
    fn it_is_the_set_of_its_numbers() {
        let step = (any::<bool>(), 0..60u64, 0..9u64);
        let outcome = seed::runner(500).run(&prop::collection::vec(step, 1..60), |steps| {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for (is_insert, first, more) in steps {
                let numbers = first..=first + more;
                if is_insert {
                    let new = numbers.clone().filter(|number| set.insert(*number)).count();
                    prop_assert_eq!(ranges.insert(first, first + more), new as u64);
                } else {
                    set.retain(|number| !numbers.contains(number));
                    ranges.remove(first, first + more);
                }
                let listed: Vec<u64> = ranges.iter().flatten().collect();
                prop_assert_eq!(listed, set.iter().copied().collect::<Vec<_>>());
                prop_assert!(
                    ranges.iter().zip(ranges.iter().skip(1)).all(|(a, b)| a.end() + 1 < *b.start())
                );
                for number in 0..70 {
                    prop_assert_eq!(ranges.contains(number), set.contains(&number));
                    let absent = (number..).find(|number| !set.contains(number));
                    prop_assert_eq!(Some(ranges.next_absent(number)), absent);
                }
                let absent: Vec<u64> =
                    ranges.absent(5, 50).into_iter().flat_map(|(a, b)| a..=b).collect();
                prop_assert_eq!(absent, (5..=50).filter(|n| !set.contains(n)).collect::<Vec<_>>());
            }
            Ok(())
        });
        assert!(outcome.is_ok(), "{outcome:?}");
    }
}
