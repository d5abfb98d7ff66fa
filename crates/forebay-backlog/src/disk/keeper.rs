//! Keeps the folder in order, out of the writer's way: makes the next segment before it is needed, and
//! removes those that are not needed any more.

use std::sync::Arc;

use super::Shared;
use super::aside;
use super::log::Spare;
use super::mover;
use super::newest;
use super::recover::Place;
use super::scan::Scanner;
use super::segment::{self, Id, NEW, RECORDS_AT, done_name, log_name, new_name, salt};
use super::volume::{Volume, is_full};

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
}

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
        Keeper { shared, volume, id, done, passed: None, damaged, unreadable, newest: 0 }
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
        match segment::prepare(&*self.volume, &self.id, number, bytes) {
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
