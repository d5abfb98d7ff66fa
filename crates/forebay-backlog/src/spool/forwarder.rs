//! Moves groups from the disk into the stream, in order, many on their way at one time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesOrdered, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::plan::{Forwarded, Plan, Stage, Verdict};
use super::{Inner, Link, before};
use crate::jetstream::{JetStreamBacklog, JetStreamError, Sight};
use crate::{AppendError, Backlog, Delivery, Event, Receipt, clock};

/// So many events are forwarded in one group, and so many bytes.
const GROUP_EVENTS_MAX: usize = 1000;
const GROUP_BYTES_MAX: u64 = 1024 * 1024;

/// So many groups are on their way at one time, and so many bytes.
const ON_THE_WAY_MAX: usize = 64;
const BYTES_ON_THE_WAY_MAX: u64 = 32 * 1024 * 1024;

/// After something went wrong.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// A group on its way.
struct Sent {
    deliveries: Vec<Delivery>,
    bytes: u64,
    /// Events that the stream has, even if it has not all.
    acknowledged: u64,
    outcome: Result<(), AppendError>,
}

/// What a look has shown, and when it began.
type Look = (Instant, Result<Sight, JetStreamError>);

struct Forwarder {
    inner: Arc<Inner>,
    stream: Arc<JetStreamBacklog>,
    plan: Plan,
    /// Of the next group.
    gathered: Vec<Delivery>,
    groups_on_the_way: usize,
    bytes_on_the_way: u64,
    rests_until: Option<tokio::time::Instant>,
}

/// Ends when the stream is closed.
pub(super) async fn run(inner: Arc<Inner>) {
    let Some(stream) = connect(&inner).await else { return };
    let (tell, looks) = mpsc::channel(1);
    // Ends with this task.
    let mut watcher = JoinSet::new();
    watcher.spawn(watch(Arc::clone(&stream), inner.options.look_every, tell));
    let events_max = inner.options.stream.limits.events_max;
    let group_events_max =
        usize::try_from(events_max).unwrap_or(GROUP_EVENTS_MAX).min(GROUP_EVENTS_MAX);
    let plan = Plan::new(inner.options.keep, group_events_max);
    let forwarder = Forwarder {
        inner,
        stream,
        plan,
        gathered: Vec::new(),
        groups_on_the_way: 0,
        bytes_on_the_way: 0,
        rests_until: None,
    };
    forwarder.run(looks).await;
}

/// Tries until the server is there; nothing if it is over before.
async fn connect(inner: &Inner) -> Option<Arc<JetStreamBacklog>> {
    loop {
        match &*inner.link.borrow() {
            Link::There(stream) => return Some(Arc::clone(stream)),
            Link::Over => return None,
            Link::Away => {}
        }
        match JetStreamBacklog::open(inner.options.stream.clone()).await {
            Ok(stream) => {
                inner.told().unseen = None;
                let stream = before(&inner.disk, stream);
                inner.link.send_if_modified(|link| {
                    let is_away = matches!(link, Link::Away);
                    if is_away {
                        *link = Link::There(Arc::clone(&stream));
                    }
                    is_away
                });
            }
            Err(error) => {
                inner.told().unseen = Some(error.to_string());
                tokio::time::sleep(inner.options.look_every).await;
            }
        }
    }
}

/// Looks at the server from time to time.
async fn watch(stream: Arc<JetStreamBacklog>, every: Duration, tell: mpsc::Sender<Look>) {
    loop {
        let asked_at = clock::now();
        let sight = stream.look().await;
        if tell.send((asked_at, sight)).await.is_err() {
            return;
        }
        tokio::time::sleep(every).await;
    }
}

impl Forwarder {
    async fn run(mut self, mut looks: mpsc::Receiver<Look>) {
        let mut on_the_way = FuturesOrdered::new();
        loop {
            let wanted = self.wanted();
            let rests_until = self.rests_until;
            tokio::select! {
                Some(sent) = on_the_way.next(), if !on_the_way.is_empty() => {
                    if self.settle(sent) == Step::End {
                        return;
                    }
                }
                Some(look) = looks.recv() => self.see(look),
                delivery = self.inner.disk.take(wanted.unwrap_or(1)), if wanted.is_some() => {
                    let Some(delivery) = delivery else { return };
                    on_the_way.extend(self.gather(delivery));
                }
                () = rest(rests_until), if rests_until.is_some() => self.rests_until = None,
            }
            if self.plan.stage() == Stage::TurningBack && on_the_way.is_empty() {
                self.turn_back();
            }
        }
    }

    /// How many events are to be taken now, if any.
    fn wanted(&self) -> Option<usize> {
        let may_take = self.plan.stage() == Stage::Forwarding
            && self.rests_until.is_none()
            && self.groups_on_the_way < ON_THE_WAY_MAX
            && self.bytes_on_the_way < BYTES_ON_THE_WAY_MAX;
        may_take.then(|| self.plan.group_events() - count(&self.gathered))
    }

    /// Sends what is there, once it is a group as it was sent before; if it was not, as much as there is.
    fn gather(&mut self, delivery: Delivery) -> Option<impl Future<Output = Sent> + use<>> {
        self.gathered.push(delivery);
        let is_whole = count(&self.gathered) >= self.plan.group_events();
        if self.plan.sends_again() && !is_whole && self.inner.disk.waiting() > 0 {
            return None;
        }
        self.plan.sent();
        let deliveries = std::mem::take(&mut self.gathered);
        let events = deliveries.iter().flat_map(|delivery| delivery.events());
        let bytes = events.clone().map(Event::bytes).sum();
        let bytes_max = GROUP_BYTES_MAX.min(self.inner.options.stream.limits.bytes_max);
        let groups = cut(events, bytes_max).into_iter();
        let receipts =
            groups.map(|group| (group.len() as u64, self.stream.append(group.into()))).collect();
        self.groups_on_the_way += 1;
        self.bytes_on_the_way += bytes;
        Some(arrive(deliveries, bytes, receipts))
    }

    fn settle(&mut self, sent: Sent) -> Step {
        self.groups_on_the_way -= 1;
        self.bytes_on_the_way -= sent.bytes;
        match sent.outcome {
            Ok(()) => {
                self.inner.told().refused = None;
                self.shelve(sent.deliveries);
            }
            Err(AppendError::Closed) => return Step::End,
            Err(error) => {
                // Given back, it comes again before anything younger.
                self.stream.doubt(count(&sent.deliveries) as u64, sent.acknowledged);
                self.inner.told().refused = Some(error.to_string());
                self.rests_until = Some(tokio::time::Instant::now() + AGAIN_AFTER);
            }
        }
        Step::On
    }

    /// The stream has them; the disk keeps them.
    fn shelve(&mut self, deliveries: Vec<Delivery>) {
        let number = deliveries.first().map_or(0, Delivery::number);
        let events = count(&deliveries);
        let shelf = self.plan.forwarded(Forwarded { number, events }, clock::now());
        for delivery in deliveries {
            self.inner.disk.shelve(delivery, shelf);
        }
    }

    fn see(&mut self, (asked_at, sight): Look) {
        self.inner.told().unseen = sight.as_ref().err().map(ToString::to_string);
        match self.plan.see(asked_at, sight.ok()) {
            Verdict::Drop(shelves) => {
                shelves.into_iter().for_each(|shelf| self.inner.disk.finish_shelf(shelf));
            }
            // What is on its way comes to its end first.
            Verdict::TurnBack | Verdict::Wait => {}
        }
    }

    fn turn_back(&mut self) {
        self.gathered.clear();
        let (_, (kept, _)) = self.inner.disk.spooled();
        self.stream.doubt(kept, kept);
        self.inner.disk.rewind();
        self.inner.told().resends += 1;
        self.plan.turned_back();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    On,
    End,
}

/// All of it is there, or what is missing comes again with the rest.
async fn arrive(deliveries: Vec<Delivery>, bytes: u64, receipts: Vec<(u64, Receipt)>) -> Sent {
    let (mut acknowledged, mut outcome) = (0, Ok(()));
    for (events, receipt) in receipts {
        match receipt.await {
            Ok(_) => acknowledged += events,
            Err(error) => outcome = outcome.and(Err(error)),
        }
    }
    Sent { deliveries, bytes, acknowledged, outcome }
}

fn count(deliveries: &[Delivery]) -> usize {
    deliveries.iter().map(|delivery| delivery.events().len()).sum()
}

/// Cuts events into groups of so many bytes at most, but for a single one that has more.
#[expect(single_use_lifetimes, reason = "an argument of this kind needs a name for it")]
fn cut<'a>(events: impl Iterator<Item = &'a Event>, bytes_max: u64) -> Vec<Vec<Event>> {
    let (mut groups, mut bytes) = (vec![Vec::new()], 0);
    for event in events {
        if bytes > 0 && bytes + event.bytes() > bytes_max {
            groups.push(Vec::new());
            bytes = 0;
        }
        bytes += event.bytes();
        groups.last_mut().expect("there is one from the beginning").push(event.clone());
    }
    groups
}

async fn rest(until: Option<tokio::time::Instant>) {
    if let Some(until) = until {
        tokio::time::sleep_until(until).await;
    }
}
