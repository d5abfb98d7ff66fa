//! The newest events, as far as everybody may see them.

use std::collections::VecDeque;

use forebay_backlog::Event;
use serde::Serialize;

use super::redact::redact;
use super::scene::Bodies;

/// So many are kept.
const KEPT: usize = 40;

/// A body longer than this is not even looked into.
const LOOKED_INTO_BYTES_MAX: usize = 16 * 1024;

/// What is shown of an event.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Noted {
    id: String,
    received_at_ms: i64,
    route: String,
    bytes: usize,
    /// How many came in the same request.
    of: usize,
    shown: String,
}

impl Noted {
    pub(super) fn new(route: &str, event: &Event, of: usize, bodies: Bodies) -> Self {
        let shown = match bodies {
            _ if event.body.len() > LOOKED_INTO_BYTES_MAX => "…".to_owned(),
            Bodies::Shown => String::from_utf8_lossy(&event.body).into_owned(),
            Bodies::Hidden | Bodies::Unseen => redact(&event.body),
        };
        Self {
            id: event.id.to_string(),
            received_at_ms: event.received_at_ms,
            route: route.to_owned(),
            bytes: event.body.len(),
            of,
            shown,
        }
    }
}

/// The newest ones.
#[derive(Debug, Default)]
pub(super) struct Recent {
    kept: VecDeque<Noted>,
    /// How many of those no tick has told yet.
    untold: usize,
}

impl Recent {
    pub(super) fn push(&mut self, noted: Noted) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(noted);
        self.untold = (self.untold + 1).min(KEPT);
    }

    /// All of them, the oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Noted> {
        self.kept.iter()
    }

    /// Those that nobody was told of yet.
    pub(super) fn news(&mut self) -> impl Iterator<Item = &Noted> {
        let told = self.kept.len() - std::mem::take(&mut self.untold).min(self.kept.len());
        self.kept.range(told..)
    }
}
