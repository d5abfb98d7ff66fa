//! What a person can hold up while the service runs: the way out of a backlog, or the way in.
//!
//! A [`Valve`] stands between a backlog and its consumer and looks like the backlog. Nothing of it
//! is remembered over a restart: a service that starts is open.

use std::fmt;
use std::sync::Arc;

use forebay_backlog::{
    Backlog, Delivery, Durability, Group, Limits, Receipt, Snapshot, Spool, Syncs, Taking,
};
use serde::Serialize;
use tokio::sync::watch;

/// What is held up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flow {
    /// Nothing.
    #[default]
    Open,
    /// The way out: events are taken in and wait.
    Paused,
    /// The way in, by whoever answers requests: what waits is delivered.
    Draining,
}

/// A backlog whose way out can be held up.
pub(crate) struct Valve {
    backlog: Arc<dyn Backlog>,
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    flow: Flow,
    is_closed: bool,
}

impl State {
    fn is_held(self) -> bool {
        self.flow == Flow::Paused
    }
}

impl Valve {
    pub(crate) fn new(backlog: Arc<dyn Backlog>) -> Self {
        Self { backlog, state: watch::Sender::new(State::default()) }
    }

    pub(crate) fn flow(&self) -> Flow {
        self.state.borrow().flow
    }

    /// Holds up something else from now on. A delivery that is out is finished.
    pub(crate) fn set(&self, flow: Flow) {
        self.state.send_modify(|state| state.flow = flow);
    }

    /// Takes out what waits, unless the way out is held up.
    async fn next(&self, events_max: usize) -> Option<Delivery> {
        let mut state = self.state.subscribe();
        loop {
            // An error cannot be: this valve keeps the sender.
            let seen = state.wait_for(|state| !state.is_held() || state.is_closed).await;
            if seen.is_ok_and(|state| state.is_held()) {
                return None;
            }
            tokio::select! {
                biased;
                _ = state.wait_for(|state| state.is_held()) => {}
                delivery = self.backlog.take(events_max) => return delivery,
            }
        }
    }
}

impl Backlog for Valve {
    fn append(&self, group: Group) -> Receipt {
        self.backlog.append(group)
    }

    fn take(&self, events_max: usize) -> Taking<'_> {
        Box::pin(self.next(events_max))
    }

    fn waiting(&self) -> usize {
        self.backlog.waiting()
    }

    fn snapshot(&self) -> Snapshot {
        self.backlog.snapshot()
    }

    fn limits(&self) -> Limits {
        self.backlog.limits()
    }

    fn set_limits(&self, limits: Limits) {
        self.backlog.set_limits(limits);
    }

    fn durability(&self) -> Durability {
        self.backlog.durability()
    }

    fn worth(&self) -> Option<String> {
        self.backlog.worth()
    }

    fn spool(&self) -> Option<Spool> {
        self.backlog.spool()
    }

    fn syncs(&self) -> Syncs {
        self.backlog.syncs()
    }

    fn fault(&self) -> Option<String> {
        self.backlog.fault()
    }

    fn is_out_of_room(&self) -> bool {
        self.backlog.is_out_of_room()
    }

    fn is_shared(&self) -> bool {
        self.backlog.is_shared()
    }

    /// Who stops while paused keeps what waits; but what would be lost with the process is
    /// delivered all the same.
    fn close(&self) {
        let is_kept = self.backlog.durability() != Durability::Memory;
        self.state.send_modify(|state| {
            state.is_closed = true;
            if !is_kept {
                state.flow = Flow::Open;
            }
        });
        self.backlog.close();
    }
}

impl fmt::Debug for Valve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Valve").field("flow", &self.flow()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use forebay_backlog::{Event, MemoryBacklog};
    use futures_util::FutureExt as _;
    use uuid::Uuid;

    use super::*;

    async fn put(valve: &Valve, number: u128) {
        let event = Event {
            id: Uuid::from_u128(number),
            received_at_ms: 0,
            attributes: "{}".into(),
            body: Bytes::from_static(b"1"),
            key: None,
        };
        valve.append(vec![event].into()).await.expect("there is room");
    }

    fn valve() -> Valve {
        let limits = Limits { events_max: 10, bytes_max: 10_000 };
        Valve::new(Arc::new(MemoryBacklog::new(limits)))
    }

    #[tokio::test]
    async fn nothing_leaves_while_it_is_paused_not_even_to_who_waits_already() {
        let valve = valve();
        let mut waiting = valve.take(10);
        assert!((&mut waiting).now_or_never().is_none());
        valve.set(Flow::Paused);
        put(&valve, 1).await;
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(valve.snapshot().waiting, 1);
        valve.set(Flow::Open);
        let delivery = waiting.await.expect("it is open");
        assert_eq!(delivery.events().len(), 1);
    }

    #[tokio::test]
    async fn what_would_be_lost_is_delivered_although_it_was_paused() {
        let valve = valve();
        put(&valve, 1).await;
        valve.set(Flow::Paused);
        valve.close();
        valve.take(10).await.expect("it waits").ack(0);
        assert!(valve.take(10).await.is_none());
    }
}
