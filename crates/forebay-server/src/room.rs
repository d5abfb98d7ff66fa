//! A backlog whose disk is full is told: once in the log when events are refused for it, and once when they
//! are taken again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use forebay_backlog::{AppendError, Appended};
use tokio::time::Instant;
use tracing::{info, warn};

/// On a disk that is almost full small requests are taken and larger ones are not: the log says that there
/// is room again when none was refused for so long.
const CALM: Duration = Duration::from_secs(2);

/// Whether the disk of a backlog has room, as far as requests have found out.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Whether `refused_at` is to be looked at.
    is_full: AtomicBool,
    /// When it last had none, as long as the log says so.
    refused_at: Mutex<Option<Instant>>,
}

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Full,
    TakesAgain,
}

impl Room {
    /// Takes note of what became of a group. Costs one look at a flag while there is room.
    pub(crate) fn note(&self, route: &str, outcome: &Result<Appended, AppendError>, now: Instant) {
        match self.news(outcome, now) {
            Some(News::Full) => warn!(
                route,
                "the disk of the backlog is full: events are refused (503) until there is room; what was taken in is kept and delivered"
            ),
            Some(News::TakesAgain) => {
                info!(route, "the disk of the backlog has room again: events are taken")
            }
            None => {}
        }
    }

    fn news(&self, outcome: &Result<Appended, AppendError>, now: Instant) -> Option<News> {
        let is_refused = matches!(outcome, Err(AppendError::NoSpace));
        // Ordering: Relaxed; it says only whether to look, and the lock has what is seen then.
        if !is_refused && (outcome.is_err() || !self.is_full.load(Ordering::Relaxed)) {
            return None;
        }
        let mut refused_at = self.refused_at.lock().unwrap_or_else(PoisonError::into_inner);
        if is_refused {
            self.is_full.store(true, Ordering::Relaxed);
            return refused_at.replace(now).is_none().then_some(News::Full);
        }
        let is_calm = |at: &mut Instant| now.saturating_duration_since(*at) >= CALM;
        refused_at.take_if(is_calm)?;
        self.is_full.store(false, Ordering::Relaxed);
        Some(News::TakesAgain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    /// Requests were answered 503, and no line of the log said why or when it was over.
    #[test]
    fn a_full_disk_is_told_once_and_once_that_it_has_room_however_many_requests_there_are() {
        let (room, start) = (Room::default(), clock::now());
        let refused = || Err(AppendError::NoSpace);
        let taken = || Ok(Appended::WHOLE);
        let told = |outcome, ms| room.news(&outcome, start + Duration::from_millis(ms));
        assert_eq!(told(taken(), 0), None);
        assert_eq!(told(refused(), 1), Some(News::Full));
        assert_eq!(told(refused(), 2), None);
        // Small ones are taken all the while.
        assert_eq!([told(taken(), 3), told(refused(), 1_500), told(taken(), 3_000)], [None; 3]);
        assert_eq!(told(Err(AppendError::Closed), 10_000), None);
        assert_eq!(told(taken(), 10_000), Some(News::TakesAgain));
        assert_eq!(told(taken(), 10_001), None);
        assert_eq!(told(refused(), 20_000), Some(News::Full));
    }
}
