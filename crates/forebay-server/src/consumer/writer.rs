//! Brings one delivery at a time into the sink, whatever it takes.

use std::sync::Arc;
use std::time::Duration;

use forebay_backlog::{Delivery, Event};
use tokio::time::Instant;

use super::bisect::{self, Bisect};
use super::board::Board;
use super::links;
use super::retry::Backoff;
use crate::clock;
use crate::sink::{
    Batch, Care, Connection as _, DeadLetter, InPart, Sink, SinkError, Written, cuts,
};

/// The most that goes into one write. It is copied once on its way, so this bounds what a writer
/// needs; and beyond it a larger write is not faster.
const WRITE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How long a writer keeps a delivery while its sink is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tenacity {
    /// For ever: nobody else has it.
    ForEver,
    /// This long: others might do better.
    For(Duration),
}

/// The sink does not let one more in, for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

/// The sink was down for too long. What of the delivery is there, is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GaveUp;

/// Writes with a connection of its own, which it keeps from delivery to delivery.
pub(super) struct Writer<S: Sink> {
    sink: Arc<S>,
    board: Board,
    backoff: Arc<Backoff>,
    tenacity: Tenacity,
    /// Since when, with this delivery.
    down_since: Option<Instant>,
    connection: Option<S::Connection>,
}

impl<S: Sink> Writer<S> {
    pub(super) fn new(
        sink: Arc<S>,
        board: Board,
        backoff: Arc<Backoff>,
        tenacity: Tenacity,
    ) -> Self {
        Self { sink, board, backoff, tenacity, down_since: None, connection: None }
    }

    /// Connects, however long that takes.
    pub(super) async fn open(&mut self) {
        let mut retry = 0;
        while let Err(Refused) = self.try_open().await {
            self.backoff.wait(retry).await;
            retry = retry.saturating_add(1);
        }
    }

    /// Connects, or says that it cannot be now.
    pub(super) async fn try_open(&mut self) -> Result<(), Refused> {
        match self.connection().await {
            Ok(_) => {
                self.board.up();
                Ok(())
            }
            Err(error) => {
                self.board.down(&error);
                Err(Refused)
            }
        }
    }

    /// Takes leave of the database.
    pub(super) async fn close(self) {
        if let Some(connection) = self.connection {
            connection.close().await;
        }
    }

    /// Brings every event of a delivery into `events` or `dead_letters`, and says how many are in
    /// the latter. Ends only when that is done, or the sink is down for longer than it is to be tried.
    pub(super) async fn deliver(
        &mut self,
        delivery: &Arc<Delivery>,
        care: Care,
    ) -> Result<u64, GaveUp> {
        self.down_since = None;
        let board = self.board.clone();
        let delivering = async {
            let mut dead = 0;
            for range in cuts(delivery.events().iter().map(sent_bytes), WRITE_BYTES_MAX) {
                dead += self.settle(&Batch::new(Arc::clone(delivery), range), care).await?;
            }
            Ok(dead)
        };
        board.traces().deliver(delivery.events(), delivering).await
    }

    /// Returns how many events of the batch are in `dead_letters`.
    async fn settle(&mut self, batch: &Batch, mut care: Care) -> Result<u64, GaveUp> {
        let mut dead = 0;
        let mut bisect = Bisect::new(batch.len());
        let mut is_asked = batch.len() == 1;
        while let Some(rows) = bisect.next() {
            let refused = match self.write(&batch.part(&rows), &mut care).await? {
                Ok(written) => {
                    dead += written.dead;
                    bisect.landed();
                    continue;
                }
                Err(refused) => refused,
            };
            if !std::mem::replace(&mut is_asked, true)
                && let Some(in_part) = self.write_in_part(batch, &mut care).await?
            {
                return self.note_part(batch, in_part).await;
            }
            bisect.refused(&refused);
        }
        let letters = bisect.into_refused().into_iter();
        let letters: Vec<DeadLetter> = letters
            .map(|bisect::Refused { row, reason, attempts }| DeadLetter {
                event: batch.events()[row].clone(),
                reason,
                attempts,
            })
            .collect();
        dead += letters.len() as u64;
        self.bury(letters).await?;
        Ok(dead)
    }

    /// Writes what the database takes of a batch that was refused; `None` when it cannot leave out the rest.
    async fn write_in_part(
        &mut self,
        batch: &Batch,
        care: &mut Care,
    ) -> Result<Option<InPart>, GaveUp> {
        let mut retry = 0;
        loop {
            let board = self.board.clone();
            let inserting = async {
                let connection = self.connection().await?;
                connection.write_in_part(batch.clone()).await
            };
            let outcome = board.traces().insert(batch.events(), inserting).await;
            match outcome {
                Ok(in_part) => return Ok(in_part),
                Err(error) if error.class.is_refused() => {
                    self.board.refused();
                    return Ok(None);
                }
                Err(error) => self.wait_out(&error, &mut retry).await?,
            }
            *care = Care::Again;
        }
    }

    /// Buries what was left out of a batch, and returns how many of its events are in `dead_letters`.
    async fn note_part(&mut self, batch: &Batch, in_part: InPart) -> Result<u64, GaveUp> {
        /// A write of all of it, and one of a part.
        const ATTEMPTS: u32 = 2;
        let InPart { written, refused, took } = in_part;
        self.board.up();
        let (mut landed, mut letters) = (Vec::new(), Vec::new());
        let mut refused = refused.into_iter().peekable();
        for (row, event) in batch.events().iter().cloned().enumerate() {
            match refused.next_if(|(its, _)| *its == row) {
                None => landed.push(event),
                Some((_, error)) => {
                    let reason = error.for_the_record();
                    letters.push(DeadLetter { event, reason, attempts: ATTEMPTS });
                }
            }
        }
        if !landed.is_empty() {
            self.board.landed(&landed, written, took);
        }
        let dead = written.dead + letters.len() as u64;
        self.bury(letters).await?;
        Ok(dead)
    }

    /// Writes until it lands or the database refuses it. From the first answer on that was lost,
    /// `care` is to look before writing; after one that was a refusal nothing is there.
    async fn write(
        &mut self,
        batch: &Batch,
        care: &mut Care,
    ) -> Result<Result<Written, SinkError>, GaveUp> {
        let mut retry = 0;
        loop {
            let began = clock::now();
            let board = self.board.clone();
            let inserting = async {
                let connection = self.connection().await?;
                connection.write(batch.clone(), *care).await
            };
            let outcome = board.traces().insert(batch.events(), inserting).await;
            match outcome {
                Ok(written) => {
                    self.board.up();
                    self.board.landed(batch.events(), written, began.elapsed());
                    links::tell(batch.events());
                    self.down_since = None;
                    return Ok(Ok(written));
                }
                Err(error) if error.class.is_refused() => {
                    self.board.up();
                    self.board.refused();
                    return Ok(Err(error));
                }
                Err(error) => self.wait_out(&error, &mut retry).await?,
            }
            *care = Care::Again;
        }
    }

    /// Buries until it is done. A `dead_letters` that refuses is as good as down: what it should
    /// have taken has nowhere else to go.
    async fn bury(&mut self, letters: Vec<DeadLetter>) -> Result<(), GaveUp> {
        if letters.is_empty() {
            return Ok(());
        }
        let mut retry = 0;
        loop {
            let outcome = match self.connection().await {
                Ok(connection) => connection.bury(letters.clone()).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(()) => break,
                Err(error) => self.wait_out(&error, &mut retry).await?,
            }
        }
        self.board.up();
        self.board.buried(&letters);
        Ok(())
    }

    async fn connection(&mut self) -> Result<&mut S::Connection, SinkError> {
        let usable = self.connection.take().filter(|connection| connection.is_usable());
        let connection = match usable {
            Some(connection) => connection,
            None => self.sink.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Waits until it is time to try again, if it is to be tried again.
    async fn wait_out(&mut self, error: &SinkError, retry: &mut u32) -> Result<(), GaveUp> {
        self.board.down(error);
        let waits = self.backoff.wait(*retry);
        *retry = retry.saturating_add(1);
        let Tenacity::For(time) = self.tenacity else {
            waits.await;
            return Ok(());
        };
        let end = *self.down_since.get_or_insert_with(clock::now) + time;
        if clock::now() >= end {
            return Err(GaveUp);
        }
        // At the end it is tried once more.
        let _ = tokio::time::timeout_at(end, waits).await;
        Ok(())
    }
}

/// About what an event takes in a statement.
fn sent_bytes(event: &Event) -> u64 {
    const FRAME_BYTES: u64 = 64;
    event.body.len() as u64 + event.attributes.len() as u64 + FRAME_BYTES
}
