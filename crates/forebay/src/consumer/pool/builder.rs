//! Makes a pool.

use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::Pool;
use super::handler::{BatchHandler, Handler};
use super::labor::{BatchByBatch, ItemByItem, Labor};
use super::meter::Look;
use super::retry::RetryConfig;
use super::runtime::Runtime;
use super::shared::{Hire, KeyOf, OnDead, OnShift, Parts, Shared};
use super::source::{Source, Watch};
use super::ticker::Ticker;
use super::worker::Worker;
use crate::consumer::controller::setting::{SettingError, TIMES, TIMES_OR_NONE, within};
use crate::consumer::controller::{Controller, Gear};
use crate::consumer::gears::Shift;

/// The most workers a gear can have.
pub const WORKERS_MAX: usize = 1024;

/// Makes a [`Pool`]; see there.
pub struct PoolBuilder<T> {
    controller: Box<dyn Controller + Send>,
    table: Vec<Gear>,
    tick: Duration,
    retry: RetryConfig,
    key_of: Option<KeyOf<T>>,
    on_dead: Option<OnDead<T>>,
    on_shift: Option<OnShift>,
}

impl<T: Send + 'static> PoolBuilder<T> {
    pub(super) fn new(controller: impl Controller + Send + 'static, table: Vec<Gear>) -> Self {
        PoolBuilder {
            controller: Box::new(controller),
            table,
            tick: Duration::from_millis(100),
            retry: RetryConfig::default(),
            key_of: None,
            on_dead: None,
            on_shift: None,
        }
    }

    /// How often the controller looks at the queue while there is something to do; 100 ms by
    /// default.
    pub fn tick(mut self, every: Duration) -> Self {
        self.tick = every;
        self
    }

    /// When and how often items that failed are tried again.
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.retry = retry;
        self
    }

    /// Keeps items of the same key in order: the next one is begun when the one before it is
    /// finished, retries included. Different keys go on beside each other.
    ///
    /// Up to 4,096 items are taken from the queue to wait for their key.
    pub fn by_key<K: Hash>(mut self, key: impl Fn(&T) -> K + Send + Sync + 'static) -> Self {
        self.key_of = Some(Box::new(move |item| {
            let mut hasher = DefaultHasher::new();
            key(item).hash(&mut hasher);
            hasher.finish()
        }));
        self
    }

    /// Receives items that can't be finished, with the reason.
    pub fn on_dead(mut self, on_dead: impl Fn(T, &str) + Send + Sync + 'static) -> Self {
        self.on_dead = Some(Box::new(on_dead));
        self
    }

    /// Is told of each change of gear. It must not wait.
    pub fn on_shift(mut self, on_shift: impl Fn(&Shift) + Send + Sync + 'static) -> Self {
        self.on_shift = Some(Box::new(on_shift));
        self
    }

    /// Starts a pool that handles one item after the other.
    ///
    /// # Errors
    /// [`SettingError`] for a table that has not one gear for each of the controller's, a gear
    /// without workers or batch or with more than [`WORKERS_MAX`], a pause of more than a day, a
    /// tick that is not 1 ms to a day, or retries without an attempt.
    pub fn each(
        self,
        source: impl Source<T>,
        runtime: impl Runtime,
        handler: impl Handler<T>,
    ) -> Result<Pool<T>, SettingError> {
        self.start(source, runtime, ItemByItem(handler))
    }

    /// Starts a pool that handles as many items at once as the gear allows and are there.
    ///
    /// # Errors
    /// As for [`each`](Self::each).
    pub fn batches(
        self,
        source: impl Source<T>,
        runtime: impl Runtime,
        handler: impl BatchHandler<T>,
    ) -> Result<Pool<T>, SettingError> {
        self.start(source, runtime, BatchByBatch(handler))
    }

    fn check(&self) -> Result<(), SettingError> {
        check_table(self.controller.count(), &self.table)?;
        within("tick", &self.tick, &TIMES)?;
        self.retry.check()
    }

    fn start<L: Labor<T>>(
        self,
        source: impl Source<T>,
        runtime: impl Runtime,
        labor: L,
    ) -> Result<Pool<T>, SettingError> {
        self.check()?;
        let (source, labor) = (Arc::new(source), Arc::new(labor));
        let watch = Watch(Arc::clone(&source), PhantomData);
        let hire: Hire<T> = Box::new(move |shared, place| {
            let worker = Worker::new(shared, Arc::clone(&source), Arc::clone(&labor), place);
            Box::pin(worker.work())
        });
        let ticker = Ticker {
            controller: self.controller,
            table: self.table,
            every: self.tick,
            on_shift: self.on_shift,
            look: Look::default(),
            idle_looks: 0,
        };
        let shared = Arc::new(Shared::new(Parts {
            ticker,
            source: Box::new(watch),
            runtime: Box::new(runtime),
            retry: self.retry,
            key_of: self.key_of,
            on_dead: self.on_dead,
            hire,
        }));
        shared.hire_up();
        Ok(Pool { shared })
    }
}

/// Whether a table fits a controller of so many gears, and each of its gears can be.
pub(super) fn check_table(count: usize, table: &[Gear]) -> Result<(), SettingError> {
    if table.len() != count {
        return Err(SettingError {
            field: "gears of the table",
            value: table.len().to_string(),
            allowed: format!("as many as the controller has, {count}"),
        });
    }
    within("gears", &count, &(1..=usize::MAX))?;
    for gear in table {
        within("workers", &gear.workers, &(1..=WORKERS_MAX))?;
        within("batch", &gear.batch, &(1..=usize::MAX))?;
        within("pause", &gear.pause, &TIMES_OR_NONE)?;
    }
    Ok(())
}

impl<T> fmt::Debug for PoolBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBuilder")
            .field("table", &self.table)
            .field("tick", &self.tick)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
