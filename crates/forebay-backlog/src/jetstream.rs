//! The engine on NATS JetStream: one backlog between any number of machines.
//!
//! ```text
//! append ──▶ publisher ──message──▶ stream ──message──▶ puller ──▶ window ──take──▶ delivery
//!               ◀──acknowledgement──┘  ▲                                              │
//!                                      └───────────────── acker ◀──────ack────────────┘
//! ```
//!
//! One message is one group of events. It is acknowledged when its last event is finished; until then the
//! server is told that it is at work, and when it is not told any more, it gives the message to another.

mod books;
mod cursor;
mod error;
mod keeper;
mod line;
mod marks;
mod options;
mod order;
mod publisher;
mod puller;
mod sight;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::context::{ContextBuilder, GetStreamErrorKind};
use async_nats::jetstream::message::Acker;
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, Context};
use forebay::Queue;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc};
use tokio::task::JoinSet;

use crate::backlog::{Backlog, Durability, Taking};
use crate::delivery::{GivenBack, Home, Next, Returns, Turn, next};
use crate::receipt::Promise;
use crate::{AppendError, Appended, Delivery, Event, Group, Limits, Mark, Receipt, Snapshot};
use books::{Books, Held};
use cursor::{Cursor, Extent};
use line::Line;
use marks::Marks;
use options::{mismatch, mismatch_of_consumer};
use publisher::{Job, Publisher};

pub use error::JetStreamError;
pub use options::JetStreamOptions;
pub use order::Order;
pub(crate) use sight::{Shares, Sight, fits};

/// A backlog in a stream of NATS JetStream.
///
/// What an acknowledgement is worth depends on the server: [`worth`](Backlog::worth) says it.
#[derive(Debug)]
pub struct JetStreamBacklog {
    inner: Arc<Inner>,
    /// Ends with it.
    tasks: Mutex<JoinSet<()>>,
    jobs: mpsc::UnboundedSender<Job>,
    puller: Once,
}

/// What every task has a share of.
pub(crate) struct Inner {
    options: JetStreamOptions,
    client: Client,
    context: Context,
    /// One, or one a partition.
    consumers: Vec<PullConsumer>,
    runtime: Handle,
    marks: Marks,
    books: Mutex<Books<Acker>>,
    window: Queue<Held>,
    given_back: Returns,
    /// Where messages are taken whole, by one at a time.
    taking: AsyncMutex<()>,
    /// Something was taken from the window, or finished.
    room: Notify,
    /// Something is there to be watched.
    stirred: Notify,
    /// A message is held.
    holding: Notify,
    line: Line,
    finished: mpsc::UnboundedSender<Arc<Acker>>,
}

impl JetStreamBacklog {
    /// Connects, and makes the stream when it is not there yet.
    ///
    /// Its tasks run on the runtime that this is called on.
    ///
    /// # Errors
    /// Each [`JetStreamError`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves at most a stream that is empty.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn open(options: JetStreamOptions) -> Result<Self, JetStreamError> {
        let line = Line::default();
        let client = line.connect(&options).await?;
        let context = ContextBuilder::new().timeout(options.append_wait / 2).build(client.clone());
        let prepared = line.unless_denied(&options, prepare(&context, &options)).await?;
        let (consumers, Extent { gone, last }) = prepared;
        let cursor = match options.order {
            None => Cursor::at(gone, last),
            Some(_) => Cursor::parted(gone, last),
        };
        let (finished, to_finish) = mpsc::unbounded_channel();
        let inner = Arc::new(Inner {
            client,
            context,
            consumers,
            runtime: Handle::current(),
            marks: Marks::new(&options),
            books: Mutex::new(Books::new(cursor)),
            window: Queue::unbounded(),
            given_back: Returns::new(),
            taking: AsyncMutex::default(),
            room: Notify::new(),
            stirred: Notify::new(),
            holding: Notify::new(),
            line,
            finished,
            options,
        });
        let (jobs, to_publish) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(Publisher::new(Arc::clone(&inner)).run(to_publish));
        tasks.spawn(keeper::acknowledge(inner.client.clone(), to_finish));
        tasks.spawn(keeper::say_at_work(Arc::clone(&inner)));
        tasks.spawn(keeper::watch(Arc::clone(&inner)));
        Ok(JetStreamBacklog { inner, tasks: tasks.into(), jobs, puller: Once::new() })
    }

    /// Looks whether a stream could be opened, and makes nothing: how many messages wait in it, if it is there.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), as far as they can be seen.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn inspect(options: &JetStreamOptions) -> Result<Option<u64>, JetStreamError> {
        let address = &options.address;
        let line = Line::default();
        let client = line.connect(options).await?;
        let context = ContextBuilder::new().timeout(options.append_wait / 2).build(client);
        let look = async { Ok(context.get_stream(address.stream()).await) };
        let stream = match line.unless_denied(options, look).await? {
            Ok(stream) => stream,
            Err(error) => {
                let GetStreamErrorKind::JetStream(said) = error.kind() else {
                    let code = jetstream::ErrorCode::JETSTREAM_NOT_ENABLED;
                    return Err(JetStreamError::refused(address, "the stream", Some(code), error));
                };
                let code = said.error_code();
                return match code == jetstream::ErrorCode::STREAM_NOT_FOUND {
                    true => Ok(None),
                    false => Err(JetStreamError::refused(address, "the stream", Some(code), error)),
                };
            }
        };
        let found = stream.cached_info();
        agree(&found.config, options)?;
        Ok(Some(found.state.messages))
    }

    /// How many events are out of the stream, here, and not finished.
    pub fn at_hand(&self) -> u64 {
        self.inner.books().at_hand()
    }

    /// Whoever never takes, never pulls: what only lets in leaves deliveries to others.
    fn pull(&self) {
        self.puller.call_once(|| {
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            for consumer in &self.inner.consumers {
                let pulling = puller::run(Arc::clone(&self.inner), consumer.clone());
                tasks.spawn_on(pulling, &self.inner.runtime);
            }
        });
    }

    /// What was taken in before is answered, full or not.
    fn known_or(&self, mark: Mark, full: AppendError) -> Receipt {
        let (promise, receipt) = Promise::with_receipt();
        let inner = Arc::clone(&self.inner);
        self.inner.runtime.spawn(async move {
            let known = inner.marks.answered(&inner.context, &mark).await;
            let answer = known.and_then(|known| known.map(Appended::Repeated).ok_or(full));
            promise.keep(answer, Vec::new());
        });
        receipt
    }

    async fn take_next(&self, events_max: usize) -> Option<Delivery> {
        self.pull();
        let inner = &self.inner;
        inner.books().want(events_max as u64);
        inner.room.notify_waiters();
        let taker = Taker(inner);
        // Whoever has a part of a message has to have the rest, too, or another would write it meanwhile.
        let alone = match inner.options.order {
            Some(_) => Some(inner.taking.lock().await),
            None => None,
        };
        let next = next(&inner.given_back, &inner.window, events_max).await?;
        drop(taker);
        let home = Arc::clone(inner) as Arc<dyn Home>;
        inner.room.notify_waiters();
        match next {
            Next::Again(GivenBack { number, events }) => {
                inner.books().take_again(number);
                Some(Delivery::new(home, number, events, Turn::Again))
            }
            Next::Fresh(mut held) => {
                let mut books = inner.books();
                let rest = if alone.is_some() { books.rest_of(&held) } else { 0 };
                held.extend((0..rest).map_while(|_| inner.window.try_get().ok()));
                let turn = books.turn(&held);
                let number = books.take(&held);
                drop(books);
                let events = held.into_iter().map(|held| held.event).collect();
                Some(Delivery::new(home, number, events, turn))
            }
        }
    }
}

/// Somebody who waits for a delivery.
struct Taker<'a>(&'a Inner);

impl Drop for Taker<'_> {
    fn drop(&mut self) {
        self.0.books().wants_no_more();
    }
}

impl Backlog for JetStreamBacklog {
    fn append(&self, group: Group) -> Receipt {
        let inner = &self.inner;
        if inner.client.connection_state() != State::Connected {
            return Receipt::known(Err(AppendError::Away { why: "not connected".into() }));
        }
        let admitted = inner.books().admit(&group.events, &inner.options.limits);
        let (job, receipt) = match admitted {
            Ok(()) => Job::new(group),
            Err(full @ AppendError::Full { .. }) => {
                let Some(mark) = group.mark else { return Receipt::known(Err(full)) };
                return self.known_or(mark, full);
            }
            Err(error) => return Receipt::known(Err(error)),
        };
        // Dropped with the job, if its task is gone, it says so itself.
        let _ = self.jobs.send(job);
        receipt
    }

    fn take(&self, events_max: usize) -> Taking<'_> {
        Box::pin(self.take_next(events_max))
    }

    fn waiting(&self) -> usize {
        usize::try_from(self.inner.books().waiting_fresh()).unwrap_or(usize::MAX)
    }

    fn snapshot(&self) -> Snapshot {
        self.inner.books().snapshot()
    }

    fn limits(&self) -> Limits {
        self.inner.options.limits
    }

    fn durability(&self) -> Durability {
        Durability::JetStream
    }

    fn worth(&self) -> Option<String> {
        let info = self.inner.client.try_server_info()?;
        let copies = match self.inner.options.replicas {
            1 => "one server".to_owned(),
            replicas => format!("a majority of {replicas} servers"),
        };
        // No server tells its sync_interval; up to 2.9 it could not be set.
        let sync = match self.inner.client.is_server_compatible(2, 10, 0) {
            true => "synced within its sync_interval, 120 s unless it was set",
            false => "synced within 120 s",
        };
        Some(format!(
            "written by {copies} (NATS {}): it survives the end of their processes, not a loss of power before it is {sync}",
            info.version
        ))
    }

    fn fault(&self) -> Option<String> {
        let Inner { client, line, options, .. } = &*self.inner;
        match client.connection_state() {
            State::Connected => line.denial().map(|why| format!("{}: {why}", options.address)),
            _ => Some(format!("{} is away", options.address)),
        }
    }

    fn close(&self) {
        let mut books = self.inner.books();
        books.close();
        self.inner.end_when_done(&books);
        drop(books);
        self.inner.room.notify_waiters();
    }

    fn is_shared(&self) -> bool {
        true
    }
}

impl Drop for JetStreamBacklog {
    fn drop(&mut self) {
        // Others need not wait until we are missed.
        self.inner.give_up(self.inner.books().held(), None);
    }
}

impl Inner {
    fn books(&self) -> MutexGuard<'_, Books<Acker>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives messages up, to whoever asks after this time.
    fn give_up(&self, held: Vec<Arc<Acker>>, after: Option<Duration>) {
        self.runtime.spawn(keeper::give_up(held, after, self.client.clone()));
    }

    fn end_when_done(&self, books: &Books<Acker>) {
        if books.is_done() {
            self.given_back.close();
        }
    }
}

impl Home for Inner {
    fn finish(&self, number: u64, dead: u64) {
        let mut books = self.books();
        let whole = books.finish(number, dead);
        self.end_when_done(&books);
        drop(books);
        for acker in whole {
            // Nobody acknowledges any more when the backlog is gone: it comes again, and the sink knows it.
            let _ = self.finished.send(acker);
        }
        self.room.notify_waiters();
    }

    fn let_go(&self, number: u64, _events: Vec<Event>) {
        let mut books = self.books();
        let mut left = Vec::new();
        // Under the lock, so that a message is in the window whole or not at all.
        while let Ok(held) = self.window.try_get() {
            left.push(held);
        }
        let held = books.let_go(number, &left);
        self.end_when_done(&books);
        drop(books);
        self.room.notify_waiters();
        self.give_up(held, Some(keeper::AFTER_LETTING_GO));
    }

    fn give_back(&self, number: u64, events: Vec<Event>, after: Duration) {
        self.books().give_back(number);
        self.given_back.put(GivenBack { number, events }, after);
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("address", &self.options.address).finish_non_exhaustive()
    }
}

/// Makes what is missing, and looks at what is there.
async fn prepare(
    context: &Context,
    options: &JetStreamOptions,
) -> Result<(Vec<PullConsumer>, Extent), JetStreamError> {
    let address = &options.address;
    let stream = context.get_or_create_stream(options.stream()).await.map_err(|error| {
        let code = match error.kind() {
            jetstream::context::CreateStreamErrorKind::JetStream(error) => Some(error.error_code()),
            jetstream::context::CreateStreamErrorKind::JetStreamUnavailable => {
                Some(jetstream::ErrorCode::JETSTREAM_NOT_ENABLED)
            }
            _ => None,
        };
        JetStreamError::refused(address, "the stream", code, error)
    })?;
    agree(&stream.cached_info().config, options)?;
    let mut consumers = Vec::new();
    for wanted in options.consumers() {
        let name = wanted.durable_name.clone().unwrap_or_default();
        let made = stream.get_or_create_consumer(&name, wanted.clone()).await;
        let made =
            made.map_err(|error| JetStreamError::refused(address, "the consumer", None, error))?;
        if let Some(field) = mismatch_of_consumer(&made.cached_info().config, &wanted) {
            let (address, fields) = (Box::new(address.clone()), vec![field]);
            return Err(JetStreamError::Mismatch { address, fields });
        }
        consumers.push(made);
    }
    let extent = match (&options.order, consumers.first()) {
        (None, Some(consumer)) => Extent::of_one(consumer.cached_info()),
        _ => Extent::of_many(&stream.cached_info().state),
    };
    Ok((consumers, extent))
}

/// Whether a stream that is there is as we need it.
fn agree(found: &Config, options: &JetStreamOptions) -> Result<(), JetStreamError> {
    let fields = mismatch(found, &options.stream());
    match fields.is_empty() {
        true => Ok(()),
        false => {
            let address = Box::new(options.address.clone());
            Err(JetStreamError::Mismatch { address, fields })
        }
    }
}
