//! What has been heard of the service: the last answers, the length over time, and whether it
//! still answers.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::status::{Figures, Status};
use crate::terminal::chart::Thresholds;
use crate::terminal::history::History;

/// Rates are those between the last answer and the first of so many: five seconds.
const ANSWERS_KEPT: usize = 11;
/// A column of the chart.
const COLUMN: Duration = Duration::from_secs(1);

/// All that the picture is made from.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub(super) url: String,
    started_at: Instant,
    /// The last ones of one life of the service, the oldest first.
    answers: VecDeque<Status>,
    pub(super) history: History,
    /// Why it does not answer, and since when.
    pub(super) silence: Option<Silence>,
    /// Since the start of the watching.
    pub(super) now: Duration,
}

/// A service that does not answer.
#[derive(Clone, Debug)]
pub(super) struct Silence {
    pub(super) reason: String,
    pub(super) since: Duration,
}

/// Per second, over the last answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    pub(super) accepted: f64,
    pub(super) gone: f64,
    /// Events in a write; none was made in this time.
    pub(super) batch: Option<f64>,
}

impl Watch {
    pub(super) fn new(now: Instant, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            started_at: now,
            answers: VecDeque::new(),
            history: History::new(COLUMN),
            silence: None,
            now: Duration::ZERO,
        }
    }

    /// The last answer.
    pub(super) fn status(&self) -> Option<&Status> {
        self.answers.back()
    }

    /// This was the answer.
    pub(super) fn hear(&mut self, answer: Result<Status, String>, now: Instant) {
        self.now = self.now.max(now.saturating_duration_since(self.started_at));
        self.history.advance(self.now);
        match answer {
            Ok(status) => {
                self.silence = None;
                let figures = &status.figures;
                self.history.set(figures.waiting, figures.consumer.gear_number);
                self.keep(status);
            }
            Err(reason) => {
                self.history.lose();
                let since = self.silence.take().map_or(self.now, |silence| silence.since);
                self.silence = Some(Silence { reason, since });
            }
        }
    }

    fn keep(&mut self, status: Status) {
        // It counts from the start of its life.
        if self.status().is_some_and(|last| last.uptime_s > status.uptime_s) {
            self.answers.clear();
        }
        if self.answers.len() == ANSWERS_KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back(status);
    }

    /// Of all routes together; none while it does not answer.
    pub(super) fn rates(&self) -> Option<Rates> {
        self.rates_of(|status| Some(&status.figures))
    }

    /// Of one route.
    pub(super) fn rates_of_route(&self, name: &str) -> Option<Rates> {
        self.rates_of(|status| status.routes.get(name))
    }

    fn rates_of(&self, of: impl Fn(&Status) -> Option<&Figures>) -> Option<Rates> {
        let (first, last) = (self.answers.front()?, self.answers.back()?);
        let seconds = last.uptime_s - first.uptime_s;
        if self.silence.is_some() || seconds <= 0.0 {
            return None;
        }
        let (first, last) = (of(first)?, of(last)?);
        let delivered = count(last.delivered.saturating_sub(first.delivered));
        let batches = last.consumer.batches.saturating_sub(first.consumer.batches);
        Some(Rates {
            accepted: count(last.accepted.saturating_sub(first.accepted)) / seconds,
            gone: count(last.gone().saturating_sub(first.gone())) / seconds,
            batch: (batches > 0).then(|| delivered / count(batches)),
        })
    }

    /// Where the gears begin and end, if it says so.
    pub(super) fn thresholds(&self) -> Option<Thresholds> {
        let consumer = &self.status()?.figures.consumer;
        Some(Thresholds { engage_above: consumer.engage_above?, release_at: consumer.release_at? })
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn count(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn status(uptime_s: f64, accepted: u64, delivered: u64, batches: u64) -> Status {
        let mut status = Status { uptime_s, ..Status::default() };
        status.figures.accepted = accepted;
        status.figures.delivered = delivered;
        status.figures.waiting = accepted - delivered;
        status.figures.consumer.batches = batches;
        status
    }

    #[test]
    fn rates_are_those_by_the_clock_of_the_service() {
        let now = clock::now();
        let mut watch = Watch::new(now, "http://x");
        watch.hear(Ok(status(10.0, 100, 0, 0)), now);
        assert_eq!(watch.rates(), None);
        watch.hear(Ok(status(12.0, 300, 100, 4)), now);
        assert_eq!(watch.rates(), Some(Rates { accepted: 100.0, gone: 50.0, batch: Some(25.0) }));
        assert_eq!(watch.rates_of_route("none"), None);
    }

    #[test]
    fn a_service_that_started_anew_counts_from_its_new_start() {
        let now = clock::now();
        let mut watch = Watch::new(now, "http://x");
        watch.hear(Ok(status(1000.0, 9_000, 9_000, 9)), now);
        watch.hear(Ok(status(0.5, 0, 0, 0)), now);
        watch.hear(Ok(status(1.5, 10, 10, 1)), now);
        assert_eq!(watch.rates(), Some(Rates { accepted: 10.0, gone: 10.0, batch: Some(10.0) }));
    }

    #[test]
    fn silence_is_told_with_its_beginning_and_ends_with_an_answer() {
        let now = clock::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut watch = Watch::new(now, "http://x");
        watch.hear(Ok(status(1.0, 5, 0, 0)), after(1));
        watch.hear(Err("refused".to_owned()), after(2));
        watch.hear(Err("refused still".to_owned()), after(3));
        let silence = watch.silence.as_ref().expect("it does not answer");
        assert_eq!(
            (silence.reason.as_str(), silence.since),
            ("refused still", Duration::from_secs(2))
        );
        assert_eq!(watch.status().map(|status| status.figures.waiting), Some(5));
        assert_eq!(watch.rates(), None);
        assert_eq!(watch.history.latest(1).next().and_then(|column| column.length), None);
        watch.hear(Ok(status(4.0, 5, 0, 0)), after(4));
        assert!(watch.silence.is_none() && watch.rates().is_some());
    }
}
