//! What requests and events are known by, for a window in time and count.
//!
//! Time is an argument: a group is as old as its first event.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::{Answer, AppendError, Event, Group, Key, Mark};

/// For how long keys are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkLimits {
    /// So many keys of requests and events together; the oldest are forgotten first. 0 remembers
    /// none.
    pub marks_max: u64,
    /// So long after the request came, in milliseconds.
    pub marks_keep_ms: u64,
}

impl Default for MarkLimits {
    /// 100,000 keys, for a day.
    fn default() -> Self {
        MarkLimits { marks_max: 100_000, marks_keep_ms: 24 * 60 * 60 * 1000 }
    }
}

/// A key that is remembered, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remembered {
    Request(Mark),
    Event(Key),
}

/// What is remembered.
#[derive(Debug)]
pub(crate) struct Marks {
    limits: MarkLimits,
    requests: HashMap<Key, (i64, Mark)>,
    events: HashMap<Key, i64>,
    /// All of them, the oldest first.
    order: VecDeque<(i64, Remembered)>,
}

/// What has been decided and is not on disk yet: remembered if it gets there.
#[derive(Debug, Default)]
pub(crate) struct NewMarks {
    requests: HashMap<Key, Mark>,
    events: HashSet<Key>,
    order: Vec<(i64, Remembered)>,
}

/// What is to become of a group.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sifted {
    /// Its events are new, but for those at these places.
    Fresh {
        repeats: Vec<usize>,
    },
    Repeated(Answer),
}

impl Marks {
    pub(crate) fn new(limits: MarkLimits) -> Self {
        Marks { limits, requests: HashMap::new(), events: HashMap::new(), order: VecDeque::new() }
    }

    /// What the request was answered, if it is remembered.
    ///
    /// # Errors
    /// [`AppendError::KeyReused`] if it was another request.
    pub(crate) fn answer(
        &self,
        mark: Option<&Mark>,
        now_ms: i64,
    ) -> Result<Option<Answer>, AppendError> {
        let Some(mark) = mark else { return Ok(None) };
        match self.requests.get(&mark.key) {
            Some((at_ms, first)) if self.is_in_time(*at_ms, now_ms) => same(first, mark).map(Some),
            _ => Ok(None),
        }
    }

    /// Decides what is to become of a group, and adds what is to be remembered of it to `new`.
    ///
    /// # Errors
    /// [`AppendError::KeyReused`].
    pub(crate) fn sift(&self, group: &Group, new: &mut NewMarks) -> Result<Sifted, AppendError> {
        let mark = group.mark.as_ref();
        let now_ms = group.events.first().map_or(0, |event| event.received_at_ms);
        if let Some(answer) = self.answer(mark, now_ms)? {
            return Ok(Sifted::Repeated(answer));
        }
        if let Some(mark) = mark {
            if let Some(first) = new.requests.get(&mark.key) {
                return same(first, mark).map(Sifted::Repeated);
            }
            new.requests.insert(mark.key, *mark);
            new.order.push((now_ms, Remembered::Request(*mark)));
        }
        if group.events.iter().all(|event| event.key.is_none()) {
            return Ok(Sifted::Fresh { repeats: Vec::new() });
        }
        let events = group.events.iter().enumerate();
        let repeats = events.filter(|(_, event)| !self.is_new(event, now_ms, new));
        Ok(Sifted::Fresh { repeats: repeats.map(|(place, _)| place).collect() })
    }

    fn is_new(&self, event: &Event, now_ms: i64, new: &mut NewMarks) -> bool {
        let Some(key) = event.key else { return true };
        let known = self.events.get(&key).is_some_and(|at_ms| self.is_in_time(*at_ms, now_ms));
        if known || !new.events.insert(key) {
            return false;
        }
        new.order.push((now_ms, Remembered::Event(key)));
        true
    }

    fn is_in_time(&self, at_ms: i64, now_ms: i64) -> bool {
        // A clock that was set back makes nothing older.
        now_ms.saturating_sub(at_ms) <= i64::try_from(self.limits.marks_keep_ms).unwrap_or(i64::MAX)
    }

    /// Remembers, and forgets what is too old or too many.
    pub(crate) fn remember(&mut self, new: impl IntoIterator<Item = (i64, Remembered)>) {
        for (at_ms, remembered) in new {
            match remembered {
                Remembered::Request(mark) => {
                    self.requests.insert(mark.key, (at_ms, mark));
                }
                Remembered::Event(key) => {
                    self.events.insert(key, at_ms);
                }
            }
            self.order.push_back((at_ms, remembered));
            self.forget(at_ms);
        }
    }

    fn forget(&mut self, now_ms: i64) {
        while let Some((at_ms, oldest)) = self.order.front().copied()
            && (self.order.len() as u64 > self.limits.marks_max || !self.is_in_time(at_ms, now_ms))
        {
            self.order.pop_front();
            // It may have been remembered anew since.
            match oldest {
                Remembered::Request(mark)
                    if self.requests.get(&mark.key).is_some_and(|(its, _)| *its == at_ms) =>
                {
                    self.requests.remove(&mark.key);
                }
                Remembered::Event(key) if self.events.get(&key) == Some(&at_ms) => {
                    self.events.remove(&key);
                }
                _ => {}
            }
        }
    }

    /// Everything that is remembered, the oldest first.
    pub(crate) fn all(&self) -> impl ExactSizeIterator<Item = &(i64, Remembered)> {
        self.order.iter()
    }
}

impl NewMarks {
    pub(crate) fn into_inner(self) -> Vec<(i64, Remembered)> {
        self.order
    }
}

/// Leaves the events at these places out, which are in order.
pub(crate) fn leave_out(events: &mut Vec<Event>, places: &[usize]) {
    let (mut place, mut left) = (0, places);
    events.retain(|_| {
        let is_out = left.first() == Some(&place);
        left = &left[usize::from(is_out)..];
        place += 1;
        !is_out
    });
}

fn same(first: &Mark, again: &Mark) -> Result<Answer, AppendError> {
    match first.fingerprint == again.fingerprint {
        true => Ok(first.answer),
        false => Err(AppendError::KeyReused),
    }
}
