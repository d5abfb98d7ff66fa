//! Finds the rows of a batch that the database refuses, where it cannot leave them out by itself.
//!
//! Pure: it says which part to write next and is told how that went. One bad row in `n` costs at
//! most `2 log₂ n` further writes, or two where the database says which row it was. A row is
//! only given up after it was refused alone, or named.

use std::ops::Range;

use crate::sink::SinkError;

/// A row that was refused alone, counted from the start of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) row: usize,
    pub(super) reason: String,
    /// How many writes it was part of.
    pub(super) attempts: u32,
}

/// A part of the batch that is neither in the database nor given up.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    rows: Range<usize>,
    attempts: u32,
    /// The rest of the part it was cut from has landed: here must be what was refused.
    is_suspect: bool,
}

/// The search through one batch.
#[derive(Debug)]
pub(super) struct Bisect {
    /// Never empty parts; the next one is at the end, so that rows land in their order.
    parts: Vec<Part>,
    refused: Vec<Refused>,
}

impl Bisect {
    /// Starts with the whole batch untried.
    pub(super) fn new(rows: usize) -> Self {
        let mut bisect = Self { parts: Vec::new(), refused: Vec::new() };
        bisect.push(0..rows, 0, false);
        bisect
    }

    /// The rows to write next; `None` when every row has landed or was refused alone.
    pub(super) fn next(&mut self) -> Option<Range<usize>> {
        while let Some(part) = self.parts.pop_if(|part| part.is_suspect && part.rows.len() > 1) {
            self.halve(part);
        }
        self.parts.last().map(|part| part.rows.clone())
    }

    /// The rows of the last [`next`](Self::next) are in the database.
    pub(super) fn landed(&mut self) {
        let landed = self.parts.pop();
        // Halves are neighbors: the part below is the other half if it was cut with this one.
        if let (Some(landed), Some(other)) = (landed, self.parts.last_mut())
            && landed.attempts > 0
            && landed.rows.end == other.rows.start
            && landed.attempts == other.attempts
        {
            other.is_suspect = true;
        }
    }

    /// The rows of the last [`next`](Self::next) were refused.
    pub(super) fn refused(&mut self, error: &SinkError) {
        let Some(mut part) = self.parts.pop() else { return };
        part.attempts += 1;
        let rows = part.rows.clone();
        let row = if rows.len() == 1 { Some(0) } else { error.row.filter(|&row| row < rows.len()) };
        match row {
            Some(row) => {
                let bad = rows.start + row;
                self.push(bad + 1..rows.end, part.attempts, false);
                self.push(rows.start..bad, part.attempts, false);
                let reason = error.for_the_record();
                self.refused.push(Refused { row: bad, reason, attempts: part.attempts });
            }
            None => self.halve(part),
        }
    }

    /// What was refused alone, in the order of the rows.
    pub(super) fn into_refused(mut self) -> Vec<Refused> {
        self.refused.sort_by_key(|refused| refused.row);
        self.refused
    }

    fn halve(&mut self, part: Part) {
        let middle = part.rows.start + part.rows.len() / 2;
        self.push(middle..part.rows.end, part.attempts, false);
        self.push(part.rows.start..middle, part.attempts, false);
    }

    fn push(&mut self, rows: Range<usize>, attempts: u32, is_suspect: bool) {
        if !rows.is_empty() {
            self.parts.push(Part { rows, attempts, is_suspect });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::Class;

    /// A database that refuses some rows, and says which if it `names` them.
    struct Database {
        bad: Vec<usize>,
        names: bool,
    }

    impl Database {
        /// Runs a search to its end; returns what landed, what was refused, and the writes.
        fn search(&self, rows: usize) -> (Vec<usize>, Vec<Refused>, u32) {
            let (mut bisect, mut landed, mut writes) = (Bisect::new(rows), Vec::new(), 0);
            while let Some(part) = bisect.next() {
                writes += 1;
                match self.bad.iter().find(|row| part.contains(row)) {
                    Some(row) => {
                        let mut error = SinkError::new(Class::Refused, "bad");
                        error.row = self.names.then_some(row - part.start);
                        bisect.refused(&error);
                    }
                    None => {
                        landed.extend(part);
                        bisect.landed();
                    }
                }
            }
            (landed, bisect.into_refused(), writes)
        }
    }

    #[test]
    fn every_set_of_bad_rows_in_a_small_batch_is_found_and_the_others_land_in_order() {
        for rows in 0..=9_usize {
            for set in 0..1_u32 << rows {
                for names in [false, true] {
                    let bad: Vec<usize> = (0..rows).filter(|row| set >> row & 1 == 1).collect();
                    let (landed, refused, _) = Database { bad: bad.clone(), names }.search(rows);
                    let good: Vec<usize> = (0..rows).filter(|row| !bad.contains(row)).collect();
                    assert_eq!(landed, good, "{rows} rows, {bad:?} bad");
                    let found: Vec<usize> = refused.iter().map(|refused| refused.row).collect();
                    assert_eq!(found, bad, "{rows} rows");
                }
            }
        }
    }

    #[test]
    fn one_bad_row_costs_two_writes_a_halving_at_most() {
        for rows in [1, 2, 3, 100, 1_000, 5_000] {
            let halvings = usize::BITS - (rows - 1_usize).leading_zeros();
            for bad in 0..rows {
                let (_, refused, writes) = Database { bad: vec![bad], names: false }.search(rows);
                assert!(writes <= 2 * halvings + 1, "{writes} writes, row {bad} of {rows}");
                assert!(refused[0].attempts <= halvings + 1);
            }
        }
    }

    #[test]
    fn a_row_that_is_named_costs_two_more_writes() {
        for bad in 0..100 {
            let (_, refused, writes) = Database { bad: vec![bad], names: true }.search(100);
            assert!(writes <= 3, "{writes} writes, row {bad}");
            assert_eq!(refused[0].attempts, 1);
        }
    }

    #[test]
    fn a_batch_without_bad_rows_is_one_write() {
        assert_eq!(Database { bad: vec![], names: false }.search(5_000).2, 1);
    }
}
