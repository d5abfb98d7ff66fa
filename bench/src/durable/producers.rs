//! Many who append one event and wait until it is on disk, again and again: tasks of one thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, LocalSet};

use super::engine::Engine;
use super::event::Mint;
use super::syncs::Tally;
use crate::clock;
use crate::failure::Failure;

/// What comes first counts for nobody: files are made and grow, the machine finds its step.
const WARM_UP: Duration = Duration::from_millis(100);

/// What the producers saw while it counted.
#[derive(Debug)]
pub(super) struct Yield {
    pub(super) took: Duration,
    /// From the append to its acknowledgement, in seconds, one an event.
    pub(super) waits_s: Vec<f64>,
    pub(super) syncs: Tally,
    /// Where the engine tells.
    pub(super) groups: Option<u64>,
    /// Events appended, the warm-up and the rest included; all were acknowledged.
    pub(super) appended: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    WarmUp,
    Counted,
    Over,
}

struct Field {
    engine: Box<dyn Engine>,
    mint: Mint,
    next: Cell<u64>,
    phase: Cell<Phase>,
    waits_s: RefCell<Vec<f64>>,
}

/// One look at everything that runs on.
struct Mark {
    at: Instant,
    syncs: Tally,
    groups: Option<u64>,
}

/// Lets `producers` of them append to `engine` until it was counted for as long as `counted`; then ends the engine.
pub(super) fn run(
    engine: Box<dyn Engine>,
    mint: &Mint,
    producers: usize,
    counted: Duration,
) -> Result<Yield, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| Failure::because("starting a runtime", error))?;
    let field = Rc::new(Field {
        engine,
        mint: mint.clone(),
        next: Cell::new(0),
        phase: Cell::new(Phase::WarmUp),
        waits_s: RefCell::default(),
    });
    LocalSet::new().block_on(&runtime, measure(field, producers, counted))
}

async fn measure(field: Rc<Field>, producers: usize, counted: Duration) -> Result<Yield, Failure> {
    let mut tasks = JoinSet::new();
    for _ in 0..producers {
        tasks.spawn_local(Rc::clone(&field).produce());
    }
    clock::pause(WARM_UP).await;
    let first = field.mark()?;
    field.phase.set(Phase::Counted);
    clock::pause(counted).await;
    let last = field.mark()?;
    field.phase.set(Phase::Over);
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|error| Failure::because("a producer", error))??;
    }
    Ok(Yield {
        took: last.at - first.at,
        waits_s: field.waits_s.take(),
        syncs: last.syncs.since(first.syncs),
        groups: last.groups.zip(first.groups).map(|(last, first)| last - first),
        appended: field.next.get(),
    })
}

impl Field {
    async fn produce(self: Rc<Self>) -> Result<(), Failure> {
        while self.phase.get() != Phase::Over {
            let number = self.next.replace(self.next.get() + 1);
            let event = self.mint.event(number);
            let start = clock::now();
            self.engine.append(vec![event]).await?;
            if self.phase.get() == Phase::Counted {
                self.waits_s.borrow_mut().push(start.elapsed().as_secs_f64());
            }
        }
        Ok(())
    }

    fn mark(&self) -> Result<Mark, Failure> {
        Ok(Mark { at: clock::now(), syncs: Tally::now()?, groups: self.engine.groups() })
    }
}
