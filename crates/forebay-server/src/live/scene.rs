//! What changes seldom or never while the service runs.

use serde::Serialize;

use crate::config::Config;
use crate::consumer::{ConsumerConfig, gear_name};
use crate::http::Gate;

/// Whether the page shows what is in events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bodies {
    /// Keys and the kinds of values, no value.
    #[default]
    Hidden,
    /// No event at all: anybody may view.
    Unseen,
    /// All of it.
    Shown,
}

/// What the page has to know once.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Scene {
    pub(crate) started_at_ms: i64,
    pub(crate) bodies: Bodies,
    /// Where events go, without a password.
    pub(crate) sink: String,
    /// Above this the fast gear engages, at or below this it is released.
    pub(crate) engage_above: usize,
    pub(crate) release_at: usize,
    /// Slowest first.
    pub(crate) gears: Vec<GearScene>,
}

impl Scene {
    /// The same with other gears.
    pub(crate) fn with_gears(&self, consumer: &ConsumerConfig) -> Self {
        Self {
            engage_above: consumer.engage_above,
            release_at: consumer.release_at,
            gears: GearScene::all(consumer),
            ..self.clone()
        }
    }

    pub(crate) fn of(config: &Config, gate: &Gate, started_at_ms: i64) -> Self {
        let bodies = match config.page.bodies_shown {
            _ if !gate.guards_care() => Bodies::Unseen,
            true => Bodies::Shown,
            false => Bodies::Hidden,
        };
        let consumer = &config.consumer;
        Self {
            started_at_ms,
            bodies,
            sink: config.sink.to_string(),
            engage_above: consumer.engage_above,
            release_at: consumer.release_at,
            gears: GearScene::all(consumer),
        }
    }
}

/// One gear.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GearScene {
    pub(crate) name: &'static str,
    pub(crate) batch_events_max: usize,
    pub(crate) writers: usize,
}

impl GearScene {
    fn all(consumer: &ConsumerConfig) -> Vec<Self> {
        let speeds = [consumer.slow, consumer.fast].into_iter().enumerate();
        let gears = speeds.map(|(gear, speed)| Self {
            name: gear_name(gear),
            batch_events_max: speed.batch_events_max,
            writers: speed.writers,
        });
        gears.collect()
    }
}
