//! A backlog that does not move is told: once in the log, and for as long as it lasts in
//! `/status`, `/metrics` and `/readyz`. Damage that is met on the way is told in the log, too.
//!
//! Without events there is nothing to watch, and no timer: whoever appends wakes the watchdog up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forebay_backlog::{Backlog, Snapshot};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::clock;
use crate::consumer::ConsumerGauge;
use crate::valve::{Flow, Valve};

/// It looks so often within the time that a backlog may stand still.
const LOOKS: u32 = 4;

/// What is seen of a backlog, from one look to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sight {
    finished: u64,
    /// Since when `finished` is what it is, while something is unfinished.
    since: Instant,
}

/// What to do after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Nothing is unfinished: rest.
    Rest,
    /// Something is, and it moves, or has not stood still for long.
    Moves(Sight),
    /// It has stood still for too long.
    Stands(Sight),
    /// Somebody holds it up on purpose.
    Held,
}

fn look(
    before: Option<Sight>,
    backlog: &Snapshot,
    flow: Flow,
    now: Instant,
    after: Duration,
) -> Look {
    if flow == Flow::Paused {
        return Look::Held;
    }
    if backlog.waiting + backlog.in_flight == 0 {
        return Look::Rest;
    }
    let finished = backlog.delivered + backlog.dropped + backlog.dead;
    let sight = match before {
        Some(before) if before.finished == finished => before,
        _ => Sight { finished, since: now },
    };
    let stood = now.saturating_duration_since(sight.since);
    if stood >= after { Look::Stands(sight) } else { Look::Moves(sight) }
}

/// A backlog that is watched. Cloning makes another handle.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Whether somebody looks from time to time.
    is_awake: AtomicBool,
    bell: Notify,
    /// Since when it stands still, once that has been too long.
    stands_since: Mutex<Option<Instant>>,
    /// So much damage is in the log already.
    damaged_told: AtomicU64,
}

impl Watch {
    /// A watch over a backlog, of whose damage so much was told when it was opened.
    pub(crate) fn new(damaged_told: u64) -> Self {
        let shared = Shared {
            is_awake: AtomicBool::new(false),
            bell: Notify::new(),
            stands_since: Mutex::default(),
            damaged_told: AtomicU64::new(damaged_told),
        };
        Self { shared: Arc::new(shared) }
    }

    /// There may be events now. Costs one look at a flag while the watchdog is awake.
    pub(crate) fn look(&self) {
        // Ordering: Relaxed; whoever rests looks once more after it said so, and what was appended
        // is seen through the backlog's lock.
        if !self.shared.is_awake.load(Ordering::Relaxed) {
            self.shared.bell.notify_one();
        }
    }

    /// For how long the backlog has stood still, once that is too long.
    pub(crate) fn stalled_for(&self, now: Instant) -> Option<Duration> {
        self.stands_since().map(|since| now.saturating_duration_since(since))
    }

    /// Watches a backlog until what this returns is dropped.
    pub(crate) fn over(
        &self,
        route: Arc<str>,
        valve: Arc<Valve>,
        consumer: ConsumerGauge,
        after: Duration,
    ) -> Watchdog {
        let (watch, name) = (self.clone(), Arc::clone(&route));
        let task = tokio::spawn(async move {
            loop {
                watch.watch(&route, &valve, &consumer, after).await;
                watch.shared.bell.notified().await;
            }
        });
        Watchdog { watch: self.clone(), route: name, task }
    }

    /// Looks from time to time, until nothing is unfinished.
    async fn watch(&self, route: &str, valve: &Valve, consumer: &ConsumerGauge, after: Duration) {
        self.shared.is_awake.store(true, Ordering::Relaxed);
        let mut sight = None;
        loop {
            let backlog = valve.snapshot();
            self.tell_damage(route, &backlog);
            match look(sight, &backlog, valve.flow(), clock::now(), after) {
                Look::Rest => break,
                Look::Held => {
                    // It has its time again once it may move.
                    sight = None;
                    self.stands_since().take();
                }
                Look::Moves(now) => {
                    sight = Some(now);
                    self.moves(route);
                }
                Look::Stands(now) => {
                    sight = Some(now);
                    self.stands(route, now.since, &backlog, consumer);
                }
            }
            tokio::time::sleep(after / LOOKS).await;
        }
        self.moves(route);
        self.shared.is_awake.store(false, Ordering::Relaxed);
        // Who appended before this was stored has not rung the bell.
        let snapshot = valve.snapshot();
        if snapshot.waiting + snapshot.in_flight > 0 {
            self.shared.bell.notify_one();
        }
    }

    fn stands(&self, route: &str, since: Instant, backlog: &Snapshot, consumer: &ConsumerGauge) {
        let is_news = self.stands_since().replace(since).is_none();
        if is_news {
            let sink = consumer.status().sink;
            warn!(
                route,
                waiting = backlog.waiting,
                in_flight = backlog.in_flight,
                sink = %sink.state,
                reason = sink.reason.as_deref().unwrap_or("unknown"),
                "the backlog does not move"
            );
        }
    }

    fn moves(&self, route: &str) {
        if self.stands_since().take().is_some() {
            info!(route, "the backlog moves again");
        }
    }

    fn tell_damage(&self, route: &str, backlog: &Snapshot) {
        // Ordering: Relaxed; a count that nothing else goes by.
        let told = self.shared.damaged_told.fetch_max(backlog.damaged, Ordering::Relaxed);
        if backlog.damaged > told {
            warn!(
                route,
                damaged = backlog.damaged,
                dropped = backlog.dropped,
                "damage was met in the backlog and set aside; what is intact is delivered. forebay backlog verify names it"
            );
        }
    }

    fn stands_since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.shared.stands_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropping it ends the watch.
#[derive(Debug)]
pub(crate) struct Watchdog {
    watch: Watch,
    route: Arc<str>,
    task: JoinHandle<()>,
}

impl Watchdog {
    /// Tells what has come to light since it last looked.
    pub(crate) fn last_look(&self, backlog: &Snapshot) {
        self.watch.tell_damage(&self.route, backlog);
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use forebay_backlog::{Event, Limits, MemoryBacklog};

    use super::*;

    fn backlog_of(events: u128) -> MemoryBacklog {
        let backlog = MemoryBacklog::new(Limits { events_max: 100, bytes_max: 1 << 20 });
        let event = |number| Event {
            id: uuid::Uuid::from_u128(number),
            received_at_ms: 0,
            attributes: "{}".into(),
            body: "1".into(),
            key: None,
        };
        backlog.append((0..events).map(event).collect::<Vec<_>>()).expect("room");
        backlog
    }

    #[tokio::test]
    async fn it_stands_when_nothing_is_finished_for_the_time_and_moves_when_something_is() {
        let backlog = backlog_of(2);
        let (start, after) = (clock::now(), Duration::from_secs(60));
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut sight = None;
        let mut seen =
            |seconds| match look(sight, &backlog.snapshot(), Flow::Open, at(seconds), after) {
                Look::Rest => "rest",
                Look::Held => "held",
                Look::Moves(now) => {
                    sight = Some(now);
                    "moves"
                }
                Look::Stands(now) => {
                    sight = Some(now);
                    "stands"
                }
            };
        assert_eq!([0, 59, 60, 90].map(&mut seen), ["moves", "moves", "stands", "stands"]);
        backlog.take(1).await.expect("one waits").ack(0);
        assert_eq!([91, 150, 151].map(&mut seen), ["moves", "moves", "stands"]);
        backlog.take(1).await.expect("one waits").ack(0);
        assert_eq!(seen(152), "rest");
    }

    #[tokio::test]
    async fn what_is_held_up_by_hand_does_not_stand_and_has_its_time_again_afterwards() {
        let backlog = backlog_of(1);
        let (start, after) = (clock::now(), Duration::from_secs(60));
        let seen = |sight, flow, seconds| {
            let now = start + Duration::from_secs(seconds);
            look(sight, &backlog.snapshot(), flow, now, after)
        };
        let Look::Moves(sight) = seen(None, Flow::Open, 0) else { panic!("one waits") };
        assert_eq!(seen(Some(sight), Flow::Paused, 100), Look::Held);
        let Look::Moves(sight) = seen(None, Flow::Open, 101) else { panic!("it has its time") };
        assert!(matches!(seen(Some(sight), Flow::Draining, 161), Look::Stands(_)));
    }
}
