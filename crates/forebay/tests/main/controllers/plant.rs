//! A queue, its workers and their sink, as smooth flows: what a controller does is seen without
//! chance.

use std::collections::VecDeque;
use std::time::Duration;

use forebay::{Controller, Shift, Snapshot};

/// How the world is in one moment.
#[derive(Clone, Copy)]
pub(super) struct Weather {
    /// Items that come, per second.
    pub(super) arrivals_per_s: f64,
    /// How long one takes with little going on.
    pub(super) service_s: f64,
    /// With more workers than this the sink does no more than with this many.
    pub(super) workers_max: f64,
    /// The share of attempts that fail.
    pub(super) failures: f64,
}

pub(super) const FAIR: Weather =
    Weather { arrivals_per_s: 5.0, service_s: 0.1, workers_max: f64::MAX, failures: 0.0 };

pub(super) const TICK_S: f64 = 0.1;

pub(super) struct Plant<C> {
    pub(super) controller: C,
    pub(super) waiting: f64,
    pub(super) shifts: Vec<(f64, Shift)>,
    pub(super) gears: Vec<usize>,
    ticks: u32,
    /// What came when, and is not finished.
    cohorts: VecDeque<(f64, f64)>,
}

impl<C: Controller> Plant<C> {
    pub(super) fn new(controller: C) -> Self {
        let (shifts, gears) = (Vec::new(), Vec::new());
        Plant { controller, waiting: 0.0, shifts, gears, ticks: 0, cohorts: VecDeque::new() }
    }

    pub(super) fn now_s(&self) -> f64 {
        f64::from(self.ticks) * TICK_S
    }

    /// Lets time pass, with the weather of each moment.
    pub(super) fn run(&mut self, seconds: f64, weather: impl Fn(f64) -> Weather) {
        let end_s = self.now_s() + seconds;
        while self.now_s() < end_s - TICK_S / 2.0 {
            let weather = weather(self.now_s());
            self.tick(&weather);
        }
    }

    fn tick(&mut self, weather: &Weather) {
        self.ticks += 1;
        let came = weather.arrivals_per_s * TICK_S;
        self.waiting += came;
        self.cohorts.push_back((self.now_s(), came));
        let workers = self.controller.gear() as f64 + 1.0;
        let attempts_max = workers.min(weather.workers_max) / weather.service_s * TICK_S;
        let attempts = attempts_max.min(self.waiting);
        let finished = attempts * (1.0 - weather.failures);
        let busy =
            if attempts < attempts_max { attempts / attempts_max * workers } else { workers };
        self.finish(finished);
        let snapshot = Snapshot {
            len: self.waiting as usize,
            arrivals_per_s: weather.arrivals_per_s,
            completions_per_s: finished / TICK_S,
            oldest_age: self.oldest_age(),
            in_flight: busy.ceil() as usize,
            service_time: Duration::from_secs_f64(
                weather.service_s * (workers / weather.workers_max).max(1.0),
            ),
            failures: if attempts > 0.0 { weather.failures } else { 0.0 },
            gear: None,
        };
        let now = Duration::from_secs_f64(self.now_s());
        if let Some(shift) = self.controller.shift(&snapshot, now) {
            self.shifts.push((self.now_s(), shift));
        }
        self.gears.push(self.controller.gear());
    }

    fn finish(&mut self, mut finished: f64) {
        self.waiting = (self.waiting - finished).max(0.0);
        while let Some((_, left)) = self.cohorts.front_mut() {
            if *left > finished + 1e-9 {
                *left -= finished;
                break;
            }
            finished -= *left;
            self.cohorts.pop_front();
        }
    }

    fn oldest_age(&self) -> Duration {
        let age_s = self.cohorts.front().map_or(0.0, |(came_s, _)| self.now_s() - came_s);
        Duration::from_secs_f64(age_s.max(0.0))
    }

    /// How often the gear changed from a moment on.
    pub(super) fn shifts_since(&self, second: f64) -> usize {
        self.shifts.iter().filter(|(at_s, _)| *at_s > second).count()
    }

    pub(super) fn first_shift_up_since(&self, second: f64) -> Option<f64> {
        self.shifts.iter().find(|(at_s, shift)| *at_s > second && shift.is_up()).map(|s| s.0)
    }
}
