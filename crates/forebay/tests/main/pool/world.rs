//! A runtime under a virtual clock, driven by hand: nothing happens but what a test lets happen.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use forebay::{Runtime, Task};

/// The world: a clock, timers and tasks. Cloning makes another handle.
#[derive(Clone, Default)]
pub(super) struct World(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,
    /// By the moment they are due, and then by age.
    timers: BTreeMap<(Duration, u64), Waker>,
    timed: u64,
    tasks: Vec<Option<Task>>,
    runnable: Vec<usize>,
    /// Which of the runnable is next; 0 is first come, first served.
    chance: u64,
}

struct Runnable {
    world: World,
    task: usize,
}

impl Wake for Runnable {
    fn wake(self: Arc<Self>) {
        let mut state = self.world.state();
        if !state.runnable.contains(&self.task) {
            state.runnable.push(self.task);
        }
    }
}

impl World {
    /// A world in which the order of things that could happen now is drawn by chance.
    pub(super) fn with_chance(seed: u64) -> Self {
        let world = World::default();
        world.state().chance = seed | 1;
        world
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs tasks until none has anything to do at this moment.
    pub(super) fn settle(&self) {
        let mut polls = 0;
        while let Some((at, mut task)) = self.next() {
            polls += 1;
            assert!(polls < 1_000_000, "somebody spins");
            let waker = Waker::from(Arc::new(Runnable { world: self.clone(), task: at }));
            let mut cx = Context::from_waker(&waker);
            // A task that panics is gone, as it is under other runtimes.
            let polled = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut cx)));
            match polled {
                Ok(Poll::Pending) => self.state().tasks[at] = Some(task),
                _ => _ = catch_unwind(AssertUnwindSafe(move || drop(task))),
            }
        }
    }

    fn next(&self) -> Option<(usize, Task)> {
        let mut state = self.state();
        while !state.runnable.is_empty() {
            let at = state.draw();
            let task = state.runnable.remove(at);
            if let Some(future) = state.tasks[task].take() {
                return Some((task, future));
            }
        }
        None
    }

    /// Lets time pass, with everything that happens on the way.
    pub(super) fn pass(&self, time: Duration) {
        self.settle();
        let end = self.state().now + time;
        loop {
            let due = self.state().timers.keys().next().copied().filter(|(at, _)| *at <= end);
            let Some(due) = due else { break };
            let waker = {
                let mut state = self.state();
                state.now = state.now.max(due.0);
                state.timers.remove(&due)
            };
            waker.into_iter().for_each(Waker::wake);
            self.settle();
        }
        self.state().now = end;
    }

    pub(super) fn pass_ms(&self, ms: u64) {
        self.pass(Duration::from_millis(ms));
    }

    pub(super) fn timers(&self) -> usize {
        self.state().timers.len()
    }

    /// Tasks that have not ended.
    pub(super) fn tasks(&self) -> usize {
        self.state().tasks.iter().flatten().count()
    }

    /// Ends every task wherever it is, as a runtime does that is shut down.
    pub(super) fn end(&self) {
        let tasks = std::mem::take(&mut self.state().tasks);
        let count = tasks.len();
        drop(tasks);
        self.state().tasks.resize_with(count, || None);
    }

    /// The result of something that is ready after so much time at the most.
    pub(super) fn result_within<R>(&self, time: Duration, future: impl Future<Output = R>) -> R {
        let mut future = std::pin::pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        self.pass(time);
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("it still waits after {time:?}"),
        }
    }
}

impl State {
    fn draw(&mut self) -> usize {
        if self.chance == 0 {
            return 0;
        }
        // Xorshift (Marsaglia, 2003).
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance as usize % self.runnable.len()
    }
}

impl Runtime for World {
    fn spawn(&self, task: Task) {
        let mut state = self.state();
        let at = state.tasks.len();
        state.tasks.push(Some(task));
        state.runnable.push(at);
    }

    fn after(&self, time: Duration) -> Task {
        let due = self.state().now + time;
        Box::pin(Sleep { world: self.clone(), due, timer: None })
    }

    fn now(&self) -> Duration {
        self.state().now
    }
}

struct Sleep {
    world: World,
    due: Duration,
    timer: Option<(Duration, u64)>,
}

impl Sleep {
    fn disarm(&mut self) {
        if let Some(timer) = self.timer.take() {
            self.world.state().timers.remove(&timer);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.disarm();
        let due = self.due;
        let mut state = self.world.state();
        if state.now >= due {
            return Poll::Ready(());
        }
        state.timed += 1;
        let timer = (due, state.timed);
        state.timers.insert(timer, cx.waker().clone());
        drop(state);
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.disarm();
    }
}
