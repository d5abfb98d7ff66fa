//! What is simulated: arrivals, a queue, and workers in gears.

mod capacity;
mod check;
mod control;

use std::time::Duration;

use forebay::{Gears, WhenFull};

use crate::arrivals::Arrivals;
use crate::distribution::Distribution;
use crate::error::SimError;
use crate::sink::Sink;
pub use control::Control;

/// What is simulated.
///
/// # Examples
/// ```
/// use std::time::Duration;
///
/// use forebay_sim::{Model, Plan, Watch, simulate};
///
/// let plan = Plan { horizon: Duration::from_secs(3600), runs: 4, ..Plan::default() };
/// let report = simulate(&Model::two_loops(), &plan, &Watch::default())?;
/// println!("{}: {}", report.verdict.outcome, report.verdict.reason);
/// # Ok::<(), forebay_sim::SimError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Model {
    /// When items come.
    pub arrivals: Arrivals,
    /// How a worker goes about it.
    pub style: Style,
    /// What each gear does, the slowest first; as many as the controller has.
    pub gears: Vec<Speed>,
    /// Who decides about the gear.
    pub control: Control,
    /// When it is asked.
    pub consult: Consult,
    /// How many items can wait; `None` for as many as come.
    pub capacity: Option<usize>,
    /// What a full queue does.
    pub when_full: WhenFull,
    /// What befalls the sink.
    pub sink: Sink,
}

/// How a worker goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Look, shift, pause by the gear, get the next items (waiting when there are none), serve
    /// them. The pause belongs to no item: it is over, or not, when the next one comes.
    #[default]
    PauseThenGet,
    /// Get the next items (waiting when there are none), look at what waited and shift just
    /// before, serve, pause. As queueing theory has it.
    GetThenServe,
}

/// When the controller is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consult {
    /// By each worker, before each take; see [`Style`].
    #[default]
    EachTake,
    /// Every so often, and never else.
    Every(Duration),
}

/// What a gear does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed {
    /// How long a worker pauses, each time.
    pub pause: Distribution,
    /// How long a batch takes, whatever is in it.
    pub per_batch: Distribution,
    /// How long each of its items takes on top.
    pub per_item: Distribution,
    /// How many items a worker takes at once, at most.
    pub batch: usize,
    /// How many workers there are.
    pub workers: usize,
}

impl Speed {
    /// One worker that takes one item after the other, in no time.
    pub const INSTANT: Speed = Speed {
        pause: Distribution::ZERO,
        per_batch: Distribution::ZERO,
        per_item: Distribution::ZERO,
        batch: 1,
        workers: 1,
    };

    /// One worker that pauses.
    pub fn pausing(pause: Distribution) -> Self {
        Speed { pause, ..Speed::INSTANT }
    }

    /// One worker that takes so long for each item.
    pub fn serving(per_item: Distribution) -> Self {
        Speed { per_item, ..Speed::INSTANT }
    }
}

impl Model {
    /// The system of two loops: a producer that puts every 250 to 1500 ms, and a consumer that
    /// pauses for 1000 to 2000 ms, or, from a length above 5 until there is none, for 200 to 600.
    pub fn two_loops() -> Self {
        Model {
            arrivals: Arrivals::Gaps(Distribution::steps_ms(250, 1500)),
            style: Style::PauseThenGet,
            gears: vec![
                Speed::pausing(Distribution::steps_ms(1000, 2000)),
                Speed::pausing(Distribution::steps_ms(200, 600)),
            ],
            control: Control::Gears(Gears::default()),
            consult: Consult::EachTake,
            capacity: None,
            when_full: WhenFull::Wait,
            sink: Sink::default(),
        }
    }

    /// One line and `workers` workers in one gear: what queueing theory speaks of.
    ///
    /// # Errors
    /// [`SimError::Parameter`] without workers, or when nothing ever comes.
    pub fn line(
        gap: Distribution,
        service: Distribution,
        workers: usize,
    ) -> Result<Self, SimError> {
        let model = Model {
            arrivals: Arrivals::Gaps(gap),
            style: Style::GetThenServe,
            gears: vec![Speed { workers, ..Speed::serving(service) }],
            control: Control::Fixed,
            ..Model::two_loops()
        };
        model.check()?;
        Ok(model)
    }
}
