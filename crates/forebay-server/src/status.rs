//! How things stand: one look at the state, from which `/status` and `/metrics` are written.
//!
//! Nothing here is counted on its way past. Each figure is computed from the backlog's ledger in
//! one look, so the books of one answer always balance, and no figure can drift or go negative.

use std::collections::BTreeMap;
use std::sync::Arc;

use forebay_backlog::{Backlog, Durability, Limits, Snapshot};
use serde::Serialize;
use tokio::time::Instant;

use crate::config::HttpLimits;
use crate::consumer::{ConsumerGauge, ConsumerStatus};
use crate::http::Guests;
use crate::valve::{Flow, Valve};

/// What the figures are computed from.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) started_at: Instant,
    pub(crate) backlog: Arc<dyn Backlog>,
    pub(crate) valve: Arc<Valve>,
    pub(crate) consumer: ConsumerGauge,
    pub(crate) guests: Arc<Guests>,
    pub(crate) http: HttpLimits,
}

impl Report {
    /// Looks at everything at once.
    pub(crate) fn at(&self, now: Instant, unix_ms: i64) -> Status {
        let uptime = now.saturating_duration_since(self.started_at);
        let figures = Figures::new(
            &self.backlog.snapshot(),
            self.backlog.durability(),
            &self.consumer.status(),
            self.valve.flow(),
            unix_ms,
        );
        Status {
            version: env!("CARGO_PKG_VERSION"),
            uptime_s: uptime.as_secs_f64(),
            figures: figures.clone(),
            connections: self.guests.seated(),
            limits: Bounds::new(&self.http, self.backlog.limits()),
            sqlite: rusqlite::version(),
            routes: BTreeMap::from([("default", figures)]),
        }
    }

    /// Waits until a consumer has done something.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(crate) async fn moved(&self) {
        let before = self.consumer.status();
        self.consumer.wait_for(|status| *status != before).await;
    }

    /// Which limit of the backlog is reached, if one is.
    pub(crate) fn full(&self) -> Option<&'static str> {
        full(&self.backlog.snapshot(), self.backlog.limits())
    }
}

fn full(snapshot: &Snapshot, limits: Limits) -> Option<&'static str> {
    if snapshot.waiting + snapshot.in_flight >= limits.events_max {
        Some("events_max")
    } else if snapshot.bytes >= limits.bytes_max {
        Some("bytes_max")
    } else {
        None
    }
}

/// `GET /status`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Status {
    pub(crate) version: &'static str,
    pub(crate) uptime_s: f64,
    /// The sum of the routes; there is one.
    #[serde(flatten)]
    pub(crate) figures: Figures,
    pub(crate) connections: u64,
    pub(crate) limits: Bounds,
    pub(crate) sqlite: &'static str,
    pub(crate) routes: BTreeMap<&'static str, Figures>,
}

/// How one route stands. `accepted = delivered + waiting + in_flight + dropped + dead`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figures {
    pub(crate) waiting: u64,
    pub(crate) bytes: u64,
    pub(crate) oldest_age_s: f64,
    pub(crate) in_flight: u64,
    pub(crate) accepted: u64,
    pub(crate) delivered: u64,
    pub(crate) dropped: u64,
    pub(crate) dead: u64,
    pub(crate) durability: &'static str,
    pub(crate) gear: &'static str,
    /// What a person holds up.
    pub(crate) flow: Flow,
    pub(crate) consumer: ConsumerFigures,
    pub(crate) sink: SinkFigures,
}

/// How its consumer stands.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ConsumerFigures {
    pub(crate) gear_number: usize,
    pub(crate) shifts: u64,
    pub(crate) writers_busy: usize,
    pub(crate) batches: u64,
    pub(crate) rows: u64,
    pub(crate) panics: u64,
    pub(crate) last_write_ms: Option<u64>,
}

/// How its sink stands.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SinkFigures {
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) hint: Option<&'static str>,
    pub(crate) errors: BTreeMap<&'static str, u64>,
}

impl Figures {
    fn new(
        snapshot: &Snapshot,
        durability: Durability,
        consumer: &ConsumerStatus,
        flow: Flow,
        unix_ms: i64,
    ) -> Self {
        let sink = &consumer.sink;
        Self {
            waiting: snapshot.waiting,
            bytes: snapshot.bytes,
            oldest_age_s: age_s(snapshot.oldest_received_at_ms, unix_ms),
            in_flight: snapshot.in_flight,
            accepted: snapshot.accepted,
            delivered: snapshot.delivered,
            dropped: snapshot.dropped,
            dead: snapshot.dead,
            durability: durability.word(),
            gear: consumer.gear_name,
            flow,
            consumer: ConsumerFigures {
                gear_number: consumer.gear,
                shifts: consumer.shifts,
                writers_busy: consumer.writers_busy,
                batches: consumer.batches,
                rows: consumer.rows_written,
                panics: consumer.panics,
                last_write_ms: consumer.last_write_ms,
            },
            sink: SinkFigures {
                state: sink.state.to_string(),
                reason: sink.reason.clone(),
                hint: sink.hint,
                errors: sink.errors.by_class().into(),
            },
        }
    }
}

/// Never negative: when the clock was set back, the oldest event has just come.
fn age_s(oldest_received_at_ms: Option<i64>, unix_ms: i64) -> f64 {
    let age_ms = oldest_received_at_ms.map_or(0, |at_ms| unix_ms.saturating_sub(at_ms).max(0));
    #[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
    let age_ms = age_ms as f64;
    age_ms / 1000.0
}

/// What the figures are bounded by.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Bounds {
    pub(crate) events_max: u64,
    pub(crate) bytes_max: u64,
    pub(crate) body_bytes_max: u64,
    pub(crate) event_bytes_max: u64,
    pub(crate) connections_max: u32,
}

impl Bounds {
    fn new(http: &HttpLimits, backlog: Limits) -> Self {
        Self {
            events_max: backlog.events_max,
            bytes_max: backlog.bytes_max,
            body_bytes_max: http.body_bytes_max,
            event_bytes_max: http.event_bytes_max,
            connections_max: http.connections_max,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_never_negative() {
        assert!(age_s(None, 5_000) == 0.0);
        assert!(age_s(Some(4_500), 5_000) == 0.5);
        assert!(age_s(Some(9_000), 5_000) == 0.0);
    }
}
