//! Brings one delivery at a time into the sink, whatever it takes.

use std::sync::Arc;

use forebay_backlog::{Delivery, Event};

use super::bisect::Bisect;
use super::board::Board;
use super::retry::Backoff;
use crate::clock;
use crate::sink::{Batch, Care, Connection as _, DeadLetter, Sink, SinkError, Written, cuts};

/// The most that goes into one write. It is copied once on its way, so this bounds what a writer
/// needs; and beyond it a larger write is not faster.
const WRITE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Writes with a connection of its own, which it keeps from delivery to delivery.
pub(super) struct Writer<S: Sink> {
    sink: Arc<S>,
    board: Board,
    backoff: Arc<Backoff>,
    connection: Option<S::Connection>,
}

impl<S: Sink> Writer<S> {
    pub(super) fn new(sink: Arc<S>, board: Board, backoff: Arc<Backoff>) -> Self {
        Self { sink, board, backoff, connection: None }
    }

    /// Connects, however long that takes.
    pub(super) async fn open(mut self) -> Self {
        let mut retry = 0;
        while let Err(error) = self.connection().await {
            self.wait_out(&error, &mut retry).await;
        }
        self.board.up();
        self
    }

    /// Takes leave of the database.
    pub(super) async fn close(self) {
        if let Some(connection) = self.connection {
            connection.close().await;
        }
    }

    /// Brings every event of a delivery into `events` or `dead_letters`, and says how many are in
    /// the latter. Ends only when that is done.
    pub(super) async fn deliver(&mut self, delivery: &Arc<Delivery>, care: Care) -> u64 {
        let mut dead = 0;
        for range in cuts(delivery.events().iter().map(sent_bytes), WRITE_BYTES_MAX) {
            dead += self.settle(&Batch::new(Arc::clone(delivery), range), care).await;
        }
        dead
    }

    /// Returns how many events of the batch are in `dead_letters`.
    async fn settle(&mut self, batch: &Batch, mut care: Care) -> u64 {
        let mut dead = 0;
        let mut bisect = Bisect::new(batch.len());
        while let Some(rows) = bisect.next() {
            match self.write(&batch.part(&rows), &mut care).await {
                Ok(written) => {
                    dead += written.dead;
                    bisect.landed();
                }
                Err(refused) => bisect.refused(&refused),
            }
        }
        let letters: Vec<DeadLetter> = bisect
            .into_refused()
            .into_iter()
            .map(|refused| DeadLetter {
                event: batch.events()[refused.row].clone(),
                reason: refused.reason,
                attempts: refused.attempts,
            })
            .collect();
        dead += letters.len() as u64;
        self.bury(letters).await;
        dead
    }

    /// Writes until it lands or the database refuses it. From the first answer on that was lost,
    /// `care` is to look before writing; after one that was a refusal nothing is there.
    async fn write(&mut self, batch: &Batch, care: &mut Care) -> Result<Written, SinkError> {
        let mut retry = 0;
        loop {
            let began = clock::now();
            let outcome = match self.connection().await {
                Ok(connection) => connection.write(batch.clone(), *care).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(written) => {
                    self.board.up();
                    self.board.landed(batch.events(), written, began.elapsed());
                    return Ok(written);
                }
                Err(error) if error.class.is_refused() => {
                    self.board.up();
                    self.board.refused();
                    return Err(error);
                }
                Err(error) => self.wait_out(&error, &mut retry).await,
            }
            *care = Care::Again;
        }
    }

    /// Buries until it is done. A `dead_letters` that refuses is as good as down: what it should
    /// have taken has nowhere else to go.
    async fn bury(&mut self, letters: Vec<DeadLetter>) {
        if letters.is_empty() {
            return;
        }
        let mut retry = 0;
        loop {
            let outcome = match self.connection().await {
                Ok(connection) => connection.bury(letters.clone()).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(()) => break,
                Err(error) => self.wait_out(&error, &mut retry).await,
            }
        }
        self.board.up();
        self.board.buried(&letters);
    }

    async fn connection(&mut self) -> Result<&mut S::Connection, SinkError> {
        let usable = self.connection.take().filter(|connection| connection.is_usable());
        let connection = match usable {
            Some(connection) => connection,
            None => self.sink.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }

    async fn wait_out(&mut self, error: &SinkError, retry: &mut u32) {
        self.board.down(error);
        self.backoff.wait(*retry).await;
        *retry = retry.saturating_add(1);
    }
}

/// About what an event takes in a statement.
fn sent_bytes(event: &Event) -> u64 {
    const FRAME_BYTES: u64 = 64;
    event.body.len() as u64 + event.attributes.len() as u64 + FRAME_BYTES
}
