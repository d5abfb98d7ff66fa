//! Group commit: one thread that writes, and whoever comes while the disk works goes next.
//!
//! There is no timer: the sync under way is the time in which the next group gathers. Nobody
//! holds a lock while the disk works.

use std::sync::Arc;

use forebay::{Producer, Queue};

use super::Shared;
use super::record;
use super::store::{Promise, Row, Store, StoreError};
use crate::event::size_of;
use crate::{AppendError, Event};

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
    pub(super) events: Vec<Event>,
    pub(super) receipt: Producer<Result<(), AppendError>>,
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
                bytes += append.events.iter().map(record::written_bytes).sum::<usize>();
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
        let rows = self.rows_of(group);
        let promise = if rows.is_empty() { Promise::Sometime } else { Promise::OnDisk };
        match self.store.commit(&rows, &finished, promise) {
            Ok(()) => self.acknowledge(group, &rows),
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

    fn broken(&self) -> AppendError {
        let books = self.shared.books();
        AppendError::Broken { why: books.fault().unwrap_or_default().into() }
    }

    /// The rows that hold the events of a group, in order. No append is in two rows.
    fn rows_of(&self, group: &[Append]) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for append in group {
            let (events, bytes) = size_of(&append.events);
            let is_new = rows.last().is_none_or(|row| row.blob.len() >= ROW_BYTES_MAX);
            if is_new {
                let row = self.next_row + rows.len() as i64;
                rows.push(Row { row, events: 0, bytes: 0, blob: Vec::new() });
            }
            if let Some(row) = rows.last_mut() {
                row.events += events;
                row.bytes += bytes;
                append.events.iter().for_each(|event| record::write(event, &mut row.blob));
            }
        }
        rows
    }

    /// Says that it is on disk, and hands on what fits into the window.
    fn acknowledge(&mut self, group: &mut Vec<Append>, rows: &[Row]) {
        self.next_row += rows.len() as i64;
        let (mut events, mut receipts) = (Vec::new(), Vec::new());
        for append in group.drain(..) {
            events.extend(append.events);
            receipts.push(append.receipt);
        }
        let mut events = events.into_iter();
        let mut books = self.shared.books();
        for row in rows {
            let its: Vec<Event> = events.by_ref().take(row.events as usize).collect();
            let at_ms = its.first().map_or(0, |event| event.received_at_ms);
            if books.commit(row.row, (row.events, row.bytes), at_ms) {
                self.shared.show(row.row, its);
            }
        }
        drop(books);
        for receipt in receipts {
            // Whoever asked may not wait any more.
            let _ = receipt.try_put(Ok(()));
        }
        self.shared.wake_reader();
    }

    fn refuse(&self, group: &mut Vec<Append>, why: &AppendError) {
        for append in group.drain(..) {
            self.shared.books().refuse(size_of(&append.events));
            let _ = append.receipt.try_put(Err(why.clone()));
        }
    }
}
