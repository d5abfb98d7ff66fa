//! What has to be told to the server and asked of it, beside events.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::message::{AckKind, Acker};
use tokio::sync::mpsc;

use super::Inner;
use super::cursor::Extent;

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
    loop {
        let before = inner.books().cursor();
        if before.messages_waiting() == 0 {
            inner.stirred.notified().await;
        }
        tokio::time::sleep(LOOKS_EVERY).await;
        let before = inner.books().cursor();
        let Some((Extent { gone, last }, oldest_ms)) = look(&inner).await else { continue };
        let mut books = inner.books();
        let is_quiet = books.cursor() == before;
        books.heard(gone, last, oldest_ms);
        if gone == last && is_quiet {
            books.heard_empty();
        }
    }
}

async fn look(inner: &Inner) -> Option<(Extent, Option<i64>)> {
    let one = match (&inner.options.order, inner.consumers.first()) {
        (None, Some(consumer)) => Some(consumer.clone().info().await.ok()?.clone()),
        _ => None,
    };
    let stream = inner.context.get_stream(inner.options.address.stream()).await.ok();
    let state = stream.map(|stream| stream.cached_info().state.clone());
    let oldest_ms = state.as_ref().and_then(|state| {
        i64::try_from(state.first_timestamp.unix_timestamp_nanos() / 1_000_000).ok()
    });
    let extent = match one {
        Some(info) => Extent::of_one(&info),
        None => Extent::of_many(&state?),
    };
    Some((extent, oldest_ms))
}

/// Gives messages up, so that others have them at once, or after this time.
pub(super) async fn give_up(held: Vec<Arc<Acker>>, after: Option<Duration>, client: Client) {
    for acker in held {
        let _ = acker.ack_with(AckKind::Nak(after)).await;
    }
    let _ = client.flush().await;
}
