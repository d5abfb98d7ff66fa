//! What was, in columns of equal time: as much of it as the widest terminal shows.

use std::collections::VecDeque;
use std::time::Duration;

/// The columns that are kept.
const COLUMNS_MAX: usize = 600;

/// One column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Column {
    /// The longest the queue was; none when nobody knows.
    pub(crate) length: Option<u64>,
    /// The fastest gear.
    pub(crate) gear: usize,
    pub(crate) puts: u64,
    pub(crate) gets: u64,
}

/// The columns up to now, the last of which is not over yet.
#[derive(Clone, Debug)]
pub(crate) struct History {
    column: Duration,
    /// The number of the last column, counted from the start.
    last: u128,
    columns: VecDeque<Column>,
    /// How it stands now, which is how the next column begins.
    now: Column,
}

impl History {
    /// Nothing yet, in columns of this time, which is not zero.
    pub(crate) fn new(column: Duration) -> Self {
        Self {
            column,
            last: 0,
            columns: VecDeque::from([Column::default()]),
            now: Column::default(),
        }
    }

    /// The time of one column.
    pub(crate) fn column(&self) -> Duration {
        self.column
    }

    /// Goes on to this time from the start.
    pub(crate) fn advance(&mut self, to: Duration) {
        let number = to.as_nanos() / self.column.as_nanos().max(1);
        let new = number.saturating_sub(self.last);
        self.last = self.last.max(number);
        for _ in 0..new.min(COLUMNS_MAX as u128) {
            if self.columns.len() == COLUMNS_MAX {
                self.columns.pop_front();
            }
            self.columns.push_back(self.now);
        }
    }

    /// From now on so many wait, in this gear.
    pub(crate) fn set(&mut self, length: u64, gear: usize) {
        self.now = Column { length: Some(length), gear, ..Column::default() };
        let column = self.open();
        column.length = column.length.max(Some(length));
        column.gear = column.gear.max(gear);
    }

    /// From now on nobody knows.
    pub(crate) fn lose(&mut self) {
        self.now = Column::default();
    }

    /// So many came and went just now.
    pub(crate) fn count(&mut self, puts: u64, gets: u64) {
        let column = self.open();
        column.puts += puts;
        column.gets += gets;
    }

    /// The last columns, oldest first, no more than `count`.
    pub(crate) fn latest(&self, count: usize) -> impl ExactSizeIterator<Item = &Column> {
        self.columns.range(self.columns.len().saturating_sub(count)..)
    }

    /// Put and got per second, over the last columns that are over.
    pub(crate) fn rates(&self, columns: usize) -> (f64, f64) {
        let over = self.columns.len() - 1;
        let counted = over.min(columns);
        let (mut puts, mut gets) = (0, 0);
        for column in self.columns.range(over - counted..over) {
            puts += column.puts;
            gets += column.gets;
        }
        let seconds = self.column.as_secs_f64() * f64::from(u32::try_from(counted).unwrap_or(0));
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let per_second = |count: u64| if counted == 0 { 0.0 } else { count as f64 / seconds };
        (per_second(puts), per_second(gets))
    }

    fn open(&mut self) -> &mut Column {
        self.columns.back_mut().expect("one column is open from the start on")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_column_shows_the_longest_and_the_next_begins_as_it_ended() {
        let mut history = History::new(s(1));
        history.set(3, 0);
        history.set(7, 1);
        history.set(2, 1);
        history.advance(s(2));
        let lengths: Vec<_> = history.latest(9).map(|column| column.length).collect();
        assert_eq!(lengths, [Some(7), Some(2), Some(2)]);
        assert!(history.latest(9).all(|column| column.gear == 1));
    }

    #[test]
    fn what_is_not_known_is_no_length_of_zero() {
        let mut history = History::new(s(1));
        history.set(3, 0);
        history.lose();
        history.advance(s(1));
        assert_eq!(history.latest(1).next().and_then(|column| column.length), None);
    }

    #[test]
    fn rates_are_those_of_the_columns_that_are_over() {
        let mut history = History::new(s(2));
        assert_eq!(history.rates(10), (0.0, 0.0));
        history.count(4, 2);
        history.advance(s(2));
        history.count(100, 100);
        assert_eq!(history.rates(10), (2.0, 1.0));
    }

    #[test]
    fn a_long_absence_costs_no_more_than_the_columns_that_are_kept() {
        let mut history = History::new(s(1));
        history.set(5, 0);
        history.advance(Duration::MAX);
        assert_eq!(history.latest(usize::MAX).len(), COLUMNS_MAX);
        history.advance(s(3));
        assert_eq!(history.latest(usize::MAX).len(), COLUMNS_MAX);
    }
}
