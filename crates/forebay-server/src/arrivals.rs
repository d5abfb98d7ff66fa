//! Who waits for events to be in the sink: requests of routes that answer no sooner.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use uuid::Uuid;

/// Where an event ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It is a row.
    Row,
    /// It is in dead letters.
    Dead,
    /// It is one of the two; which one is not known here.
    Either,
    /// It came before, under another id.
    Elsewhere,
}

/// How the events of one request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ends {
    pub(crate) rows: u64,
    pub(crate) dead: u64,
    pub(crate) either: u64,
}

/// The requests of one route that wait, by the events they wait for.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    waits: Mutex<HashMap<Uuid, Arc<Mutex<Wait>>>>,
    /// As many as there are in the map: a writer looks here first.
    count: AtomicUsize,
}

#[derive(Debug)]
struct Wait {
    left: u64,
    ends: Ends,
    told: Option<oneshot::Sender<Ends>>,
}

/// A request that waits. Dropping it forgets it.
#[derive(Debug)]
pub(crate) struct Waiting {
    arrivals: Arc<Arrivals>,
    ids: Vec<Uuid>,
    ends: oneshot::Receiver<Ends>,
}

impl Arrivals {
    /// Waits for these events from now on; to be called before they are appended.
    pub(crate) fn expect(self: &Arc<Self>, ids: Vec<Uuid>) -> Waiting {
        let (told, ends) = oneshot::channel();
        let wait = Wait { left: ids.len() as u64, ends: Ends::default(), told: Some(told) };
        let wait = Arc::new(Mutex::new(wait));
        let mut waits = self.waits();
        waits.extend(ids.iter().map(|id| (*id, Arc::clone(&wait))));
        self.note(&waits);
        drop(waits);
        Waiting { arrivals: Arc::clone(self), ids, ends }
    }

    /// Tells who waits for them that these events are where they end.
    pub(crate) fn arrived(&self, ids: impl Iterator<Item = Uuid>, end: End) {
        // Ordering: whoever waits noted it before the events went into the backlog, whose lock
        // stands between that and this.
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut waits = self.waits();
        let mut done = Vec::new();
        for id in ids {
            let Some(wait) = waits.remove(&id) else { continue };
            let mut wait = wait.lock().unwrap_or_else(PoisonError::into_inner);
            match end {
                End::Row => wait.ends.rows += 1,
                End::Dead => wait.ends.dead += 1,
                End::Either => wait.ends.either += 1,
                End::Elsewhere => (),
            }
            wait.left -= 1;
            if wait.left == 0 {
                done.extend(wait.told.take().map(|told| (told, wait.ends)));
            }
        }
        self.note(&waits);
        drop(waits);
        for (told, ends) in done {
            // Nobody may be there any more.
            let _ = told.send(ends);
        }
    }

    fn note(&self, waits: &HashMap<Uuid, Arc<Mutex<Wait>>>) {
        // Ordering: see `arrived`.
        self.count.store(waits.len(), Ordering::Relaxed);
    }

    fn waits(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Mutex<Wait>>>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Waits no longer for those at these places; nothing is left if these are all of them.
    pub(crate) fn but_for(self, places: &[usize]) -> Option<Self> {
        if places.len() == self.ids.len() {
            return None;
        }
        // None of them arrives, so others are left that do, and tell when they have.
        let gone = places.iter().filter_map(|&place| self.ids.get(place));
        self.arrivals.arrived(gone.copied(), End::Elsewhere);
        Some(self)
    }

    /// Waits until all of them are where they end.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing; it can be called again.
    pub(crate) async fn ends(&mut self) -> Ends {
        match (&mut self.ends).await {
            Ok(ends) => ends,
            // Cannot be while `self` holds the registry that holds the other side.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waits = self.arrivals.waits();
        for id in &self.ids {
            waits.remove(id);
        }
        self.arrivals.note(&waits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: std::ops::Range<u128>) -> Vec<Uuid> {
        numbers.map(Uuid::from_u128).collect()
    }

    #[tokio::test]
    async fn whoever_waits_is_told_when_the_last_of_its_events_has_ended() {
        let arrivals = Arc::new(Arrivals::default());
        let mut one = arrivals.expect(ids(0..3));
        let mut other = arrivals.expect(ids(3..5));
        arrivals.arrived(ids(1..4).into_iter(), End::Row);
        arrivals.arrived(ids(9..12).into_iter(), End::Row);
        arrivals.arrived(ids(0..1).into_iter(), End::Dead);
        assert_eq!(one.ends().await, Ends { rows: 2, dead: 1, either: 0 });
        arrivals.arrived(ids(4..5).into_iter(), End::Either);
        assert_eq!(other.ends().await, Ends { rows: 1, dead: 0, either: 1 });
    }

    #[test]
    fn whoever_goes_is_forgotten() {
        let arrivals = Arc::new(Arrivals::default());
        drop(arrivals.expect(ids(0..1_000)));
        assert_eq!(arrivals.count.load(Ordering::Relaxed), 0);
        assert!(arrivals.waits().is_empty());
        arrivals.arrived(ids(0..1_000).into_iter(), End::Row);
    }
}
