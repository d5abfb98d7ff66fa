//! One route at one moment, as far as the picture shows it.

use crate::status::Figures;

/// What is kept of one look at one route.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub(super) at_ms: i64,
    pub(super) waiting: u64,
    pub(super) in_flight: u64,
    pub(super) oldest_age_s: f64,
    pub(super) accepted: u64,
    pub(super) delivered: u64,
    pub(super) dead: u64,
    pub(super) gear: usize,
    pub(super) shifts: u64,
    pub(super) writers: usize,
    pub(super) batches: u64,
    pub(super) write_ms: Option<u64>,
}

impl Sample {
    pub(super) fn new(at_ms: i64, figures: &Figures) -> Self {
        let consumer = &figures.consumer;
        Self {
            at_ms,
            waiting: figures.waiting,
            in_flight: figures.in_flight,
            oldest_age_s: figures.oldest_age_s,
            accepted: figures.accepted,
            delivered: figures.delivered,
            dead: figures.dead,
            gear: consumer.gear_number,
            shifts: consumer.shifts,
            writers: consumer.writers_busy,
            batches: consumer.batches,
            write_ms: consumer.last_write_ms,
        }
    }

    /// Whether anything but the time has changed. An age grows by itself.
    pub(super) fn differs(&self, other: &Self) -> bool {
        let timeless = |sample: &Self| Self { at_ms: 0, oldest_age_s: 0.0, ..*sample };
        timeless(self) != timeless(other)
    }
}
