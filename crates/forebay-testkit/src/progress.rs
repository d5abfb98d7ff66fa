//! Work that would hang where it fails, watched so that it fails instead.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// So long nothing may happen. No machine is that busy.
const STANDSTILL: Duration = Duration::from_secs(60);

/// Tells whoever watches that the work goes on.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    // Ordering: relaxed; only whether it changes is looked at.
    steps: Arc<AtomicU64>,
}

impl Progress {
    /// One more step is done.
    pub fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }
}

/// Does `work` on a thread of its own for as long as it goes on, and fails, with the number of
/// steps it made, when it stands still for a minute. Its threads are left behind then.
///
/// # Panics
/// When it stands still, and when `work` panics.
pub fn watch(work: impl FnOnce(Progress) + Send + 'static) {
    watch_within(STANDSTILL, work);
}

fn watch_within(standstill: Duration, work: impl FnOnce(Progress) + Send + 'static) {
    let (progress, (is_done, done)) = (Progress::default(), mpsc::channel::<()>());
    let steps = Arc::clone(&progress.steps);
    let worker = thread::spawn(move || {
        let _is_done = is_done; // Dropped at the end, whichever that is.
        work(progress);
    });
    let mut before = 0;
    while done.recv_timeout(standstill) == Err(RecvTimeoutError::Timeout) {
        let now = steps.load(Ordering::Relaxed);
        assert_ne!(now, before, "it stands still after {now} steps");
        before = now;
    }
    if let Err(why) = worker.join() {
        std::panic::resume_unwind(why);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{watch, watch_within};

    #[test]
    fn work_that_ends_is_fine() {
        watch(|progress| (0..3).for_each(|_| progress.step()));
    }

    #[test]
    #[should_panic(expected = "it stands still after 2 steps")]
    fn work_that_stands_still_fails() {
        watch_within(Duration::from_millis(20), |progress| {
            progress.step();
            progress.step();
            loop {
                std::thread::park();
            }
        });
    }

    #[test]
    #[should_panic(expected = "its own panic")]
    fn work_that_panics_fails_with_its_own_words() {
        watch(|_| panic!("its own panic"));
    }
}
