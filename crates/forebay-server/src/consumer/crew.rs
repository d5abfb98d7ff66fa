//! Whoever runs the pool's errands, with the connections that are at rest between two of them.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use forebay::{BatchHandler, Outcome, Outcomes};

use super::board::Board;
use super::errand::{Errand, Parcel};
use super::retry::{Backoff, RetryConfig};
use super::seats::{Seat, Seats};
use super::writer::{GaveUp, Refused, Tenacity, Writer};
use crate::memory;
use crate::sink::{Care, Sink};

/// Cloning makes another handle of the same crew.
pub(super) struct Crew<S: Sink> {
    shared: Arc<Shared<S>>,
}

struct Shared<S: Sink> {
    sink: Arc<S>,
    board: Board,
    backoff: Arc<Backoff>,
    tenacity: Tenacity,
    seats: Seats,
    /// Writers with nothing to do.
    idle: Mutex<Vec<Writer<S>>>,
    /// How many of those are kept: as many as the gear has.
    idle_max: AtomicUsize,
    gear: Mutex<GearInForce>,
    /// Since the last delivery that went well.
    panics_in_a_row: AtomicU32,
}

struct GearInForce {
    gear: usize,
    /// By gear.
    writers: [usize; 2],
}

impl<S: Sink> Clone for Crew<S> {
    fn clone(&self) -> Self {
        Crew { shared: Arc::clone(&self.shared) }
    }
}

impl<S: Sink> Crew<S> {
    /// `writers` says how many there are in each gear.
    pub(super) fn new(
        sink: S,
        board: Board,
        backoff: Backoff,
        tenacity: Tenacity,
        writers: [usize; 2],
    ) -> Self {
        board.writers(writers[0]);
        let backoff = Arc::new(backoff);
        let shared = Shared {
            sink: Arc::new(sink),
            board,
            seats: Seats::new(Arc::clone(&backoff)),
            backoff,
            tenacity,
            idle: Mutex::default(),
            idle_max: AtomicUsize::new(writers[0]),
            gear: Mutex::new(GearInForce { gear: 0, writers }),
            panics_in_a_row: AtomicU32::new(0),
        };
        Crew { shared: Arc::new(shared) }
    }

    /// The gear is another one.
    pub(super) fn shifted(&self, gear: usize) {
        let mut in_force = self.gear_in_force();
        in_force.gear = gear;
        self.keep(&in_force);
    }

    /// The gears have other numbers of writers, and a sink that is down is tried at other times.
    pub(super) fn change(&self, writers: [usize; 2], retry: RetryConfig) {
        self.shared.backoff.change(retry);
        let mut in_force = self.gear_in_force();
        in_force.writers = writers;
        self.keep(&in_force);
    }

    fn gear_in_force(&self) -> MutexGuard<'_, GearInForce> {
        self.shared.gear.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No more connections are kept than the gear has writers.
    fn keep(&self, in_force: &GearInForce) {
        let writers = in_force.writers[in_force.gear.min(in_force.writers.len() - 1)];
        // Ordering: relaxed; one connection too many or too few is closed or made later.
        self.shared.idle_max.store(writers, Ordering::Relaxed);
        self.shared.board.writers(writers);
        let surplus = {
            let mut idle = self.idle();
            let kept = idle.len().min(writers);
            let surplus = idle.split_off(kept);
            self.shared.seats.lose(surplus.len());
            surplus
        };
        drop(surplus);
    }

    /// The connections at rest.
    pub(super) fn seats(&self) -> Seats {
        self.shared.seats.clone()
    }

    /// A handler panicked. What it had in hand goes back to the backlog after this, and comes
    /// again before anything younger.
    pub(super) fn panicked(&self, reason: &str) {
        // Ordering: relaxed; the delivery goes through the backlog's lock.
        self.shared.panics_in_a_row.fetch_add(1, Ordering::Relaxed);
        self.shared.board.panicked(reason);
    }

    /// Takes leave of the database, with everything at rest.
    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.idle());
        self.shared.seats.lose(idle.len());
        for writer in idle {
            writer.close().await;
        }
    }

    async fn connect(&self) {
        let mut writer = self.new_writer();
        let opening = async {
            match self.shared.tenacity {
                Tenacity::ForEver => writer.open().await,
                Tenacity::For(_) => writer.try_open().await?,
            }
            Ok::<_, Refused>(())
        };
        tokio::select! {
            opened = opening => match opened {
                Ok(()) => {
                    self.shared.seats.let_in();
                    self.rest(writer);
                }
                Err(Refused) => self.shared.seats.refused(),
            },
            // What is left to be delivered connects by itself.
            () = self.shared.board.draining() => {}
        }
    }

    async fn deliver(&self, parcel: &mut Parcel) {
        let Some((delivery, care)) = parcel.delivery() else { return };
        if care == Care::Again {
            self.shared.board.redelivered(delivery.events().len());
        }
        // A delivery that makes writers panic comes straight back: not at full speed.
        let panics = self.shared.panics_in_a_row.load(Ordering::Relaxed);
        if let Some(retry) = panics.checked_sub(1) {
            self.shared.backoff.wait(retry).await;
        }
        let mut writer = self.writer(parcel.seat());
        let delivered = writer.deliver(&delivery, care).await;
        drop(delivery);
        self.shared.panics_in_a_row.store(0, Ordering::Relaxed);
        match delivered {
            Ok(dead) => {
                parcel.finish(dead);
                self.rest(writer);
            }
            Err(GaveUp) => {
                self.shared.board.let_go(parcel.events());
                parcel.let_go();
            }
        }
    }

    async fn give_memory_back(&self) {
        // The connections too: their buffers and caches have grown with the spike.
        self.close().await;
        // It takes milliseconds after a large spike, and blocks. It does not panic.
        let _ = tokio::task::spawn_blocking(memory::give_back).await;
        self.connect().await;
    }

    fn writer(&self, seat: Option<Seat>) -> Writer<S> {
        let rested = {
            let mut idle = self.idle();
            self.shared.seats.use_up(seat);
            idle.pop()
        };
        rested.unwrap_or_else(|| self.new_writer())
    }

    fn new_writer(&self) -> Writer<S> {
        let Shared { sink, board, backoff, tenacity, .. } = &*self.shared;
        Writer::new(Arc::clone(sink), board.clone(), Arc::clone(backoff), *tenacity)
    }

    fn rest(&self, writer: Writer<S>) {
        let mut idle = self.idle();
        if idle.len() < self.shared.idle_max.load(Ordering::Relaxed) {
            idle.push(writer);
            self.shared.seats.add();
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Writer<S>>> {
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Sink> BatchHandler<Errand> for Crew<S> {
    async fn handle(&self, errands: &mut [Errand]) -> Outcomes {
        let _busy = self.shared.board.busy();
        for errand in errands {
            match errand {
                Errand::Connect => self.connect().await,
                Errand::Deliver(parcel) => self.deliver(parcel).await,
                Errand::GiveMemoryBack => self.give_memory_back().await,
            }
        }
        Outcomes::All(Outcome::Done)
    }
}
