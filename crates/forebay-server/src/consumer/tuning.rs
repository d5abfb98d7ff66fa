//! The hand on the speed of a running consumer, whatever sink it writes to.

use std::fmt;
use std::sync::Arc;

use forebay::Pool;
use forebay_backlog::Backlog;

use super::crew::Crew;
use super::errand::Errand;
use super::{ConsumerConfig, ConsumerError, speed};
use crate::sink::Sink;

type Change = dyn Fn(&ConsumerConfig) -> Result<(), ConsumerError> + Send + Sync;

/// Changes gears and retries.
pub(super) struct Tuning(Box<Change>);

impl Tuning {
    /// Of a consumer that never delivers.
    pub(super) fn none() -> Self {
        Tuning(Box::new(|_| Ok(())))
    }

    pub(super) fn new<S: Sink>(
        pool: Arc<Pool<Errand>>,
        crew: Crew<S>,
        backlog: Arc<dyn Backlog>,
        writers_max: usize,
    ) -> Self {
        Tuning(Box::new(move |config| {
            let gears = speed::gears(config, pool.stats().gear, backlog.waiting())?;
            let table = speed::table(config, writers_max);
            pool.change(gears, table.to_vec())?;
            crew.change(table.map(|gear| gear.workers), config.retry);
            Ok(())
        }))
    }

    pub(super) fn change(&self, config: &ConsumerConfig) -> Result<(), ConsumerError> {
        (self.0)(config)
    }
}

impl fmt::Debug for Tuning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tuning").finish_non_exhaustive()
    }
}
