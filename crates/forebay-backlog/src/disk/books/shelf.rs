//! Events that are somewhere else by now, and kept here until that is for sure.

use std::collections::BTreeMap;

use super::{Books, News, Shown};
use crate::disk::holdings::Holdings;
use crate::disk::payload::Span;

/// What is out, and nobody has in memory any more, by the shelf that it lies on.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    shelves: BTreeMap<u64, Vec<Span>>,
    events: u64,
    bytes: u64,
}

impl Shelves {
    fn put(&mut self, shelf: u64, span: Span, holdings: &Holdings) {
        (self.events, self.bytes) = (self.events + count(&span), self.bytes + span.bytes);
        let spans = self.shelves.entry(shelf).or_default();
        match spans.last_mut() {
            Some(last)
                if last.last + 1 == span.first && span.first <= holdings.run_end(last.last) =>
            {
                (last.last, last.bytes) = (span.last, last.bytes + span.bytes);
            }
            _ => spans.push(span),
        }
    }

    fn clear(&mut self, shelf: u64) -> Vec<Span> {
        let spans = self.shelves.remove(&shelf).unwrap_or_default();
        for span in &spans {
            (self.events, self.bytes) = (self.events - count(span), self.bytes - span.bytes);
        }
        spans
    }
}

fn count(span: &Span) -> u64 {
    span.last - span.first + 1
}

impl Books {
    /// A delivery is not held any more, nor finished.
    pub(in crate::disk) fn shelve(&mut self, number: u64, shelf: u64) {
        let Some(out) = self.out.remove(&number) else { return };
        for span in out.spans {
            self.shelves.put(shelf, span, &self.holdings);
        }
    }

    /// All that lies on a shelf is finished.
    pub(in crate::disk) fn finish_shelf(&mut self, shelf: u64) {
        for span in self.shelves.clear(shelf) {
            self.delivered += count(&span);
            self.in_flight -= count(&span);
            self.end(span);
        }
    }

    /// Events and bytes on all shelves.
    pub(in crate::disk) fn shelved(&self) -> (u64, u64) {
        (self.shelves.events, self.shelves.bytes)
    }

    /// Everything that is not finished is to come again, from disk, in order.
    pub(in crate::disk) fn rewind(&mut self) {
        self.rewinds += 1;
        self.shelves = Shelves::default();
        self.out.clear();
        self.in_flight = 0;
        self.taken = self.delivered + self.dead + self.dropped;
        self.window.clear();
        self.window_bytes = 0;
        self.news.iter_mut().for_each(News::show_nothing);
        self.resume = None;
        self.found = self.next_seq;
        self.next_shown = 0;
        self.skip_what_is_not_there();
    }
}

impl News {
    fn show_nothing(&mut self) {
        self.shown = Shown::Nothing { _appends: Vec::new() };
    }
}
