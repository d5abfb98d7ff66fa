//! What the workers, the ticker and the handle of a pool share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use super::desk::{Desk, Rules};
use super::meter::Meter;
use super::retry::{RetryConfig, delay};
use super::run::Job;
use super::runtime::{Runtime, Task};
use super::source::Watched;
use super::ticker::Ticker;
use crate::consumer::controller::Gear;
use crate::consumer::gears::Shift;

pub(super) type KeyOf<T> = Box<dyn Fn(&T) -> u64 + Send + Sync>;
pub(super) type OnDead<T> = Box<dyn Fn(T, &str) + Send + Sync>;
pub(super) type OnShift = Box<dyn Fn(&Shift) + Send + Sync>;
/// Makes the task of one more worker.
pub(super) type Hire<T> = Box<dyn Fn(Arc<Shared<T>>, usize) -> Task + Send + Sync>;

/// The gear in force, in the form the workers read it.
pub(super) struct Pace {
    pub(super) gear: AtomicUsize,
    pub(super) workers: AtomicUsize,
    pub(super) batch: AtomicUsize,
    pause_ns: AtomicU64,
}

impl Pace {
    pub(super) fn of(gear: &Gear) -> Self {
        let pace = Pace {
            gear: AtomicUsize::new(0),
            workers: AtomicUsize::new(0),
            batch: AtomicUsize::new(0),
            pause_ns: AtomicU64::new(0),
        };
        pace.set(0, gear);
        pace
    }

    pub(super) fn set(&self, at: usize, gear: &Gear) {
        self.gear.store(at, Ordering::Relaxed);
        self.workers.store(gear.workers, Ordering::Relaxed);
        self.batch.store(gear.batch, Ordering::Relaxed);
        let pause_ns = u64::try_from(gear.pause.as_nanos()).unwrap_or(u64::MAX);
        self.pause_ns.store(pause_ns, Ordering::Relaxed);
    }

    pub(super) fn has_pause(&self) -> bool {
        self.pause_ns.load(Ordering::Relaxed) > 0
    }

    pub(super) fn pause(&self) -> Duration {
        Duration::from_nanos(self.pause_ns.load(Ordering::Relaxed))
    }
}

pub(super) struct Shared<T> {
    desk: Mutex<Desk<T>>,
    /// Whether a look at the desk is worth taking its lock.
    attention: AtomicBool,
    pub(super) is_stopping: AtomicBool,
    pub(super) is_ticking: AtomicBool,
    pub(super) pace: Pace,
    pub(super) meter: Meter,
    pub(super) ticker: Mutex<Ticker>,
    pub(super) source: Box<dyn Watched>,
    pub(super) runtime: Box<dyn Runtime>,
    pub(super) retry: RetryConfig,
    pub(super) key_of: Option<KeyOf<T>>,
    pub(super) on_dead: Option<OnDead<T>>,
    pub(super) hire: Hire<T>,
}

/// What a pool is put together from.
pub(super) struct Parts<T> {
    pub(super) ticker: Ticker,
    pub(super) source: Box<dyn Watched>,
    pub(super) runtime: Box<dyn Runtime>,
    pub(super) retry: RetryConfig,
    pub(super) key_of: Option<KeyOf<T>>,
    pub(super) on_dead: Option<OnDead<T>>,
    pub(super) hire: Hire<T>,
}

impl<T: Send + 'static> Shared<T> {
    pub(super) fn new(parts: Parts<T>) -> Self {
        Shared {
            desk: Mutex::new(Desk::new(parts.retry.seed)),
            attention: AtomicBool::new(true),
            is_stopping: AtomicBool::new(false),
            is_ticking: AtomicBool::new(false),
            pace: Pace::of(parts.ticker.gear()),
            meter: Meter::default(),
            ticker: Mutex::new(parts.ticker),
            source: parts.source,
            runtime: parts.runtime,
            retry: parts.retry,
            key_of: parts.key_of,
            on_dead: parts.on_dead,
            hire: parts.hire,
        }
    }

    pub(super) fn rules(&self) -> Rules {
        Rules {
            is_stopping: self.is_stopping.load(Ordering::Relaxed),
            has_keys: self.key_of.is_some(),
            workers: self.pace.workers.load(Ordering::Relaxed),
            batch: self.pace.batch.load(Ordering::Relaxed),
        }
    }

    /// Looks at the desk, without changing what workers have to know.
    pub(super) fn look(&self) -> MutexGuard<'_, Desk<T>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a step at the desk; then wakes whom it said to.
    pub(super) fn step(&self, step: impl FnOnce(&mut Desk<T>) -> Vec<Waker>) {
        let mut desk = self.look();
        let wakers = step(&mut desk);
        self.attention.store(desk.needs_attention(&self.rules()), Ordering::SeqCst);
        drop(desk);
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(super) fn needs_attention(&self) -> bool {
        self.attention.load(Ordering::SeqCst)
    }

    /// Lets everybody look what has changed.
    pub(super) fn ring_all(&self) {
        self.step(|desk| desk.bells.ring(usize::MAX));
    }

    /// Spawns workers until there are as many as the gear has; also in place of those that a
    /// runtime or a panic has ended.
    pub(super) fn hire_up(self: &Arc<Self>) {
        let mut places = Vec::new();
        self.step(|desk| {
            let lacking = desk.lacks(&self.rules());
            desk.workers += lacking;
            places.extend((0..lacking).map(|_| desk.bells.join()));
            Vec::new()
        });
        for place in places {
            self.runtime.spawn((self.hire)(Arc::clone(self), place));
        }
    }

    /// Keeps jobs that failed until it is time to try them again.
    pub(super) fn try_again(self: &Arc<Self>, jobs: Vec<(Job<T>, Option<Duration>)>) {
        if jobs.is_empty() {
            return;
        }
        let now = self.runtime.now();
        let mut timer = None;
        self.step(|desk| {
            for (job, after) in jobs {
                let after = after.unwrap_or_else(|| {
                    let chance = desk.chance.draw();
                    delay(&self.retry, job.ticket.attempts, chance)
                });
                timer = desk.retry_at(now.saturating_add(after), job).or(timer);
            }
            Vec::new()
        });
        if let Some(due) = timer {
            let shared = Arc::clone(self);
            self.runtime.spawn(Box::pin(shared.wait_for_retries(due)));
        }
    }

    async fn wait_for_retries(self: Arc<Self>, mut due: Duration) {
        loop {
            self.runtime.after(due.saturating_sub(self.runtime.now())).await;
            // Whatever the clock says: what was waited for has come.
            let now = self.runtime.now().max(due);
            let mut next = None;
            self.step(|desk| {
                next = desk.timer_rings(due, now);
                desk.rouse()
            });
            match next {
                Some(next) if !self.is_stopping.load(Ordering::SeqCst) => due = next,
                _ => return,
            }
        }
    }

    /// An item that can't be finished goes to whoever wants it. What they do with it is not
    /// allowed to cost a worker.
    pub(super) fn bury(&self, item: T, reason: &str) {
        if let Some(on_dead) = &self.on_dead
            && catch_unwind(AssertUnwindSafe(|| on_dead(item, reason))).is_err()
        {
            self.meter.panicked.fetch_add(1, Ordering::Relaxed);
        }
    }
}
