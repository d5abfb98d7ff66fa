//! What is to be told: answers to those who appended, and events for the window.

use super::{Books, Numbered};
use crate::Event;
use crate::disk::gathering::Append;
use crate::receipt::{Outcome, Promise};

/// What became of a batch, or what was read back.
#[derive(Debug)]
pub(in crate::disk) struct News {
    /// For the window.
    pub(in crate::disk) shown: Shown,
    pub(in crate::disk) reply: Option<Reply>,
}

/// What goes to the window.
#[derive(Debug)]
pub(in crate::disk) enum Shown {
    /// The events of groups that were written just now, the first with this number.
    Written { first: u64, appends: Vec<Append> },
    /// Events that were read back.
    Read(Numbered),
    /// None: what is left of these groups is on disk alone, or nowhere.
    Nothing { _appends: Vec<Append> },
}

/// An answer to all who went to disk together.
#[derive(Debug)]
pub(in crate::disk) struct Reply {
    pub(in crate::disk) promise: Promise,
    pub(in crate::disk) outcome: Outcome,
    /// Who is answered something else, in order.
    pub(in crate::disk) apart: Vec<(usize, Outcome)>,
}

impl News {
    pub(super) fn of_read(events: Numbered) -> Self {
        News { shown: Shown::Read(events), reply: None }
    }
}

impl Shown {
    /// The events themselves.
    pub(in crate::disk) fn into_events(self) -> Numbered {
        match self {
            Shown::Written { first, appends } => {
                let events = appends.into_iter().flat_map(|append| append.group.events);
                (first..).zip(events).collect::<Vec<(u64, Event)>>()
            }
            Shown::Read(events) => events,
            Shown::Nothing { .. } => Vec::new(),
        }
    }
}

impl Reply {
    pub(in crate::disk) fn give(self) {
        self.promise.keep(self.outcome, self.apart);
    }
}

impl Books {
    /// Something is to be told, after all that is to be told already.
    pub(in crate::disk) fn note(&mut self, news: News) {
        self.news.push_back(news);
    }

    /// All that is to be told.
    pub(in crate::disk) fn take_news(&mut self) -> impl Iterator<Item = News> + use<> {
        std::mem::take(&mut self.news).into_iter()
    }

    pub(in crate::disk) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// Nothing new comes from the writer any more.
    pub(in crate::disk) fn end_writing(&mut self) {
        self.is_written = true;
    }
}
