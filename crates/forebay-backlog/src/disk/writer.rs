//! Group commit: one thread that writes, and whoever comes while the disk works goes next.
//!
//! There is no timer: the sync under way is the time in which the next group gathers. Nobody
//! holds a lock while the disk works.

use std::sync::Arc;

use forebay::Queue;

use super::Shared;
use super::record;
use super::store::{Promise, Row, Store, StoreError};
use crate::event::size_of;
use crate::marks::{NewMarks, Sifted};
use crate::memory::keep;
use crate::receipt::{Outcome, Promise as Answers};
use crate::{AppendError, Appended, Event, Group};

/// A row is not made longer than this, if it can be helped: it is read as a whole.
const ROW_BYTES_MAX: usize = 1024 * 1024;

/// No more than so many bytes go into one transaction.
const GROUP_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What the writer is asked.
#[derive(Debug)]
pub(super) enum Order {
    /// To bring a group to disk, and to say so.
    Append(Append),
    /// To remove rows that are finished.
    Tidy,
}

#[derive(Debug)]
pub(super) struct Append {
    pub(super) group: Group,
    /// Events and bytes that were let in.
    pub(super) size: (u64, u64),
    pub(super) promise: Answers,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    orders: Queue<Order>,
    store: Store,
    next_row: i64,
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        orders: Queue<Order>,
        store: Store,
        next_row: i64,
    ) -> Self {
        Writer { shared, orders, store, next_row }
    }

    /// Writes until the last order was carried out and nobody can give another.
    pub(super) fn run(mut self) {
        let mut group = Vec::new();
        while let Some(first) = self.orders.get_blocking() {
            self.gather(first, &mut group);
            self.carry_out(&mut group);
        }
        let finished = self.shared.books().take_finished();
        // What is lost of it is delivered once more.
        let _ = self.store.commit(&[], &finished, Promise::OnDisk);
    }

    /// Everything that has come while the disk was at work.
    fn gather(&self, first: Order, group: &mut Vec<Append>) {
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(order) = next {
            if let Order::Append(append) = order {
                bytes += append.group.events.iter().map(record::written_bytes).sum::<usize>();
                group.push(append);
            }
            next = (bytes < GROUP_BYTES_MAX).then(|| self.orders.try_get().ok()).flatten();
        }
    }

    fn carry_out(&mut self, group: &mut Vec<Append>) {
        let (finished, is_broken) = {
            let mut books = self.shared.books();
            (books.take_finished(), books.fault().is_some())
        };
        if is_broken {
            // The file is not touched again.
            return self.refuse(group, &self.broken());
        }
        let (answers, new) = self.sift(group);
        let rows = self.rows_of(group);
        let promise = if rows.is_empty() { Promise::Sometime } else { Promise::OnDisk };
        match self.store.commit(&rows, &finished, promise) {
            Ok(()) => {
                self.shared.marks().remember(new.into_inner());
                self.acknowledge(group, &rows, answers);
            }
            Err(StoreError::NoSpace) => {
                self.shared.books().give_back_finished(finished);
                self.refuse(group, &AppendError::NoSpace);
            }
            Err(StoreError::Broken(why)) => {
                self.shared.books().fail(&why);
                self.refuse(group, &self.broken());
            }
        }
    }

    /// Leaves in each group what is new in it, and says what they are to be answered.
    fn sift(&self, group: &mut [Append]) -> (Vec<Outcome>, NewMarks) {
        let mut new = NewMarks::default();
        let marks = self.shared.marks();
        let answers = group.iter_mut().map(|append| {
            let sifted = marks.sift(&append.group, &mut new);
            let answer = match sifted {
                Ok(Sifted::Fresh { kept, repeats }) => {
                    keep(&mut append.group.events, kept);
                    return Ok(Appended::Taken { repeats });
                }
                Ok(Sifted::Repeated(answer)) => Ok(Appended::Repeated(answer)),
                Err(error) => Err(error),
            };
            append.group.events.clear();
            answer
        });
        (answers.collect(), new)
    }

    fn broken(&self) -> AppendError {
        let books = self.shared.books();
        AppendError::Broken { why: books.fault().unwrap_or_default().into() }
    }

    /// The rows that hold the events of a group, in order. No append is in two rows.
    fn rows_of(&self, group: &[Append]) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for append in group.iter().filter(|append| !append.group.events.is_empty()) {
            let (events, bytes) = size_of(&append.group.events);
            let is_new = rows.last().is_none_or(|row| row.blob.len() >= ROW_BYTES_MAX);
            if is_new {
                let row = self.next_row + rows.len() as i64;
                rows.push(Row { row, events: 0, bytes: 0, blob: Vec::new() });
            }
            if let Some(row) = rows.last_mut() {
                row.events += events;
                row.bytes += bytes;
                append.group.events.iter().for_each(|event| record::write(event, &mut row.blob));
            }
        }
        rows
    }

    /// Says that it is on disk, and hands on what fits into the window.
    fn acknowledge(&mut self, group: &mut Vec<Append>, rows: &[Row], answers: Vec<Outcome>) {
        self.next_row += rows.len() as i64;
        let mut books = self.shared.books();
        let (mut events, mut promises) = (Vec::new(), Vec::new());
        for append in group.drain(..) {
            let (count, bytes) = size_of(&append.group.events);
            books.refuse((append.size.0 - count, append.size.1 - bytes));
            events.extend(append.group.events);
            promises.push(append.promise);
        }
        let mut events = events.into_iter();
        for row in rows {
            let its: Vec<Event> = events.by_ref().take(row.events as usize).collect();
            let at_ms = its.first().map_or(0, |event| event.received_at_ms);
            if books.commit(row.row, (row.events, row.bytes), at_ms) {
                self.shared.show(row.row, its);
            }
        }
        drop(books);
        for (promise, answer) in promises.into_iter().zip(answers) {
            promise.keep(answer, Vec::new());
        }
        self.shared.wake_reader();
    }

    fn refuse(&self, group: &mut Vec<Append>, why: &AppendError) {
        for append in group.drain(..) {
            self.shared.books().refuse(append.size);
            append.promise.keep(Err(why.clone()), Vec::new());
        }
    }
}
