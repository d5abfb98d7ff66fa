//! What has to be told to the server and asked of it, beside events.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::message::{AckKind, Acker};
use tokio::sync::mpsc;

use super::Inner;

/// How often the server is asked how far it is while something waits there.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// What is let go is somebody else's after so long: by then the server knows that here nobody asks any more.
pub(super) const AFTER_LETTING_GO: Duration = Duration::from_millis(100);

/// Acknowledges messages whose events are all finished.
pub(super) async fn acknowledge(client: Client, mut finished: mpsc::UnboundedReceiver<Arc<Acker>>) {
    while let Some(acker) = finished.recv().await {
        // One that is lost comes again, and the sink knows its events.
        let _ = acker.ack().await;
        if finished.is_empty() {
            let _ = client.flush().await;
        }
    }
}

/// Says of each message that is held that it is at work, three times in the time after which it would be another's.
pub(super) async fn say_at_work(inner: Arc<Inner>) {
    loop {
        inner.holding.notified().await;
        loop {
            tokio::time::sleep(inner.options.ack_wait / 3).await;
            let held = inner.books().held();
            if held.is_empty() {
                break;
            }
            for acker in held {
                // One that is lost is made good by the next.
                let _ = acker.ack_with(AckKind::Progress).await;
            }
        }
    }
}

/// Asks how far the server is while something waits: what others put in and got out is heard of nowhere else.
pub(super) async fn watch(inner: Arc<Inner>) {
    let mut consumer = inner.consumer.clone();
    loop {
        let before = inner.books().cursor();
        if before.messages_waiting() == 0 {
            inner.stirred.notified().await;
        }
        tokio::time::sleep(LOOKS_EVERY).await;
        let before = inner.books().cursor();
        let Ok(info) = consumer.info().await else { continue };
        let stream = inner.context.get_stream(inner.options.address.stream()).await;
        let oldest_ms = stream.ok().and_then(|stream| {
            let first = stream.cached_info().state.first_timestamp;
            i64::try_from(first.unix_timestamp_nanos() / 1_000_000).ok()
        });
        let (delivered, pending) = (info.delivered.stream_sequence, info.num_pending);
        let mut books = inner.books();
        let is_quiet = books.cursor() == before;
        books.heard(delivered, delivered + pending, oldest_ms);
        if pending == 0 && is_quiet {
            books.heard_empty();
        }
    }
}

/// Gives messages up, so that others have them at once, or after this time.
pub(super) async fn give_up(held: Vec<Arc<Acker>>, after: Option<Duration>, client: Client) {
    for acker in held {
        let _ = acker.ack_with(AckKind::Nak(after)).await;
    }
    let _ = client.flush().await;
}
