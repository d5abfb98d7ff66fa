//! What is to be simulated, as the options say it.

use std::path::PathBuf;
use std::time::Duration;

use forebay::{Gears, Step, WhenFull};
use forebay_sim::{
    Arrivals, Consult, Control, Distribution, Model, Replay, Retry, Sink, Speed, Style, Trouble,
};

pub(super) mod controller;
pub(super) mod idle;
pub(super) mod knob;
pub(super) mod misfortune;
pub(super) mod replayed;
pub(super) mod span;

use controller::{Choice, Kind};
use span::Span;

/// What is to be simulated. The default is the system of two loops.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) arrivals: Arrivals,
    /// Arrivals so many times as often.
    pub(super) times: f64,
    pub(super) replay: Option<PathBuf>,
    pub(super) format: Option<forebay_sim::Format>,
    pub(super) slow: Distribution,
    pub(super) fast: Distribution,
    pub(super) engage: usize,
    pub(super) release: usize,
    /// How many gears, where the controller does not say it.
    pub(super) gears: Option<usize>,
    pub(super) controller: Choice,
    pub(super) tick: Option<Duration>,
    pub(super) service: Distribution,
    pub(super) per_item: Distribution,
    pub(super) batch: Span,
    pub(super) workers: Option<Span>,
    pub(super) capacity: Option<usize>,
    pub(super) when_full: WhenFull,
    pub(super) style: Style,
    pub(super) troubles: Vec<Trouble>,
    pub(super) retry: Retry,
}

impl Default for Setup {
    fn default() -> Self {
        let model = Model::two_loops();
        Setup {
            arrivals: model.arrivals,
            times: 1.0,
            replay: None,
            format: None,
            slow: model.gears[0].pause,
            fast: model.gears[1].pause,
            engage: 5,
            release: 0,
            gears: None,
            controller: Choice::default(),
            tick: None,
            service: Distribution::ZERO,
            per_item: Distribution::ZERO,
            batch: Span::ONE,
            workers: None,
            capacity: None,
            when_full: model.when_full,
            style: model.style,
            troubles: Vec::new(),
            retry: Retry::default(),
        }
    }
}

/// As often as a pool looks around, if nobody says otherwise.
const TICK: Duration = Duration::from_millis(100);

impl Setup {
    /// Reads the file that is replayed, once, so that each model made from this has it. How long
    /// it covers; `None` when nothing is replayed.
    pub(super) fn open_replay(&mut self) -> Result<Option<Duration>, String> {
        let Some(path) = &self.replay else { return Ok(None) };
        let format = self.format.clone().unwrap_or(forebay_sim::Format::AccessLog);
        let hint = match self.format {
            Some(_) => "",
            None => {
                " (it is read as an access log, since --format is not said: csv:COLUMN and \
                 ndjson:FIELD are others)"
            }
        };
        let replay =
            Replay::open(path, format).map_err(|error| format!("--replay: {error}{hint}"))?;
        let span = replay.span();
        self.arrivals = Arrivals::Replay(replay);
        Ok(Some(span))
    }

    /// The model; the error names the option.
    pub(super) fn model(&self) -> Result<Model, String> {
        let count = self.count();
        let is_scaled = (self.times - 1.0).abs() > f64::EPSILON;
        let model = Model {
            arrivals: if is_scaled {
                self.arrivals.scaled(self.times).map_err(|error| format!("--times: {error}"))?
            } else {
                self.arrivals.clone()
            },
            style: self.style,
            gears: (0..count).map(|gear| self.speed(gear, count)).collect::<Result<_, _>>()?,
            control: self.control(count)?,
            consult: self.consult(),
            capacity: self.capacity,
            when_full: self.when_full,
            sink: Sink { troubles: self.troubles.clone(), retry: self.retry },
        };
        model.check().map_err(|error| error.to_string())?;
        self.takes_time(&model)?;
        self.shows_work()?;
        Ok(model)
    }

    /// Who only counts looks whenever somebody does; who judges by rates and by what is under way
    /// has to see a queue, or a sink, at which nothing ends.
    fn consult(&self) -> Consult {
        match (self.tick, self.controller.kind) {
            (Some(tick), _) => Consult::Every(tick),
            (None, Kind::Gears | Kind::Fixed) => Consult::EachTake,
            (None, _) => Consult::Every(TICK),
        }
    }

    /// How many gears there are.
    pub(super) fn count(&self) -> usize {
        match self.controller.kind {
            Kind::Fixed => 1,
            Kind::Gears => self.gears.unwrap_or(2),
            _ => self.gears.unwrap_or(8),
        }
    }

    /// The thresholds, when these are what decides.
    pub(super) fn steps(&self) -> Vec<Step> {
        if self.controller.kind != Kind::Gears {
            return Vec::new();
        }
        let step = |below: usize| Step {
            engage_above: self.engage.saturating_mul(below + 1),
            release_at: self.release.saturating_add(self.engage.saturating_mul(below)),
        };
        (0..self.count().saturating_sub(1)).map(step).collect()
    }

    fn control(&self, count: usize) -> Result<Control, String> {
        if self.controller.kind != Kind::Gears {
            return self.controller.control(count);
        }
        let gears = Gears::staircase(self.steps()).map_err(|_| {
            if count < 2 {
                return "--gears is 1, it must be 2 or more; or write --controller fixed"
                    .to_owned();
            }
            format!(
                "--release is {}, it must be below --engage, which is {}: from 0 to {}",
                self.release,
                self.engage,
                self.engage.saturating_sub(1)
            )
        })?;
        Ok(Control::Gears(gears))
    }

    /// Between the slowest gear and the fastest: pauses and batches in equal proportions, workers
    /// in equal steps.
    fn speed(&self, gear: usize, count: usize) -> Result<Speed, String> {
        let share = if count > 1 { gear as f64 / (count - 1) as f64 } else { 0.0 };
        // A ceiling counts what is at once in flight: one more worker for each gear.
        let last = if self.controller.kind.is_ceiling() { count } else { 1 };
        let workers = self.workers.unwrap_or(Span { slow: 1, fast: last });
        Ok(Speed {
            pause: self.pause(gear, count, share)?,
            per_batch: self.service,
            per_item: self.per_item,
            batch: self.batch.in_proportion(share),
            workers: workers.in_steps(share),
        })
    }

    fn pause(&self, gear: usize, count: usize, share: f64) -> Result<Distribution, String> {
        if gear == 0 || gear + 1 == count {
            return Ok(if gear == 0 { self.slow } else { self.fast });
        }
        let (slow_s, fast_s) = (self.slow.mean_s(), self.fast.mean_s());
        if slow_s == 0.0 || fast_s == 0.0 {
            return Ok(self.fast);
        }
        let mean_s = slow_s * (fast_s / slow_s).powf(share);
        self.slow
            .scaled_to_mean(Duration::from_secs_f64(mean_s))
            .map_err(|error| format!("--gears: a pause between --slow and --fast: {error}"))
    }

    /// In no time at all, a consumer would go round for ever before the clock moves.
    fn takes_time(&self, model: &Model) -> Result<(), String> {
        let instant = model.capacities_per_s().iter().position(|per_s| per_s.is_infinite());
        match instant {
            Some(gear) => Err(format!(
                "gear {gear} takes no time at all; give it some with --slow, --fast, --service or \
                 --per-item"
            )),
            None => Ok(()),
        }
    }

    /// A ceiling goes up on work that it sees under way, and here there never is any.
    fn shows_work(&self) -> Result<(), String> {
        let is_unseen = self.service.mean_s() == 0.0 && self.per_item.mean_s() == 0.0;
        if !self.controller.kind.is_ceiling() || !is_unseen {
            return Ok(());
        }
        Err(format!(
            "--controller {} goes up only while it sees work under way, and here an item takes the \
             sink no time: give it some, as in --service 50ms, or let gears, proportional or delay \
             decide",
            self.controller.kind.name()
        ))
    }
}
