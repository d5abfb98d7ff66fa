//! How fast one gear writes.

use std::time::Duration;

use forebay::{Gear, Gears, GearsError};

use super::ConsumerConfig;

/// The largest batch that can be asked for.
pub const BATCH_EVENTS_MAX: usize = 100_000;
/// The longest pause that can be asked for: an hour.
pub const PAUSE_MS_MAX: u64 = 3_600_000;
/// The most writers that can be asked for.
pub const WRITERS_MAX: usize = 64;

/// How fast one gear writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed {
    /// Events in a batch, from 1 to [`BATCH_EVENTS_MAX`].
    pub batch_events_max: usize,
    /// Batches under way at one time, from 1 to [`WRITERS_MAX`]. SQLite always has 1.
    pub writers: usize,
    /// How long a writer pauses after a batch, up to [`PAUSE_MS_MAX`]; usually not at all.
    pub pause_ms: u64,
}

impl Speed {
    /// Brings the numbers into their ranges, which for writers the sink may narrow.
    pub(super) fn within(self, writers_max: usize) -> Self {
        Self {
            batch_events_max: self.batch_events_max.clamp(1, BATCH_EVENTS_MAX),
            writers: self.writers.clamp(1, writers_max.clamp(1, WRITERS_MAX)),
            pause_ms: self.pause_ms.min(PAUSE_MS_MAX),
        }
    }

    /// The same as a gear of a pool.
    pub(super) fn gear(self) -> Gear {
        let pause = Duration::from_millis(self.pause_ms);
        Gear { pause, batch: self.batch_events_max, workers: self.writers }
    }
}

/// The thresholds of a configuration, in the gear to which they lead from `gear`: between the two it
/// stays as it is.
pub(super) fn gears(
    config: &ConsumerConfig,
    gear: usize,
    waiting: usize,
) -> Result<Gears, GearsError> {
    let mut gears = Gears::two(config.engage_above, config.release_at)?;
    if gear > 0 {
        gears.observe(usize::MAX);
        gears.observe(waiting);
    }
    Ok(gears)
}

/// What the gears of a configuration set, the slow one first.
pub(super) fn table(config: &ConsumerConfig, writers_max: usize) -> [Gear; 2] {
    [config.slow, config.fast].map(|speed| speed.within(writers_max).gear())
}

/// Names a gear for people.
pub(crate) fn gear_name(gear: usize) -> &'static str {
    if gear == 0 { "slow" } else { "fast" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_thresholds_keep_the_gear_where_it_may_be_either() {
        let config = ConsumerConfig { engage_above: 10, release_at: 2, ..Default::default() };
        let gear = |before, waiting| gears(&config, before, waiting).map(|gears| gears.gear());
        assert_eq!([gear(0, 0), gear(0, 5)], [Ok(0), Ok(0)]);
        assert_eq!([gear(1, 2), gear(1, 3), gear(1, 100)], [Ok(0), Ok(1), Ok(1)]);
    }

    #[test]
    fn a_speed_is_brought_into_its_range() {
        let asked = Speed { batch_events_max: 0, writers: 0, pause_ms: 0 };
        let least = Speed { batch_events_max: 1, writers: 1, pause_ms: 0 };
        assert_eq!(asked.within(8), least);
        let asked = Speed { batch_events_max: usize::MAX, writers: usize::MAX, pause_ms: u64::MAX };
        let most = Speed { batch_events_max: BATCH_EVENTS_MAX, writers: 1, pause_ms: PAUSE_MS_MAX };
        assert_eq!(asked.within(1), most);
        assert_eq!(asked.within(usize::MAX).writers, WRITERS_MAX);
    }
}
