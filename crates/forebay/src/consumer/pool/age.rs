//! For how long the oldest item has waited, without a time on any item.

use std::collections::VecDeque;
use std::time::Duration;

/// Looks that are remembered. With more, every second one is forgotten: a backlog of hours is
/// told to within minutes.
const LOOKS_MAX: usize = 512;

/// When how many had come: the oldest that waits is the one before which all others are gone, and
/// came no later than the first look that counted it. Right for a queue in which who comes first
/// goes first.
#[derive(Debug, Default)]
pub(super) struct Age {
    looks: VecDeque<(Duration, u64)>,
}

impl Age {
    /// Adds a look and answers the age of the oldest.
    pub(super) fn with(&mut self, now: Duration, came: u64, waiting: usize) -> Duration {
        let gone = came.saturating_sub(waiting as u64);
        while self.looks.front().is_some_and(|&(_, came_then)| came_then <= gone) {
            self.looks.pop_front();
        }
        if waiting == 0 {
            return Duration::ZERO;
        }
        if self.looks.back().is_none_or(|&(_, came_then)| came_then < came) {
            self.looks.push_back((now, came));
        }
        if self.looks.len() > LOOKS_MAX {
            let mut is_kept = false;
            self.looks.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
        }
        let oldest = self.looks.front().map_or(now, |&(at, _)| at);
        now.saturating_sub(oldest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_came_no_later_than_the_look_that_first_counted_it() {
        let mut age = Age::default();
        let mut at =
            |second, came, waiting| age.with(Duration::from_secs(second), came, waiting).as_secs();
        assert_eq!([at(0, 0, 0), at(1, 10, 10), at(2, 20, 15), at(3, 20, 11)], [0, 0, 1, 2]);
        // Ten of 20 are gone: the next one came with the second look.
        assert_eq!([at(4, 20, 10), at(5, 20, 1), at(6, 20, 0), at(60, 21, 1)], [2, 3, 0, 0]);
    }

    #[test]
    fn it_remembers_no_more_than_so_many_looks() {
        let mut age = Age::default();
        for second in 0..10_000_u64 {
            let oldest = age.with(Duration::from_secs(second), second + 1, second as usize + 1);
            assert_eq!(oldest.as_secs(), second, "the oldest look is never forgotten");
            assert!(age.looks.len() <= LOOKS_MAX);
        }
    }
}
