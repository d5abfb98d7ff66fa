//! The answer of `/status`, as far as it is shown. What an older service does not say is not
//! there, and what a newer one says besides is left alone.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) version: String,
    pub(super) uptime_s: f64,
    /// All routes together.
    #[serde(flatten)]
    pub(super) figures: Figures,
    pub(super) connections: u64,
    pub(super) routes: BTreeMap<String, Figures>,
}

/// One route.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Figures {
    pub(super) waiting: u64,
    pub(super) bytes: u64,
    pub(super) oldest_age_s: f64,
    pub(super) in_flight: u64,
    pub(super) accepted: u64,
    pub(super) delivered: u64,
    pub(super) dropped: u64,
    pub(super) dead: u64,
    pub(super) damaged: u64,
    pub(super) stalled_s: Option<f64>,
    pub(super) durability: String,
    pub(super) gear: String,
    pub(super) consumer: Consumer,
    pub(super) sink: Sink,
}

/// Its consumer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Consumer {
    pub(super) gear_number: usize,
    pub(super) shifts: u64,
    pub(super) writers_busy: u64,
    pub(super) writers_max: Option<u64>,
    pub(super) batches: u64,
    pub(super) panics: u64,
    pub(super) last_write_ms: Option<f64>,
    pub(super) engage_above: Option<u64>,
    pub(super) release_at: Option<u64>,
}

/// Its database.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sink {
    pub(super) state: String,
    pub(super) reason: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) errors: BTreeMap<String, u64>,
}

impl Figures {
    /// What has left the queue, whichever way.
    pub(super) fn gone(&self) -> u64 {
        self.delivered + self.dropped + self.dead
    }

    /// Whether somebody should look at it.
    pub(super) fn is_bad(&self) -> bool {
        self.sink.state == "down" || self.stalled_s.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_unknown_is_no_reason_to_fail() {
        let text = r#"{"waiting": 7, "new": {"a": 1}, "routes": {"default": {"gear": "fast"}}}"#;
        let status: Status = serde_json::from_str(text).expect("both are fine");
        assert_eq!(status.figures.waiting, 7);
        assert_eq!(status.routes["default"].gear, "fast");
        assert_eq!(status.figures.consumer.last_write_ms, None);
        assert!(serde_json::from_str::<Status>("[]").is_err());
        assert!(serde_json::from_str::<Status>(r#"{"waiting": "many"}"#).is_err());
    }
}
