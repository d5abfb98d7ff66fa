//! Keeps the folder in order, out of the writer's way: makes the next segment before it is needed, and
//! removes those that are not needed any more.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::aside;
use super::log::Spare;
use super::mover;
use super::newest;
use super::recover::Place;
use super::scan::Scanner;
use super::segment::{self, Id, NEW, RECORDS_AT, done_name, log_name, new_name, salt};
use super::volume::{Volume, is_full};
use crate::clock;

/// Makes and removes segments.
#[derive(Debug)]
pub struct Keeper {
    shared: Arc<Shared>,
    volume: Arc<dyn Volume>,
    id: Id,
    /// Renamed, until a newer segment says that they are done.
    done: Vec<(u64, u64)>,
    /// The last segment that was not worth moving anything out of.
    passed: Option<(u64, u64)>,
    /// What was found damaged, and segments of which nothing can be read.
    damaged: Vec<Place>,
    unreadable: Vec<u64>,
    /// The last segment that was said to be the newest.
    newest: u64,
    /// At most, between two steps of making a segment.
    breath_max: Duration,
}

/// Enough for 128 MB/s, and leaves the disk to the writer most of the time.
const BREATH_MAX: Duration = Duration::from_millis(1);

/// A segment is to be there in a third of the time in which as much is written: the one before may be half as long.
const AHEAD: u64 = 3;

impl Keeper {
    pub(super) fn new(
        shared: Arc<Shared>,
        volume: Arc<dyn Volume>,
        id: Id,
        done: Vec<u64>,
        damaged: Vec<Place>,
        unreadable: Vec<u64>,
    ) -> Self {
        let done = done.into_iter().map(|number| (number, 0)).collect();
        let (passed, newest, breath_max) = (None, 0, Duration::ZERO);
        Keeper { shared, volume, id, done, passed, damaged, unreadable, newest, breath_max }
    }

    /// From now on makes segments little by little, as long as there is time for that.
    pub(super) fn go_gently(&mut self) {
        self.breath_max = BREATH_MAX;
    }

    /// Sets aside what was found damaged, and removes what was being made.
    pub fn open(&mut self) {
        let names = self.volume.list().unwrap_or_default();
        for name in names.iter().filter(|name| name.ends_with(NEW)) {
            let _ = self.volume.remove(name);
        }
        for place in self.damaged.drain(..) {
            // With no room for a copy, the damaged segment is still there until it is done.
            let _ = aside::copy(&*self.volume, place);
        }
        for number in self.unreadable.drain(..) {
            let _ = aside::set_aside(&*self.volume, number);
        }
    }

    /// Does one thing, if there is one to do. Whether there was.
    pub fn step(&mut self) -> bool {
        self.retire()
            || self.make_spare()
            || self.say_newest()
            || self.move_out()
            || self.remove_done()
    }

    /// Says what the next start has to know.
    pub fn finish(&mut self) {
        self.say_newest();
    }

    /// Says which segment is the newest, once.
    fn say_newest(&mut self) -> bool {
        let active = self.shared.books().active();
        if self.newest == active {
            return false;
        }
        self.newest = active;
        // With no room for it the one before is named still, which is not wrong.
        let _ = newest::write(&*self.volume, active);
        true
    }

    /// Renames segments that are done, so that they are so on disk whether or not there is room to
    /// write.
    fn retire(&mut self) -> bool {
        let (retired, active) = {
            let mut books = self.shared.books();
            (books.take_retired(), books.active())
        };
        if retired.is_empty() {
            return false;
        }
        for &number in &retired {
            // One that stays is found to be done at the next start.
            let _ = self.volume.rename(&log_name(number), &done_name(number));
            self.done.push((number, active));
        }
        let _ = self.volume.sync();
        for &number in &retired {
            self.give_back_space(number);
        }
        self.shared.note_room();
        true
    }

    fn give_back_space(&self, number: u64) {
        // The name says it all.
        let _ = self.volume.create(&done_name(number));
    }

    /// Removes what is done once a newer segment no longer names it.
    fn remove_done(&mut self) -> bool {
        let active = self.shared.books().active();
        let before = self.done.len();
        let volume = &self.volume;
        self.done.retain(|(number, since)| {
            let is_needed = *since >= active;
            if !is_needed {
                let _ = volume.remove(&done_name(*number));
            }
            is_needed
        });
        self.done.len() < before
    }

    fn make_spare(&self) -> bool {
        let Some((number, bytes)) = self.shared.wanted_spare() else { return false };
        let (began, written) = (clock::now(), self.shared.active_end());
        let goes_on = |filled| {
            let written = self.shared.active_end().saturating_sub(written);
            let breath = breath(filled, written, began.elapsed());
            self.shared.take_breath(breath.min(self.breath_max))
        };
        match segment::prepare(&*self.volume, &self.id, number, bytes, goes_on) {
            Ok(file) => self.put_spare(Spare { number, file }),
            // The writer does without, and says what is wrong if that goes wrong too.
            Err(error) if is_full(&error) => self.shared.put_off_spare(),
            Err(_) => self.shared.give_up_spare(),
        }
        true
    }

    fn put_spare(&self, spare: Spare) {
        let (volume, new) = (&self.volume, new_name(spare.number));
        // While the writer cannot begin one of that number.
        let is_put = self.shared.put_spare(spare, |number| {
            volume.rename(&new, &log_name(number)).and_then(|()| volume.sync()).is_ok()
        });
        if !is_put {
            let _ = volume.remove(&new);
        }
    }

    fn move_out(&mut self) -> bool {
        let Some((number, seqs, end)) = self.worth_moving() else { return false };
        self.passed = Some((number, seqs.len() as u64));
        let Ok(file) = self.volume.open(&log_name(number)) else { return true };
        let mut scanner = Scanner::new(file, salt(&self.id, number), RECORDS_AT, end);
        if let Ok(Some(moving)) = mover::read(number, &seqs, &mut scanner) {
            let mut books = self.shared.books();
            books.moving = Some(moving);
            self.shared.put_back(books);
        }
        true
    }

    fn worth_moving(&self) -> Option<(u64, Vec<u64>, u64)> {
        let books = self.shared.books();
        if books.moving.is_some() || books.fault().is_some() {
            return None;
        }
        let (number, seqs) =
            mover::worth_moving(&books.holdings, books.active(), books.next_shown())?;
        if self.passed == Some((number, seqs.len() as u64)) {
            return None;
        }
        let end = books.holdings.segments.get(&number)?.end;
        Some((number, seqs, end))
    }
}

/// How long to wait until the next step of a segment of which so much is `filled`, when so much was written since that
/// began.
fn breath(filled: u64, written: u64, since: Duration) -> Duration {
    let due = since.as_nanos() * u128::from(filled) / u128::from((AHEAD * written).max(1));
    Duration::from_nanos(u64::try_from(due).unwrap_or(u64::MAX)).saturating_sub(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_filled_three_times_as_fast_as_is_written() {
        let ms = Duration::from_millis;
        assert_eq!(breath(3000, 500, ms(10)), ms(10), "it is due after 20 ms");
        assert_eq!(breath(3000, 2000, ms(10)), Duration::ZERO, "it is late");
        assert!(breath(3000, 0, ms(1)) > BREATH_MAX, "nobody is in a hurry");
    }
}
