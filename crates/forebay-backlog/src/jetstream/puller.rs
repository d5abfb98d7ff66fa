//! Gets messages out of the stream while there is room for their events in the window.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::message::{AckKind, Message};
use async_nats::jetstream::stream::{Config, StorageType};
use futures_util::StreamExt;

use super::Inner;
use super::books::Got;
use super::cursor::Arrival;
use super::keeper::AFTER_LETTING_GO;
use crate::disk::parcel::unpack;

/// Messages asked for at one time.
const MESSAGES_MAX: u64 = 256;
/// How long one request for messages stands, when there are none.
const EXPIRES_MAX: Duration = Duration::from_secs(30);
/// After the server was away.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Ends when the backlog is closed.
pub(super) async fn run(inner: Arc<Inner>, consumer: PullConsumer) {
    // One that is handed out at a time is asked for alone: the next one is only there when it is finished.
    let messages_max = match inner.options.order {
        Some(_) => 1,
        None => MESSAGES_MAX,
    };
    loop {
        let room = loop {
            let changed = inner.room.notified();
            let (room, is_closed) = {
                let books = inner.books();
                (books.room(), books.is_closed())
            };
            if is_closed {
                return;
            }
            match room {
                0 => changed.await,
                room => break room,
            }
        };
        if pull(&inner, &consumer, room.min(messages_max)).await.is_none() {
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }
}

/// Asks for messages and waits for them. Nothing, if the server could not be asked.
async fn pull(inner: &Arc<Inner>, consumer: &PullConsumer, messages_max: u64) -> Option<()> {
    let messages_max = usize::try_from(messages_max).unwrap_or(usize::MAX);
    let mut connections = inner.line.connections();
    // Whoever stands still is given nothing more after half of the time that it may.
    let expires = EXPIRES_MAX.min(inner.options.ack_wait / 2);
    let ask = consumer.batch().max_messages(messages_max).expires(expires);
    let mut messages = ask.messages().await.ok()?;
    loop {
        let message = tokio::select! {
            message = messages.next() => message,
            () = resting(inner) => return Some(()),
            _ = connections.changed() => return Some(()),
        };
        match message {
            Some(message) => arrive(inner, message.ok()?).await?,
            None => return Some(()),
        }
    }
}

async fn resting(inner: &Inner) {
    loop {
        let changed = inner.room.notified();
        if inner.books().rests() {
            return;
        }
        changed.await;
    }
}

async fn arrive(inner: &Arc<Inner>, message: Message) -> Option<()> {
    let info = message.info().ok()?;
    let (number, pending) = (info.stream_sequence, info.pending);
    let arrival = Arrival { number, pending, is_again: info.delivered > 1 };
    let Some(group) = unpack(&message.payload) else {
        set_aside(inner, &message).await?;
        inner.books().set_aside(arrival);
        return Some(());
    };
    let (_, acker) = message.split();
    let got = Got { events: group.events, acker: Arc::new(acker) };
    let mut books = inner.books();
    let mut held = books.got(arrival, got);
    if books.rests() {
        let unasked = books.let_go_unasked(&held);
        drop(books);
        inner.give_up(unasked, Some(AFTER_LETTING_GO));
        return Some(());
    }
    // Under the lock, so that the window has them in their order.
    let put = inner.window.try_put_many(&mut held);
    debug_assert!(put.is_ok(), "an open, unbounded queue takes everything");
    drop(books);
    inner.stirred.notify_one();
    inner.holding.notify_one();
    Some(())
}

/// Keeps what is none of ours in a stream of its own, and then takes it out of this one.
async fn set_aside(inner: &Inner, message: &Message) -> Option<()> {
    let name = inner.options.aside();
    let stream = Config {
        name: name.clone(),
        description: Some("what forebay found in its stream and could not read".to_owned()),
        subjects: vec![name.clone()],
        storage: StorageType::File,
        num_replicas: inner.options.replicas,
        ..Config::default()
    };
    inner.context.get_or_create_stream(stream).await.ok()?;
    let mut headers = message.headers.clone().unwrap_or_default();
    headers.insert("Forebay-Subject", message.subject.as_str());
    let kept =
        inner.context.publish_with_headers(name, headers, message.payload.clone()).await.ok()?;
    kept.await.ok()?;
    message.ack_with(AckKind::Term).await.ok()
}
