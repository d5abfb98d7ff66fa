//! Group commit over storage that knows rows: what comes while one commit is under way goes with the next, as one row.
//!
//! The same shape as forebay's own: a thread that writes, no timer, a checksum an event.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use forebay_backlog::Event;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Appending, Engine};
use crate::failure::Failure;

/// Storage that takes a row and has it on disk when it returns.
pub(super) trait Rows: Send + 'static {
    fn commit(&mut self, row: &[u8]) -> Result<(), Failure>;
}

/// So many bytes make a row long enough.
const ROW_BYTES_MAX: usize = 1024 * 1024;

/// Checksum, length, id and time.
const HEAD_BYTES: usize = 4 + 4 + 16 + 8;

struct Append {
    events: Vec<Event>,
    receipt: oneshot::Sender<Result<(), String>>,
}

pub(super) struct Grouped {
    /// `None` while it is dropped.
    appends: Option<Sender<Append>>,
    groups: Arc<AtomicU64>,
    writer: Option<JoinHandle<()>>,
}

impl Grouped {
    pub(super) fn over(rows: impl Rows) -> Result<Self, Failure> {
        let (appends, coming) = channel();
        let groups = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&groups);
        let writer = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || write_all(rows, &coming, &counted))
            .map_err(|error| Failure::because("starting a writer", error))?;
        Ok(Grouped { appends: Some(appends), groups, writer: Some(writer) })
    }
}

impl Engine for Grouped {
    fn append(&self, events: Vec<Event>) -> Appending {
        let (receipt, answer) = oneshot::channel();
        if let Some(appends) = &self.appends {
            // Whether somebody took it is seen by the answer.
            let _ = appends.send(Append { events, receipt });
        }
        Box::pin(async {
            let answer = answer.await.map_err(|_| Failure::new("the writer is gone"))?;
            answer.map_err(Failure::new)
        })
    }

    fn groups(&self) -> Option<u64> {
        // Ordering: relaxed; a figure.
        Some(self.groups.load(Ordering::Relaxed))
    }
}

impl Drop for Grouped {
    fn drop(&mut self) {
        self.appends = None;
        if let Some(writer) = self.writer.take() {
            // Its panic was told where it happened.
            let _ = writer.join();
        }
    }
}

fn write_all(mut rows: impl Rows, coming: &Receiver<Append>, groups: &AtomicU64) {
    let (mut row, mut receipts) = (Vec::new(), Vec::new());
    while let Ok(first) = coming.recv() {
        let mut next = Some(first);
        while let Some(append) = next {
            append.events.iter().for_each(|event| write(event, &mut row));
            receipts.push(append.receipt);
            next = (row.len() < ROW_BYTES_MAX).then(|| coming.try_recv().ok()).flatten();
        }
        let answer = rows.commit(&row).map_err(|failure| failure.to_string());
        // Ordering: relaxed; a figure.
        groups.fetch_add(1, Ordering::Relaxed);
        row.clear();
        for receipt in receipts.drain(..) {
            // Whoever asked may not wait any more.
            let _ = receipt.send(answer.clone());
        }
    }
}

fn write(event: &Event, row: &mut Vec<u8>) {
    let start = row.len();
    row.extend_from_slice(&[0; 4]);
    let body_bytes = u32::try_from(event.body.len()).expect("events of this bench are small");
    row.extend_from_slice(&body_bytes.to_le_bytes());
    row.extend_from_slice(event.id.as_bytes());
    row.extend_from_slice(&event.received_at_ms.to_le_bytes());
    row.extend_from_slice(&event.body);
    let checksum = crc32fast::hash(&row[start + 4..]);
    row[start..start + 4].copy_from_slice(&checksum.to_le_bytes());
}

/// Shows every event of the rows.
pub(super) fn read(
    rows: &[Vec<u8>],
    mut look: impl FnMut(&Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for row in rows {
        let mut left = row.as_slice();
        while !left.is_empty() {
            let event = take(&mut left).ok_or_else(|| Failure::new("a row is damaged"))?;
            look(&event)?;
        }
    }
    Ok(())
}

fn take(left: &mut &[u8]) -> Option<Event> {
    let (head, rest) = left.split_at_checked(HEAD_BYTES)?;
    let body_bytes = u32::from_le_bytes(head[4..8].try_into().ok()?) as usize;
    let (body, rest) = rest.split_at_checked(body_bytes)?;
    let checksum = crc32fast::hash(&left[4..HEAD_BYTES + body_bytes]);
    *left = rest;
    (checksum.to_le_bytes() == head[..4]).then_some(())?;
    Some(Event {
        id: Uuid::from_slice(&head[8..24]).ok()?,
        received_at_ms: i64::from_le_bytes(head[24..32].try_into().ok()?),
        attributes: "{}".into(),
        body: body.to_vec().into(),
        key: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable::event::Mint;

    #[test]
    fn events_come_out_of_a_row_as_they_went_in_and_a_flipped_bit_is_seen() {
        let mint = Mint::new(100);
        let mut row = Vec::new();
        let events = [mint.event(1), mint.event(2)];
        events.iter().for_each(|event| write(event, &mut row));
        let mut out = Vec::new();
        let rows = [row];
        read(&rows, |event| {
            out.push(event.clone());
            Ok(())
        })
        .expect("intact");
        assert_eq!(out, events);

        let [mut row] = rows;
        row[150] ^= 4;
        assert!(read(&[row], |_| Ok(())).is_err());
    }
}
