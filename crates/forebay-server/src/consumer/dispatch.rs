//! The consumer's loop: decides the gear, takes deliveries, hands them to writers.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use forebay::Gears;
use forebay_backlog::{Backlog, Delivery};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Sleep;

use super::board::Board;
use super::retry::Backoff;
use super::speed::Speed;
use super::writer::Writer;
use crate::memory::{self, Spike};
use crate::sink::{Care, Sink};

/// From the end of a spike to giving its memory back. Under steady load the backlog is empty many
/// times a second, and each time would be too often.
const GIVE_BACK_AFTER_MS: u64 = 500;

pub(super) struct Dispatch<S: Sink> {
    backlog: Arc<dyn Backlog>,
    sink: Arc<S>,
    gears: Gears,
    /// By gear.
    speeds: [Speed; 2],
    board: Board,
    backoff: Arc<Backoff>,
    /// Writers with nothing to do; no more than the present gear has.
    idle: Vec<Writer<S>>,
    /// Writers at work. Dropping them gives their deliveries back.
    busy: JoinSet<Writer<S>>,
    /// `Again` from the first delivery that was given back: the backlog does not tell which
    /// ones have been out before.
    care: Care,
    /// Panics since the last delivery that went well.
    panics_in_a_row: u32,
    spike: Spike,
    /// When to give memory back; set while there is some.
    give_back: Option<Pin<Box<Sleep>>>,
}

impl<S: Sink> Dispatch<S> {
    pub(super) fn new(
        backlog: Arc<dyn Backlog>,
        sink: S,
        gears: Gears,
        speeds: [Speed; 2],
        board: Board,
        backoff: Backoff,
    ) -> Self {
        Self {
            backlog,
            sink: Arc::new(sink),
            gears,
            speeds,
            board,
            backoff: Arc::new(backoff),
            idle: Vec::new(),
            busy: JoinSet::new(),
            care: Care::First,
            panics_in_a_row: 0,
            spike: Spike::default(),
            give_back: None,
        }
    }

    /// Delivers until the backlog is closed and everything in it is finished.
    pub(super) async fn run(mut self) {
        let first = self.writer();
        self.busy.spawn(first.open());
        while !self.is_finished() {
            self.observe();
            if self.busy.len() >= self.speed().writers {
                self.wait_for_a_writer().await;
                continue;
            }
            let Some(delivery) = self.next().await else { break };
            self.hand_out(delivery);
        }
        close(self.idle).await;
    }

    fn speed(&self) -> Speed {
        self.speeds[self.gears.gear().min(self.speeds.len() - 1)]
    }

    /// Lets the gear follow the backlog.
    fn observe(&mut self) {
        self.board.writers_busy(self.busy.len());
        self.spike.observe(&self.backlog.snapshot());
        if let Some(shift) = self.gears.observe(self.backlog.waiting()) {
            self.board.shifted(shift);
            self.idle.truncate(self.speed().writers);
        }
    }

    /// While a sink stays down the loop is not at [`next`](Self::next), where it would hear that
    /// the backlog is closed and empty.
    fn is_finished(&self) -> bool {
        self.board.is_draining() && {
            let backlog = self.backlog.snapshot();
            backlog.waiting == 0 && backlog.in_flight == 0
        }
    }

    async fn wait_for_a_writer(&mut self) {
        tokio::select! {
            Some(done) = self.busy.join_next() => self.finish(done),
            () = self.board.bell() => {}
        }
    }

    /// Takes the next delivery, of whatever waits. `None` when there will be no more.
    async fn next(&mut self) -> Option<Delivery> {
        loop {
            self.expect_quiet();
            let events_max = self.speed().batch_events_max;
            tokio::select! {
                biased;
                Some(done) = self.busy.join_next(), if !self.busy.is_empty() => self.finish(done),
                delivery = self.backlog.take(events_max) => return delivery,
                () = async { self.give_back.as_mut().expect("checked below").await },
                    if self.give_back.is_some() => self.give_memory_back(),
            }
        }
    }

    fn hand_out(&mut self, delivery: Delivery) {
        let writer = self.idle.pop().unwrap_or_else(|| self.writer());
        let care = if delivery.is_again() { Care::Again } else { self.care };
        let (panics, backoff) = (self.panics_in_a_row, Arc::clone(&self.backoff));
        self.busy.spawn(async move {
            // A delivery that makes writers panic comes straight back: not at full speed.
            if let Some(retry) = panics.checked_sub(1) {
                backoff.wait(retry).await;
            }
            writer.deliver(delivery, care).await
        });
    }

    fn finish(&mut self, done: Result<Writer<S>, JoinError>) {
        match done {
            Ok(writer) => {
                self.panics_in_a_row = 0;
                if self.idle.len() < self.speed().writers {
                    self.idle.push(writer);
                }
            }
            // Nobody cancels a writer but the drop of this loop.
            Err(_panic) => {
                self.panics_in_a_row = self.panics_in_a_row.saturating_add(1);
                self.care = Care::Again;
                self.board.panicked();
            }
        }
        self.board.writers_busy(self.busy.len());
    }

    fn writer(&self) -> Writer<S> {
        Writer::new(Arc::clone(&self.sink), self.board.clone(), Arc::clone(&self.backoff))
    }

    /// Sets the time to give memory back when a spike is over.
    fn expect_quiet(&mut self) {
        let is_over = self.busy.is_empty() && self.backlog.waiting() == 0;
        if is_over && self.give_back.is_none() && self.spike.was_high() {
            let after = Duration::from_millis(GIVE_BACK_AFTER_MS);
            self.give_back = Some(Box::pin(tokio::time::sleep(after)));
        }
    }

    fn give_memory_back(&mut self) {
        self.give_back = None;
        // In the middle of the next spike there is nothing to give; its end comes too.
        if self.backlog.waiting() > 0 || !self.busy.is_empty() {
            return;
        }
        self.spike = Spike::default();
        // The connections too: their buffers and caches have grown with the spike.
        let idle = std::mem::take(&mut self.idle);
        let writer = self.writer();
        self.busy.spawn(async move {
            close(idle).await;
            // It takes milliseconds after a large spike, and blocks. It does not panic.
            let _ = tokio::task::spawn_blocking(memory::give_back).await;
            writer.open().await
        });
    }
}

async fn close<S: Sink>(writers: Vec<Writer<S>>) {
    for writer in writers {
        writer.close().await;
    }
}
