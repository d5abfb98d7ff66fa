//! The pool's tasks under Tokio, with a hand on all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forebay::{Runtime, Task};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::clock;

/// Cloning makes another handle.
#[derive(Debug, Clone)]
pub(super) struct Tasks {
    /// `None` once they are to end: nothing is begun any more.
    running: Arc<Mutex<Option<JoinSet<()>>>>,
    began: Instant,
}

impl Tasks {
    pub(super) fn new() -> Self {
        Tasks { running: Arc::new(Mutex::new(Some(JoinSet::new()))), began: clock::now() }
    }

    /// Ends them wherever they are, and waits until they have let go of everything.
    pub(super) async fn end(&self) {
        let running = self.running().take();
        if let Some(mut running) = running {
            running.shutdown().await;
        }
    }

    /// Ends them wherever they are, soon.
    pub(super) fn abort(&self) {
        let running = self.running().take();
        drop(running);
    }

    fn running(&self) -> MutexGuard<'_, Option<JoinSet<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runtime for Tasks {
    fn spawn(&self, task: Task) {
        let mut running = self.running();
        let Some(running) = running.as_mut() else { return };
        while running.try_join_next().is_some() {}
        running.spawn(task);
    }

    fn after(&self, time: Duration) -> Task {
        Box::pin(tokio::time::sleep(time))
    }

    fn now(&self) -> Duration {
        clock::now().saturating_duration_since(self.began)
    }
}
