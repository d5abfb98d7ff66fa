//! Events on their way to a sink.

use std::cmp::Ordering;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use forebay::Queue;

use crate::Event;
use crate::clock::Alarm;

/// Where deliveries come from and go back to.
pub(crate) trait Home: Send + Sync {
    /// It is finished: `dead` of its events as dead letters, the rest in the sink.
    fn finish(&self, number: u64, dead: u64);

    /// It is given back, to go out again when `after` has passed.
    fn give_back(&self, number: u64, events: Vec<Event>, after: Duration);

    /// It is let go: to others, where there are others.
    fn let_go(&self, number: u64, events: Vec<Event>) {
        self.give_back(number, events, Duration::ZERO);
    }
}

/// Whether events have been out before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    First,
    /// Not as far as anybody knows.
    #[cfg(feature = "jetstream")]
    Perhaps,
    /// They have been, or what is known of it is lost.
    Again,
}

/// Events that were handed out and are not finished.
///
/// Dropping it gives them back: they come again, before anything younger.
#[must_use = "a delivery that is dropped is given back"]
pub struct Delivery {
    home: Arc<dyn Home>,
    number: u64,
    /// Empty once finished: no event can go two ways.
    events: Vec<Event>,
    is_finished: bool,
    turn: Turn,
}

impl Delivery {
    pub(crate) fn new(home: Arc<dyn Home>, number: u64, events: Vec<Event>, turn: Turn) -> Self {
        Delivery { home, number, events, is_finished: false, turn }
    }

    /// Whether some of it may have reached the sink already: it was given back, or comes from
    /// before the process was started.
    pub fn is_again(&self) -> bool {
        self.turn == Turn::Again
    }

    /// Whether nothing of it can have reached the sink: it has never been out, and is nowhere twice. One that is
    /// neither this nor [again](Self::is_again) is very likely new, and whoever writes it has to be prepared.
    pub fn is_surely_first(&self) -> bool {
        self.turn == Turn::First
    }

    /// The events, oldest first.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Finishes it: `dead` of the events were given up as dead letters, the others are in the
    /// sink.
    pub fn ack(mut self, dead: u64) {
        self.is_finished = true;
        self.home.finish(self.number, dead);
    }

    /// Gives it back, to come again when `after` has passed, and then before anything younger. With
    /// zero it comes again at once, as if it were dropped.
    ///
    /// Until then it counts as waiting. The time is lost with the process: after a restart it comes
    /// at once.
    pub fn nack(mut self, after: Duration) {
        self.give_back(after);
    }

    /// By what its home knows it: the lower, the older its events.
    #[cfg(feature = "jetstream")]
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Lets go of it without finishing it or giving it back.
    #[cfg(feature = "jetstream")]
    pub(crate) fn into_number(mut self) -> u64 {
        self.is_finished = true;
        self.number
    }

    /// Gives it back because nobody here can finish it. Where [others take, too](crate::Backlog::is_shared), they get
    /// it, with what was brought here to be taken next; otherwise it comes again at once.
    pub fn let_go(mut self) {
        self.is_finished = true;
        self.home.let_go(self.number, std::mem::take(&mut self.events));
    }

    fn give_back(&mut self, after: Duration) {
        self.is_finished = true;
        self.home.give_back(self.number, std::mem::take(&mut self.events), after);
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if !self.is_finished {
            self.give_back(Duration::ZERO);
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("number", &self.number)
            .field("events", &self.events.len())
            .finish_non_exhaustive()
    }
}

/// A delivery that was given back. The lower its number the older its events, and the sooner
/// they go out again.
#[derive(Debug)]
pub(crate) struct GivenBack {
    pub(crate) number: u64,
    pub(crate) events: Vec<Event>,
}

impl Ord for GivenBack {
    fn cmp(&self, other: &Self) -> Ordering {
        other.number.cmp(&self.number)
    }
}

impl PartialOrd for GivenBack {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for GivenBack {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for GivenBack {}

/// Deliveries that were given back: a queue of those that are to go out again, the oldest first, and an alarm for those that are to wait before
/// they do.
#[derive(Debug)]
pub(crate) struct Returns {
    queue: Queue<GivenBack>,
    alarm: Alarm<GivenBack>,
}

impl Returns {
    pub(crate) fn new() -> Self {
        let queue: Queue<GivenBack> =
            Queue::builder().priority().build().expect("no capacity to refuse");
        let again = queue.clone();
        let alarm = Alarm::new(move |back| {
            let put = again.try_put(back);
            debug_assert!(put.is_ok(), "it closes only when nothing is out");
        });
        Returns { queue, alarm }
    }

    /// Goes out again when `after` has passed.
    pub(crate) fn put(&self, back: GivenBack, after: Duration) {
        self.alarm.set(back, after);
    }

    /// What waits to go out again does so no more.
    #[cfg(feature = "jetstream")]
    pub(crate) fn clear(&self) {
        while self.queue.try_get().is_ok() {}
    }

    /// Nothing comes back any more.
    pub(crate) fn close(&self) {
        self.queue.close();
    }
}

/// What goes out next.
pub(crate) enum Next<T> {
    /// What was given back, oldest first.
    Again(GivenBack),
    /// What has never been out.
    Fresh(Vec<T>),
}

/// Waits for what goes out next: what was given back goes before anything new, of which up to
/// `events_max` are taken. Ends when `given_back` is closed and empty.
///
/// # Cancel safety
/// Dropping the future takes nothing out.
pub(crate) async fn next<T>(
    given_back: &Returns,
    fresh: &Queue<T>,
    events_max: usize,
) -> Option<Next<T>> {
    let mut events = Vec::new();
    let again = {
        let mut again = pin!(given_back.queue.get());
        let mut fresh = pin!(fresh.get_many(&mut events, events_max));
        let mut is_drained = false;
        std::future::poll_fn(|cx| {
            if let Poll::Ready(again) = again.as_mut().poll(cx) {
                return Poll::Ready(again.map(Some));
            }
            if is_drained {
                return Poll::Pending;
            }
            match fresh.as_mut().poll(cx) {
                Poll::Ready(0) => is_drained = true,
                Poll::Ready(_) => return Poll::Ready(Some(None)),
                Poll::Pending => {}
            }
            Poll::Pending
        })
        .await?
    };
    Some(again.map_or(Next::Fresh(events), Next::Again))
}
