//! What befalls a consumer: how items come, and what becomes of the sink.

use std::path::Path;
use std::time::Duration;

use forebay_sim::{Arrivals, Bursts, Daily, Distribution, Retry, Sink, Trouble};

use super::rate;
use crate::failure::Failure;

/// How much time each run simulates.
pub(super) const HORIZON: Duration = Duration::from_secs(3600);

/// Items a second at usual times: a worker and a half, with batches of 5.
const USUAL_PER_S: f64 = 75.0;
/// The same at bad times: six of eight workers.
const PEAK_PER_S: f64 = 300.0;
/// The same where more than four workers are in each other's way: three and a half.
const CONTENDED_PER_S: f64 = 175.0;

/// As many workers do no harm where there are locks, and each one more costs all a fifth.
const FREE_WORKERS: usize = 4;
const LOSS: f64 = 0.2;

/// When there is trouble with the sink.
const TROUBLE_FROM: Duration = Duration::from_secs(1500);
const TROUBLE_TO: Duration = Duration::from_secs(1800);
/// When the load of the step rises, and when it falls.
const STEP_FROM: Duration = Duration::from_secs(1200);
const STEP_TO: Duration = Duration::from_secs(2400);
/// From tooth to tooth.
const TOOTH_S: f64 = 300.0;

/// What befalls a consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scenario {
    Step,
    Sawtooth,
    Bursts,
    Daily,
    Slow,
    Dead,
    Contention,
}

pub(super) const SCENARIOS: [Scenario; 7] = [
    Scenario::Step,
    Scenario::Sawtooth,
    Scenario::Bursts,
    Scenario::Daily,
    Scenario::Slow,
    Scenario::Dead,
    Scenario::Contention,
];

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Duration,
    pub(super) to: Duration,
}

/// What harms the sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    /// Nothing does.
    None,
    /// More workers than these, in that time, on average.
    Workers(usize, Span),
    /// Each attempt in that time, per minute.
    Attempts(Span),
}

impl Scenario {
    pub(super) fn title(self) -> &'static str {
        match self {
            Scenario::Step => "Step",
            Scenario::Sawtooth => "Sawtooth",
            Scenario::Bursts => "Bursts",
            Scenario::Daily => "Daily curve",
            Scenario::Slow => "Sink ten times slower",
            Scenario::Dead => "Sink dead",
            Scenario::Contention => "Lock contention",
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Scenario::Step => {
                "75 items a second, from minute 20 to minute 40 300. *Recovery* is from the step until fewer than 300 wait \
                 for good."
            }
            Scenario::Sawtooth => {
                "From 0 to 320 items a second in 5 minutes, then 0 again; twelve times."
            }
            Scenario::Bursts => {
                "40 items a second, in bursts of 20 s on average, with 80 s between them, 300."
            }
            Scenario::Daily => {
                "150 items a second on average, from 15 to 285 and back within the hour."
            }
            Scenario::Slow => {
                "75 items a second. From minute 25 to minute 30 everything takes the sink ten times as long, whoever asks. *Harm* \
                 is the number of workers beyond the first that are sent there meanwhile, on average. *Recovery* is from its end \
                 until fewer than 300 wait for good."
            }
            Scenario::Dead => {
                "75 items a second. From minute 25 to minute 30 every attempt fails, after 100 ms; a worker pauses for 100 ms, \
                 then longer and longer, up to 10 s. *Harm* is the number of attempts a minute meanwhile. *Recovery* as above."
            }
            Scenario::Contention => {
                "75 items a second, from minute 25 to minute 30 175: three and a half workers' worth with batches of 5. Four \
                 workers do no harm; eight get as much done as 2.2. *Harm* is the number of workers beyond four, on average over the hour. \
                 *Recovery* is from the end of the peak."
            }
        }
    }

    /// From when on, and until when at most, it takes to recover.
    pub(super) fn recovery(self) -> Option<Span> {
        match self {
            Scenario::Step => Some(Span { from: STEP_FROM, to: STEP_TO }),
            Scenario::Slow | Scenario::Dead | Scenario::Contention => {
                Some(Span { from: TROUBLE_TO, to: HORIZON })
            }
            Scenario::Sawtooth | Scenario::Bursts | Scenario::Daily => None,
        }
    }

    pub(super) fn harm(self) -> Harm {
        let trouble = Span { from: TROUBLE_FROM, to: TROUBLE_TO };
        match self {
            Scenario::Slow => Harm::Workers(1, trouble),
            Scenario::Dead => Harm::Attempts(trouble),
            Scenario::Contention => {
                Harm::Workers(FREE_WORKERS, Span { from: Duration::ZERO, to: HORIZON })
            }
            _ => Harm::None,
        }
    }

    pub(super) fn sink(self) -> Sink {
        let (from, to) = (TROUBLE_FROM, TROUBLE_TO);
        let troubles = match self {
            Scenario::Slow => vec![Trouble::Slow { from, to, times: 10.0 }],
            Scenario::Dead => vec![Trouble::Dead { from, to }],
            Scenario::Contention => {
                vec![Trouble::Contention { workers: FREE_WORKERS, loss: LOSS }]
            }
            _ => Vec::new(),
        };
        let retry = Retry { pause_max: Duration::from_secs(10), ..Retry::default() };
        Sink { troubles, retry }
    }

    /// How items come; where `path` is needed for that, it is written.
    pub(super) fn arrivals(self, seed: u64, path: &Path) -> Result<Arrivals, Failure> {
        let step = |span: Span, high: f64| {
            let per_s = move |at_s: f64| {
                let is_high = (span.from.as_secs_f64()..span.to.as_secs_f64()).contains(&at_s);
                if is_high { high } else { USUAL_PER_S }
            };
            rate::arrivals(per_s, high, HORIZON, seed, path)
        };
        match self {
            Scenario::Step => step(Span { from: STEP_FROM, to: STEP_TO }, PEAK_PER_S),
            Scenario::Contention => {
                step(Span { from: TROUBLE_FROM, to: TROUBLE_TO }, CONTENDED_PER_S)
            }
            Scenario::Sawtooth => {
                let per_s = |at_s: f64| 320.0 * (at_s % TOOTH_S) / TOOTH_S;
                rate::arrivals(per_s, 320.0, HORIZON, seed, path)
            }
            Scenario::Bursts => Ok(Arrivals::Bursts(Bursts {
                burst_per_s: PEAK_PER_S,
                quiet_per_s: 40.0,
                burst: Duration::from_secs(20),
                quiet: Duration::from_secs(80),
            })),
            Scenario::Daily => {
                Ok(Arrivals::Daily(Daily { mean_per_s: 150.0, amplitude: 0.9, period: HORIZON }))
            }
            Scenario::Slow | Scenario::Dead => {
                let gap = Distribution::exponential(Duration::from_secs_f64(1.0 / USUAL_PER_S));
                gap.map(Arrivals::Gaps).map_err(|error| Failure::because("arrivals", error))
            }
        }
    }
}
