//! What one route has of a sink.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::Table;
use crate::arrivals::Arrivals;
use crate::columns::Mapping;
use crate::tallies::Tallies;
use crate::traces::Traces;

/// What one route has of a sink: its name, its table with its columns, what was put back of its
/// dead letters, who waits for its rows, and what is counted on the way there.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) route: Arc<str>,
    pub(crate) table: Table,
    /// The columns, where they are not the usual ones.
    pub(crate) mapping: Option<Arc<Mapping>>,
    pub(crate) requeued: Arc<Watermark>,
    pub(crate) arrivals: Arc<Arrivals>,
    pub(crate) tallies: Arc<Tallies>,
    pub(crate) traces: Traces,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            route: crate::DEFAULT_ROUTE.into(),
            table: Table::default(),
            mapping: None,
            requeued: Arc::default(),
            arrivals: Arc::default(),
            tallies: Arc::default(),
            traces: Traces::default(),
        }
    }
}

/// The newest event that this process has put back from `dead_letters` into a backlog.
///
/// A row there is deleted by whoever writes its event, which takes a look at every id of a batch.
/// Ids rise with time, so a batch whose ids are all newer than this one needs no look.
#[derive(Debug, Default)]
pub(crate) struct Watermark {
    /// Unix milliseconds, as the ids have them; 0 while none was put back.
    unix_ms: AtomicU64,
}

impl Watermark {
    /// Has to be called before the events are appended.
    pub(crate) fn raise(&self, ids: impl Iterator<Item = Uuid>) {
        let newest = ids.map(unix_ms).max().unwrap_or(0);
        // Ordering: Relaxed; the backlog's lock stands between this and whoever is handed the
        // events.
        self.unix_ms.fetch_max(newest, Ordering::Relaxed);
    }

    /// Whether some of these may have been put back.
    pub(crate) fn may_cover(&self, ids: impl Iterator<Item = Uuid>) -> bool {
        // Ordering: see `raise`.
        let newest = self.unix_ms.load(Ordering::Relaxed);
        newest > 0 && ids.map(unix_ms).any(|unix_ms| unix_ms <= newest)
    }
}

/// The first 48 bits. An id that is no UUIDv7, which only a person can have written, counts as
/// older than everything.
fn unix_ms(id: Uuid) -> u64 {
    match id.get_version_num() {
        7 => u64::try_from(id.as_u128() >> 80).expect("48 bits are left"),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(unix_ms: u64) -> Uuid {
        uuid::Builder::from_unix_timestamp_millis(unix_ms, &[3; 10]).into_uuid()
    }

    #[test]
    fn what_is_not_newer_than_what_was_put_back_is_looked_at() {
        let mark = Watermark::default();
        assert!(!mark.may_cover([id(5)].into_iter()));
        mark.raise([id(7), id(5)].into_iter());
        mark.raise([id(6)].into_iter());
        assert!(mark.may_cover([id(7)].into_iter()));
        assert!(mark.may_cover([id(9), id(3)].into_iter()));
        assert!(!mark.may_cover([id(8), id(9)].into_iter()));
        assert!(mark.may_cover([Uuid::from_u128(1)].into_iter()));
    }
}
