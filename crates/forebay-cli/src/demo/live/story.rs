//! What has happened so far, and how it stands: all that the picture is made from.
//!
//! Times are those of the system itself: at `--speed 10` its second takes a tenth of ours.

use std::collections::VecDeque;
use std::time::Duration;

use forebay::Gears;
use tokio::time::Instant;

use super::super::Options;
use super::super::happening::Happening;
use crate::terminal::chart::Thresholds;
use crate::terminal::history::History;

/// A column of the chart is a second of the system, unless that would be less than this on the
/// wall clock.
const COLUMN_MS_MIN: f64 = 100.0;
/// Rates are counted over so many columns.
pub(super) const RATE_COLUMNS: usize = 20;

/// One run of the two loops.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) seed: u64,
    pub(super) speed: f64,
    /// On the wall clock.
    pub(super) run_for: Option<Duration>,
    pub(super) thresholds: Thresholds,
    started_at: Instant,
    /// On the wall clock, since the start.
    pub(super) run_time: Duration,
    /// How far it is told.
    pub(super) now: Duration,
    /// What waits, the oldest first, and since when.
    pub(super) waiting: VecDeque<(f64, Duration)>,
    pub(super) written: u64,
    pub(super) read: u64,
    waited: Duration,
    /// The length, summed over the time: items times seconds.
    area: f64,
    /// The last line of each loop.
    pub(super) writing: Option<Happening>,
    pub(super) reading: Option<Happening>,
    pub(super) gear: usize,
    pub(super) time_in: [Duration; 2],
    pub(super) ups: u64,
    pub(super) downs: u64,
    pub(super) history: History,
}

impl Story {
    /// Both loops start now.
    pub(super) fn new(now: Instant, seed: u64, options: &Options) -> Self {
        let step = Gears::default().steps()[0];
        let column = f64::max(1.0, options.speed * COLUMN_MS_MIN / 1000.0);
        let column = Duration::try_from_secs_f64(column).unwrap_or(Duration::MAX);
        let mut history = History::new(column);
        history.set(0, 0);
        Self {
            seed,
            speed: options.speed,
            run_for: options.run_for,
            thresholds: Thresholds {
                engage_above: step.engage_above as u64,
                release_at: step.release_at as u64,
            },
            started_at: now,
            run_time: Duration::ZERO,
            now: Duration::ZERO,
            waiting: VecDeque::new(),
            written: 0,
            read: 0,
            waited: Duration::ZERO,
            area: 0.0,
            writing: None,
            reading: None,
            gear: 0,
            time_in: [Duration::ZERO; 2],
            ups: 0,
            downs: 0,
            history,
        }
    }

    /// Goes on to now.
    pub(super) fn advance(&mut self, now: Instant) {
        self.run_time = self.run_time.max(now.saturating_duration_since(self.started_at));
        let to = Duration::try_from_secs_f64(self.run_time.as_secs_f64() * self.speed);
        let to = to.unwrap_or(Duration::MAX);
        let passed = to.saturating_sub(self.now);
        self.time_in[self.gear.min(1)] += passed;
        self.area += passed.as_secs_f64() * count(self.waiting.len() as u64);
        self.now += passed;
        self.history.advance(self.now);
    }

    /// Goes on to now, when this happened.
    pub(super) fn tell(&mut self, happening: Happening, now: Instant) {
        self.advance(now);
        match happening {
            Happening::Wrote(item) => {
                self.written += 1;
                self.writing = Some(happening);
                self.waiting.push_back((item, self.now));
                self.history.count(1, 0);
            }
            Happening::Read(..) => {
                self.read += 1;
                self.reading = Some(happening);
                if let Some((_, since)) = self.waiting.pop_front() {
                    self.waited = self.waited.saturating_add(self.now.saturating_sub(since));
                }
                self.history.count(0, 1);
            }
            Happening::Shifted(shift) => {
                self.gear = shift.to;
                if shift.is_up() {
                    self.ups += 1;
                } else {
                    self.downs += 1;
                }
            }
        }
        self.history.set(self.waiting.len() as u64, self.gear);
    }

    /// From put to got, over all that were read.
    pub(super) fn mean_wait_s(&self) -> Option<f64> {
        (self.read > 0).then(|| self.waited.as_secs_f64() / count(self.read))
    }

    /// The time-average of the length.
    pub(super) fn mean_length(&self) -> f64 {
        let now = self.now.as_secs_f64();
        if now > 0.0 { self.area / now } else { 0.0 }
    }

    /// When the chart begins its next column or the clock its next second, if nothing happens
    /// before.
    pub(super) fn next_change(&self) -> Instant {
        let column = self.history.column().as_secs_f64();
        let to_column = (column - self.now.as_secs_f64() % column) / self.speed;
        let to_second = 1.0 - self.run_time.as_secs_f64() % 1.0;
        let next = Duration::from_secs_f64(to_column.min(to_second).max(0.0));
        self.started_at + self.run_time + next
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn count(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::super::super::Show;
    use super::*;
    use crate::clock;
    use crate::terminal::When;

    fn story(speed: f64) -> (Story, Instant) {
        let (now, show, color) = (clock::now(), Show::Picture, When::Never);
        let options = Options { seed: None, run_for: None, speed, show, color };
        (Story::new(now, 1, &options), now)
    }

    #[test]
    fn items_leave_in_the_order_they_came_and_their_wait_is_counted() {
        let (mut story, start) = story(1.0);
        let at = |ms| start + Duration::from_millis(ms);
        story.tell(Happening::Wrote(0.5), at(500));
        story.tell(Happening::Wrote(0.25), at(750));
        assert_eq!(story.waiting.len(), 2);
        assert_eq!(story.mean_wait_s(), None);
        story.tell(Happening::Read(0.5, 1), at(2500));
        assert_eq!(story.waiting.front().map(|(item, _)| *item), Some(0.25));
        assert_eq!(story.mean_wait_s(), Some(2.0));
        assert_eq!((story.written, story.read), (2, 1));
    }

    #[test]
    fn the_time_in_each_gear_adds_up_to_the_time_of_the_system() {
        let (mut story, start) = story(10.0);
        let shift = Gears::default().observe(6).expect("6 is above 5");
        story.tell(Happening::Shifted(shift), start + Duration::from_secs(3));
        story.advance(start + Duration::from_secs(4));
        assert_eq!(story.time_in, [Duration::from_secs(30), Duration::from_secs(10)]);
        assert_eq!(story.now, Duration::from_secs(40));
        assert_eq!(story.run_time, Duration::from_secs(4));
        assert_eq!((story.ups, story.downs), (1, 0));
    }

    #[test]
    fn a_column_lasts_a_second_of_the_system_or_a_tenth_of_ours() {
        for (speed, seconds) in [(0.5, 1.0), (1.0, 1.0), (10.0, 1.0), (1000.0, 100.0)] {
            let (story, _) = story(speed);
            assert_eq!(story.history.column(), Duration::from_secs_f64(seconds), "{speed}");
        }
    }

    #[test]
    fn the_wildest_speeds_do_no_harm() {
        for speed in [f64::MIN_POSITIVE, f64::MAX] {
            let (mut story, start) = story(speed);
            story.advance(start + Duration::from_secs(3600));
            story.tell(Happening::Wrote(1.0), start + Duration::from_secs(7200));
            story.tell(Happening::Read(1.0, 0), start + Duration::from_secs(7300));
            assert!(story.next_change() > start);
            assert!(story.mean_wait_s().is_some());
        }
    }
}
