//! The greatest of what was recommended lately: up at once, down when the whole window agrees.

use std::collections::VecDeque;
use std::time::Duration;

/// A sliding maximum. What is smaller than something younger can never be the greatest again
/// and is forgotten, so what is left falls: no more entries than there are gears.
#[derive(Debug, Clone)]
pub(super) struct Window {
    keeps_for: Duration,
    /// Gears and when they were recommended, oldest and greatest first.
    recommended: VecDeque<(usize, Duration)>,
}

impl Window {
    pub(super) fn new(keeps_for: Duration) -> Self {
        Window { keeps_for, recommended: VecDeque::new() }
    }

    /// Adds a recommendation and answers the greatest of the window.
    pub(super) fn greatest_with(&mut self, gear: usize, now: Duration) -> usize {
        while self.recommended.back().is_some_and(|&(other, _)| other <= gear) {
            self.recommended.pop_back();
        }
        self.recommended.push_back((gear, now));
        let keeps_for = self.keeps_for;
        while self.recommended.len() > 1
            && self.recommended.front().is_some_and(|&(_, at)| now.saturating_sub(at) >= keeps_for)
        {
            self.recommended.pop_front();
        }
        self.recommended.front().map_or(gear, |&(greatest, _)| greatest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_greatest_of_what_is_recent() {
        let mut window = Window::new(Duration::from_secs(3));
        let mut at = |second, gear| window.greatest_with(gear, Duration::from_secs(second));
        let gears = [at(0, 1), at(1, 5), at(2, 2), at(3, 3), at(4, 0), at(5, 0), at(6, 0)];
        assert_eq!(gears, [1, 5, 5, 5, 3, 3, 0]);
    }

    #[test]
    fn it_remembers_no_more_than_there_are_gears() {
        let mut window = Window::new(Duration::from_secs(1000));
        for step in 0..10_000 {
            window.greatest_with(step * 7919 % 8, Duration::from_millis(step as u64));
            assert!(window.recommended.len() <= 8);
        }
    }
}
