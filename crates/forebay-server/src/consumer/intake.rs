//! Where the pool's errands come from: the backlog, and its rests.
//!
//! From a backlog that others share nobody takes who has no connection: what he took would wait with him,
//! while others have time for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forebay::Source;
use forebay_backlog::Backlog;

use super::errand::Errand;
use super::seats::{Seats, Turn};
use crate::memory::Spike;

/// From the end of a spike to giving its memory back. Under steady load the backlog is empty many
/// times a second, and each time would be too often.
const GIVE_BACK_AFTER: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct Intake {
    backlog: Arc<dyn Backlog>,
    /// Whether somebody was told to connect.
    has_begun: AtomicBool,
    seats: Seats,
    spike: Mutex<Spike>,
}

impl Intake {
    pub(super) fn new(backlog: Arc<dyn Backlog>, seats: Seats) -> Self {
        Intake { backlog, has_begun: AtomicBool::new(false), seats, spike: Mutex::default() }
    }

    async fn next(&self, events_max: usize) -> Option<Errand> {
        // Ordering: relaxed; it says nothing about anything else.
        if !self.has_begun.swap(true, Ordering::Relaxed) {
            return Some(Errand::Connect);
        }
        let seat = match self.backlog.is_shared() {
            false => None,
            true => match self.seats.turn().await {
                Turn::Seat(seat) => Some(seat),
                Turn::Connect => return Some(Errand::Connect),
                Turn::Over => None,
            },
        };
        loop {
            let was_high = self.look().was_high();
            tokio::select! {
                biased;
                delivery = self.backlog.take(events_max) => return delivery.map(|delivery| Errand::deliver(delivery, seat)),
                () = tokio::time::sleep(GIVE_BACK_AFTER), if was_high => {
                    if self.is_spike_over() {
                        return Some(Errand::GiveMemoryBack);
                    }
                }
            }
        }
    }

    /// The spike so far, with what is in the backlog now.
    fn look(&self) -> MutexGuard<'_, Spike> {
        let snapshot = self.backlog.snapshot();
        let mut spike = self.spike.lock().unwrap_or_else(PoisonError::into_inner);
        spike.observe(&snapshot);
        spike
    }

    /// Whether there was one and nothing is left of it. Says so once.
    fn is_spike_over(&self) -> bool {
        let snapshot = self.backlog.snapshot();
        let mut spike = self.look();
        // In the middle of the next one there is nothing to give; its end comes too.
        let is_over = spike.was_high() && snapshot.waiting == 0 && snapshot.in_flight == 0;
        if is_over {
            *spike = Spike::default();
        }
        is_over
    }
}

impl Source<Errand> for Intake {
    async fn take(&self, into: &mut Vec<Errand>, max: usize) -> usize {
        let errand = self.next(max).await;
        let count = usize::from(errand.is_some());
        into.extend(errand);
        count
    }

    fn size(&self, errand: &Errand) -> usize {
        errand.events()
    }

    fn waiting(&self) -> usize {
        self.backlog.waiting()
    }

    fn came(&self) -> u64 {
        self.backlog.snapshot().accepted
    }

    fn close(&self) {
        self.backlog.close();
    }

    /// The backlog was told by whoever finished them.
    fn finished(&self, _count: usize) {}
}
