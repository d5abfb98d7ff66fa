//! Tells what the writer has done while that is at the next batch already: waking all who wait takes as long
//! as a sync.

use std::sync::Arc;

use super::Shared;

/// Answers those who append, and hands events to the window.
#[derive(Debug)]
pub struct Herald {
    shared: Arc<Shared>,
}

impl Herald {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Herald { shared }
    }

    /// Tells what there is to tell. Whether there was something.
    pub fn step(&mut self) -> bool {
        self.shared.tell_news()
    }
}
