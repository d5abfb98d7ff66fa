//! One worker: takes a run of items, works on them, settles what came of it, and so on.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use super::desk::Advice;
use super::handler::Outcome;
use super::labor::{Failure, Labor, Result, Stint};
use super::ledger::Ledger;
use super::run::{Job, Run};
use super::shared::Shared;
use super::source::Source;

/// After so many items without waiting a worker lets others have the thread.
const ITEMS_BETWEEN_YIELDS: usize = 256;
/// One in so many calls is timed, where they do not wait: a look at the clock would cost more.
const CALLS_BETWEEN_TIMES: usize = 256;

pub(super) struct Worker<T: Send + 'static, S: Source<T>, L> {
    shared: Arc<Shared<T>>,
    source: Arc<S>,
    labor: Arc<L>,
    /// Where its bell hangs; `None` once it has left.
    place: Option<usize>,
    run: Run<T>,
    result: Result,
    is_leading: bool,
    /// How much is in hand.
    size: usize,
    ledger: Ledger,
    since_yield: usize,
    since_timed: usize,
}

impl<T: Send + 'static, S: Source<T>, L: Labor<T>> Worker<T, S, L> {
    pub(super) fn new(shared: Arc<Shared<T>>, source: Arc<S>, labor: Arc<L>, place: usize) -> Self {
        Worker {
            shared,
            source,
            labor,
            place: Some(place),
            run: Run::new(),
            result: Result::default(),
            is_leading: false,
            size: 0,
            ledger: Ledger::default(),
            since_yield: 0,
            since_timed: CALLS_BETWEEN_TIMES,
        }
    }

    /// Works until there is nothing more to do, or too many do it.
    pub(super) async fn work(mut self) {
        while self.try_next() || self.next().await {
            self.begin();
            self.labor().await;
            self.settle();
            if self.is_to_rest() {
                self.rest().await;
            }
        }
    }

    /// Gets a run of items in hand if that needs no waiting, and nothing else is to do.
    fn try_next(&mut self) -> bool {
        if self.place.is_none() || self.shared.needs_attention() {
            return false;
        }
        let max = self.share();
        self.source.try_take(&mut self.run.items, max) > 0
    }

    /// How much it may take.
    fn share(&self) -> usize {
        let pace = &self.shared.pace;
        let (workers, batch) =
            (pace.workers.load(Ordering::Relaxed), pace.batch.load(Ordering::Relaxed));
        self.labor.share(self.source.waiting(), workers, batch)
    }

    /// Gets a run of items in hand; `false` when it is time to leave.
    async fn next(&mut self) -> bool {
        loop {
            match self.advice().await {
                Advice::Work => return true,
                Advice::Leave => return false,
                Advice::Take | Advice::Wait => {}
            }
            let taken = self.take().await;
            if taken == Some(0) {
                self.shared.step(|desk| desk.note_closed());
            }
            if self.is_leading {
                self.admit();
            } else if taken.is_some_and(|count| count > 0) {
                return true;
            }
        }
    }

    /// What to do next, as soon as that is something else than to wait.
    async fn advice(&mut self) -> Advice {
        let Some(place) = self.place else { return Advice::Leave };
        if !self.shared.needs_attention() {
            return Advice::Take;
        }
        self.ledger.close(&self.shared.meter, &*self.source);
        let (shared, run) = (&self.shared, &mut self.run);
        let mut has_left = false;
        let advice = poll_fn(|cx| {
            let mut advice = Advice::Wait;
            shared.step(|desk| {
                advice = desk.advise(&shared.rules(), run);
                match advice {
                    Advice::Wait => desk.bells.sleep(place, cx),
                    Advice::Leave => {
                        has_left = true;
                        let mut wakers = desk.leave(place);
                        // What it may have been woken for is for somebody else.
                        wakers.extend(desk.rouse());
                        return wakers;
                    }
                    _ => _ = desk.bells.rise(place),
                }
                Vec::new()
            });
            if advice == Advice::Wait { Poll::Pending } else { Poll::Ready(advice) }
        })
        .await;
        if has_left {
            self.place = None;
        }
        self.is_leading = advice == Advice::Take && self.shared.key_of.is_some();
        advice
    }

    /// Takes from the source. `None` when something else is to do before there is anything.
    async fn take(&mut self) -> Option<usize> {
        let place = self.place?;
        let (shared, max) = (&self.shared, self.share());
        let (ledger, source) = (&mut self.ledger, &*self.source);
        let mut take = pin!(source.take(&mut self.run.items, max));
        let mut has_slept = false;
        poll_fn(|cx| {
            let taken = take.as_mut().poll(cx);
            if taken.is_ready() && !has_slept {
                return taken.map(Some);
            }
            ledger.close(&shared.meter, source);
            let mut is_called = false;
            shared.step(|desk| {
                is_called = desk.calls(&shared.rules());
                if taken.is_pending() && !is_called {
                    has_slept = true;
                    desk.bells.sleep(place, cx);
                    return Vec::new();
                }
                // What it was woken for goes to the next if it does something else now.
                let was_rung = desk.bells.rise(place) && has_slept;
                if was_rung && taken.is_ready() { desk.bells.ring(1) } else { Vec::new() }
            });
            match taken {
                Poll::Ready(count) => Poll::Ready(Some(count)),
                Poll::Pending if is_called => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Hands what it took as the leader to the desk, in order.
    fn admit(&mut self) {
        let Some(key_of) = &self.shared.key_of else { return };
        let keys = Vec::from_iter(self.run.items.iter().map(key_of));
        let run = &mut self.run;
        self.is_leading = false;
        self.shared.step(|desk| {
            let jobs = keys.into_iter().zip(run.drain()).map(|(key, mut job)| {
                job.ticket.key = Some(key);
                (key, job)
            });
            desk.admit(jobs);
            let mut wakers = desk.stop_leading();
            wakers.extend(desk.rouse());
            wakers
        });
    }

    fn begin(&mut self) {
        let (source, items) = (&self.source, &self.run.items);
        let sizes = || items.iter().map(|item| source.size(item));
        self.size = sizes().sum();
        self.ledger.begin(&self.shared.meter, self.labor.at_once(sizes()));
        self.shared.ensure_ticking();
    }

    async fn labor(&mut self) {
        let is_timed = self.since_timed >= CALLS_BETWEEN_TIMES;
        let began = is_timed.then(|| self.shared.runtime.now());
        let has_waited = self.attempt().await;
        if let Some(began) = began {
            self.since_timed = 0;
            let took = self.shared.runtime.now().saturating_sub(began);
            self.shared.meter.time(self.result.calls, took);
        }
        let quiet = if has_waited { CALLS_BETWEEN_TIMES } else { 0 };
        self.since_timed += self.result.calls + quiet;
    }

    /// Works on what is in hand, and leaves nothing untold while it waits. Says whether it did.
    async fn attempt(&mut self) -> bool {
        self.result.reset();
        let mut stint = Stint {
            labor: &*self.labor,
            items: &mut self.run.items,
            is_stopped: &self.shared.is_stopping,
            result: &mut self.result,
        };
        let mut has_waited = false;
        let (meter, source, ledger) = (&self.shared.meter, &*self.source, &mut self.ledger);
        let wait = || {
            has_waited = true;
            ledger.tell(meter, source);
        };
        let mut telling = Telling { work: pin!(L::work(&mut stint)), wait };
        (&mut telling).await;
        has_waited
    }

    fn settle(&mut self) {
        let count = self.run.items.len();
        self.since_yield += count;
        let all_is_done = self.result.begun == count && self.result.failures.is_empty();
        if all_is_done && self.run.tickets.is_empty() {
            self.ledger.did(self.size, &self.shared.meter, &*self.source);
            self.run.items.clear();
        } else {
            self.settle_each();
        }
    }

    #[cold]
    fn settle_each(&mut self) {
        let meter = &self.shared.meter;
        self.ledger.close(meter, &*self.source);
        let mut failures = self.result.failures.drain(..).peekable();
        let (mut again, mut dead) = (Vec::new(), Vec::new());
        let (mut keys, mut given_back) = (Vec::new(), Vec::new());
        let (mut done, mut failed, mut retried) = (0, 0, 0);
        for (at, mut job) in self.run.drain().enumerate() {
            if at >= self.result.begun {
                given_back.push(job.item);
                continue;
            }
            job.ticket.attempts = job.ticket.attempts.saturating_add(1);
            let size = self.source.size(&job.item);
            let Some((_, failure)) = failures.next_if(|(place, _)| *place == at) else {
                done += size;
                keys.extend(job.ticket.key);
                continue;
            };
            failed += size;
            if matches!(failure, Failure::Panicked(_)) {
                meter.panicked.fetch_add(1, Ordering::Relaxed);
            }
            match judged(failure, &job, self.shared.retry.attempts_max) {
                Fate::Again(after) => {
                    retried += size;
                    again.push((job, after));
                }
                Fate::Dead(reason) => {
                    keys.extend(job.ticket.key);
                    dead.push((job.item, reason));
                }
            }
        }
        meter.did(done);
        meter.failed.fetch_add(failed as u64, Ordering::Relaxed);
        meter.retried.fetch_add(retried as u64, Ordering::Relaxed);
        meter.dead.fetch_add((failed - retried) as u64, Ordering::Relaxed);
        self.shared.try_again(again);
        dead.into_iter().for_each(|(item, reason)| self.shared.bury(item, &reason));
        self.shared.step(|desk| {
            keys.into_iter().for_each(|key| desk.release(key));
            desk.given_back.append(&mut given_back);
            desk.rouse()
        });
        self.source.finished(done + failed - retried);
    }

    fn is_to_rest(&self) -> bool {
        self.since_yield >= ITEMS_BETWEEN_YIELDS || self.shared.pace.has_pause()
    }

    /// Pauses as the gear says; lets others have the thread now and then.
    async fn rest(&mut self) {
        if self.since_yield >= ITEMS_BETWEEN_YIELDS {
            self.since_yield = 0;
            self.ledger.tell(&self.shared.meter, &*self.source);
            yield_once().await;
        }
        let pause = self.shared.pace.pause();
        if !pause.is_zero() {
            self.pause(pause).await;
        }
    }

    async fn pause(&mut self, pause: Duration) {
        let Some(place) = self.place else { return };
        let shared = &self.shared;
        self.ledger.close(&shared.meter, &*self.source);
        let _pausing = Pausing::begin(shared);
        let mut sleep = shared.runtime.after(pause);
        poll_fn(|cx| {
            let is_over = sleep.as_mut().poll(cx).is_ready();
            let mut is_called = false;
            shared.step(|desk| {
                let rules = shared.rules();
                is_called = rules.is_stopping
                    || desk.workers > rules.workers
                    || shared.pace.pause() < pause;
                desk.bells.sleep(place, cx);
                if is_over || is_called {
                    desk.bells.rise(place);
                }
                Vec::new()
            });
            if is_over || is_called { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Work that does something each time before it waits.
struct Telling<'a, F, W> {
    work: Pin<&'a mut F>,
    wait: W,
}

impl<F: Future, W: FnMut() + Unpin> Future for Telling<'_, F, W> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let worked = self.work.as_mut().poll(cx);
        if worked.is_pending() {
            (self.wait)();
        }
        worked
    }
}

/// Is counted as pausing for as long as it lives.
struct Pausing<'a, T>(&'a Shared<T>);

impl<'a, T: Send + 'static> Pausing<'a, T> {
    fn begin(shared: &'a Arc<Shared<T>>) -> Self {
        shared.meter.pausing.fetch_add(1, Ordering::SeqCst);
        shared.ensure_ticking();
        Pausing(shared)
    }
}

impl<T> Drop for Pausing<'_, T> {
    fn drop(&mut self) {
        self.0.meter.pausing.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What becomes of an item that failed.
enum Fate {
    Again(Option<Duration>),
    Dead(String),
}

fn judged<T>(failure: Failure, job: &Job<T>, attempts_max: u32) -> Fate {
    let is_last = job.ticket.attempts >= attempts_max;
    let after = match &failure {
        Failure::Said(Outcome::RetryAfter(after)) => Some(*after),
        _ => None,
    };
    match failure {
        Failure::Said(Outcome::Dead(reason)) => Fate::Dead(reason),
        Failure::Panicked(reason) if is_last => Fate::Dead(reason),
        _ if is_last => Fate::Dead(format!("it failed {} times", job.ticket.attempts)),
        _ => Fate::Again(after),
    }
}

async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<T: Send + 'static, S: Source<T>, L> Drop for Worker<T, S, L> {
    /// What a worker leaves behind that ends before its time: its runtime is gone, or it
    /// panicked outside of a handler.
    fn drop(&mut self) {
        let Some(place) = self.place.take() else { return };
        self.ledger.close(&self.shared.meter, &*self.source);
        let jobs = Vec::from_iter(self.run.drain());
        let is_leading = self.is_leading;
        self.shared.step(|desk| {
            let mut wakers = if is_leading { desk.stop_leading() } else { Vec::new() };
            for job in jobs {
                job.ticket.key.into_iter().for_each(|key| desk.release(key));
                desk.given_back.push(job.item);
            }
            wakers.extend(desk.leave(place));
            wakers.extend(desk.rouse());
            wakers
        });
    }
}
