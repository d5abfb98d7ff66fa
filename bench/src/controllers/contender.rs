//! Who decides, over which gears. Every controller has the settings it has by default, so that none is fitted to a scenario.

use std::time::Duration;

use forebay::{
    Aimd, AimdConfig, Combined, CombinedConfig, Controller, Gears, Gradient, GradientConfig,
    Proportional, ProportionalConfig, QueueDelay, QueueDelayConfig, SettingError, Step,
};
use forebay_sim::{Control, Distribution, Speed};

use crate::failure::Failure;

/// How many gears a table has.
pub(super) const GEARS: usize = 8;

/// A batch takes 80 ms, more or less, and each of its items 4 ms more.
const PER_BATCH: &str = "gamma:80ms:0.3";
const PER_ITEM: Duration = Duration::from_millis(4);

/// What an item takes in the largest batches of the tables, 80: its own 4 ms, and an 80th of the 80 ms of a batch.
pub(super) const LEAST_PER_ITEM: Duration = Duration::from_millis(5);

/// What the gears are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// One worker more for each gear, batches of 5: 50 items a second for each.
    Workers,
    /// The batch grows first; when it has grown, one worker more for each gear.
    BatchFirst,
}

pub(super) const TABLES: [Table; 2] = [Table::Workers, Table::BatchFirst];

impl Table {
    pub(super) fn name(self) -> &'static str {
        match self {
            Table::Workers => "workers",
            Table::BatchFirst => "batch first",
        }
    }

    /// Batch and workers of each gear.
    pub(super) fn sizes(self) -> [(usize, usize); GEARS] {
        match self {
            Table::Workers => std::array::from_fn(|gear| (5, gear + 1)),
            // The first four are 1, 2, 3 and 4 times as fast as the slowest.
            Table::BatchFirst => {
                [(5, 1), (13, 1), (30, 1), (80, 1), (80, 2), (80, 3), (80, 4), (80, 5)]
            }
        }
    }

    /// What `serve` has, on this sink: a slow gear that bears what usually comes, and a fast one
    /// with large batches and all workers. Where batches do not grow, the slowest gear and the fastest.
    fn two(self) -> [(usize, usize); 2] {
        match self {
            Table::Workers => [(5, 1), (5, GEARS)],
            Table::BatchFirst => [(20, 1), (250, 5)],
        }
    }

    /// Ten of the slow gear's batches are a backlog, as they are for `serve`.
    fn two_gears(self) -> Result<Gears, Failure> {
        Gears::two(10 * self.two()[0].0, 0).map_err(failed)
    }
}

/// How the gear is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Slowest,
    Fastest,
    TwoGears,
    Staircase,
    Proportional,
    QueueDelay,
    Aimd,
    Gradient,
    ProportionalAimd,
    ProportionalGradient,
    QueueDelayAimd,
    QueueDelayGradient,
    StaircaseAimd,
    StaircaseGradient,
}

pub(super) const METHODS: [Method; 14] = [
    Method::Slowest,
    Method::Fastest,
    Method::TwoGears,
    Method::Staircase,
    Method::Proportional,
    Method::QueueDelay,
    Method::Aimd,
    Method::Gradient,
    Method::ProportionalAimd,
    Method::ProportionalGradient,
    Method::QueueDelayAimd,
    Method::QueueDelayGradient,
    Method::StaircaseAimd,
    Method::StaircaseGradient,
];

/// Who decides, over which gears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contender {
    pub(super) table: Table,
    pub(super) method: Method,
}

/// All of them, table by table.
pub(super) fn contenders() -> Vec<Contender> {
    let over = |table| METHODS.map(|method| Contender { table, method });
    TABLES.into_iter().flat_map(over).collect()
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Method::Slowest => "slowest gear, always",
            Method::Fastest => "fastest gear, always",
            Method::TwoGears => "two gears",
            Method::Staircase => "staircase",
            Method::Proportional => "proportional",
            Method::QueueDelay => "queue delay",
            Method::Aimd => "AIMD",
            Method::Gradient => "gradient",
            Method::ProportionalAimd => "proportional + AIMD",
            Method::ProportionalGradient => "proportional + gradient",
            Method::QueueDelayAimd => "queue delay + AIMD",
            Method::QueueDelayGradient => "queue delay + gradient",
            Method::StaircaseAimd => "staircase + AIMD",
            Method::StaircaseGradient => "staircase + gradient",
        }
    }

    /// Whether it decides anything; the others are there to be compared with.
    pub(super) fn is_controller(self) -> bool {
        !matches!(self, Method::Slowest | Method::Fastest)
    }

    pub(super) fn controller(self, table: Table) -> Result<Box<dyn Controller + Send>, Failure> {
        let made: Result<Box<dyn Controller + Send>, SettingError> = match self {
            Method::Slowest | Method::Fastest | Method::TwoGears => Ok(boxed(table.two_gears()?)),
            Method::Staircase => Ok(boxed(staircase()?)),
            Method::Proportional => proportional().map(boxed),
            Method::QueueDelay => queue_delay().map(boxed),
            Method::Aimd => aimd().map(boxed),
            Method::Gradient => gradient().map(boxed),
            Method::ProportionalAimd => {
                Combined::new(proportional().map_err(failed)?, aimd().map_err(failed)?, AT_ONCE)
                    .map(boxed)
            }
            Method::ProportionalGradient => {
                let ceiling = gradient().map_err(failed)?;
                Combined::new(proportional().map_err(failed)?, ceiling, AT_ONCE).map(boxed)
            }
            Method::QueueDelayAimd => {
                Combined::new(queue_delay().map_err(failed)?, aimd().map_err(failed)?, AT_ONCE)
                    .map(boxed)
            }
            Method::QueueDelayGradient => {
                let ceiling = gradient().map_err(failed)?;
                Combined::new(queue_delay().map_err(failed)?, ceiling, AT_ONCE).map(boxed)
            }
            Method::StaircaseAimd => {
                let ceiling = aimd().map_err(failed)?;
                Combined::new(staircase()?, ceiling, CombinedConfig::default()).map(boxed)
            }
            Method::StaircaseGradient => {
                let ceiling = gradient().map_err(failed)?;
                Combined::new(staircase()?, ceiling, CombinedConfig::default()).map(boxed)
            }
        };
        made.map_err(failed)
    }
}

/// For demands that have a window of their own before they change down.
const AT_ONCE: CombinedConfig = CombinedConfig {
    down_after: Duration::ZERO,
    failures_max: 0.1,
    probe_after: Duration::from_secs(10),
};

/// Ten of the slowest gear's batches are a backlog.
fn staircase() -> Result<Gears, Failure> {
    // Each step is released where the one below it is half engaged.
    let step = |gear: usize| Step { engage_above: 50 * (gear + 1), release_at: 25 * gear };
    Gears::staircase((0..GEARS - 1).map(step)).map_err(failed)
}

fn proportional() -> Result<Proportional, SettingError> {
    Proportional::new(ProportionalConfig { gears: GEARS, ..ProportionalConfig::default() })
}

fn queue_delay() -> Result<QueueDelay, SettingError> {
    QueueDelay::new(QueueDelayConfig { gears: GEARS, ..QueueDelayConfig::default() })
}

fn aimd() -> Result<Aimd, SettingError> {
    Aimd::new(AimdConfig { gears: GEARS, ..AimdConfig::default() })
}

fn gradient() -> Result<Gradient, SettingError> {
    Gradient::new(GradientConfig { gears: GEARS, ..GradientConfig::default() })
}

fn boxed<C: Controller + Send + 'static>(controller: C) -> Box<dyn Controller + Send> {
    Box::new(controller)
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::because("making a controller", error)
}

impl Contender {
    /// Batch and workers of each of its gears.
    pub(super) fn sizes(self) -> Vec<(usize, usize)> {
        let sizes = self.table.sizes();
        match self.method {
            Method::Slowest => vec![sizes[0]],
            Method::Fastest => vec![sizes[GEARS - 1]],
            Method::TwoGears => self.table.two().to_vec(),
            _ => sizes.to_vec(),
        }
    }

    pub(super) fn speeds(self) -> Result<Vec<Speed>, Failure> {
        let per_batch = PER_BATCH.parse().map_err(failed)?;
        let per_item = Distribution::constant(PER_ITEM).map_err(failed)?;
        let speed =
            |(batch, workers)| Speed { per_batch, per_item, batch, workers, ..Speed::INSTANT };
        Ok(self.sizes().into_iter().map(speed).collect())
    }

    pub(super) fn control(self) -> Result<Control, Failure> {
        if !self.method.is_controller() {
            return Ok(Control::Fixed);
        }
        // What can be made once can be made again.
        self.method.controller(self.table)?;
        let make = move || -> Box<dyn Controller> {
            self.method.controller(self.table).expect("it was made just before")
        };
        Ok(Control::other(self.method.name(), make))
    }
}
