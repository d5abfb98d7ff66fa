//! Connections at rest, counted: who takes a delivery may have one kept for him.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::retry::Backoff;

/// How many connections rest and are kept for nobody, and when it is time for another one. Cloning makes another
/// handle.
#[derive(Debug, Clone)]
pub(super) struct Seats {
    free: Arc<Semaphore>,
    /// Since a connection was made.
    refusals: Arc<AtomicU32>,
    backoff: Arc<Backoff>,
}

/// A connection that is kept for whoever has this.
#[derive(Debug)]
pub(super) struct Seat(OwnedSemaphorePermit);

/// What comes of waiting for a seat.
#[derive(Debug)]
pub(super) enum Turn {
    /// There is one.
    Seat(Seat),
    /// There is none, and it is time to connect.
    Connect,
    /// Nobody has to have one any more.
    Over,
}

impl Seats {
    pub(super) fn new(backoff: Arc<Backoff>) -> Self {
        Seats { free: Arc::new(Semaphore::new(0)), refusals: Arc::default(), backoff }
    }

    /// One more rests.
    pub(super) fn add(&self) {
        self.free.add_permits(1);
    }

    /// So many are closed.
    pub(super) fn lose(&self, count: usize) {
        self.free.forget_permits(count);
    }

    /// One is at work, that of `seat` if there is one.
    pub(super) fn use_up(&self, seat: Option<Seat>) {
        match seat {
            Some(Seat(kept)) => kept.forget(),
            None => self.lose(1),
        }
    }

    /// The sink has let one more in.
    pub(super) fn let_in(&self) {
        // Ordering: relaxed; it is about when, and nothing else.
        self.refusals.store(0, Ordering::Relaxed);
    }

    /// The sink has let nobody in.
    pub(super) fn refused(&self) {
        // Ordering: see `let_in`. So many that the sum overflows take years.
        self.refusals.fetch_add(1, Ordering::Relaxed);
    }

    /// Nobody has to have one any more.
    pub(super) fn give_up(&self) {
        self.free.close();
    }

    /// Waits for a seat, in turn, or until it is time to connect: at once, if there is nothing against it.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub(super) async fn turn(&self) -> Turn {
        tokio::select! {
            biased;
            seat = Arc::clone(&self.free).acquire_owned() => match seat {
                Ok(seat) => Turn::Seat(Seat(seat)),
                Err(_) => Turn::Over,
            },
            () = self.time_to_connect() => Turn::Connect,
        }
    }

    async fn time_to_connect(&self) {
        // Ordering: see `let_in`.
        if let Some(retry) = self.refusals.load(Ordering::Relaxed).checked_sub(1) {
            self.backoff.wait(retry).await;
        }
    }
}
