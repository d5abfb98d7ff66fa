//! How things stand: one look at the state, from which `/status` and `/metrics` are written.
//!
//! Nothing here is counted on its way past. Each figure is computed from the backlog's ledger in
//! one look, so the books of one answer always balance, and no figure can drift or go negative.

use std::collections::BTreeMap;
use std::sync::Arc;

use forebay_backlog::{Limits, Spool, Syncs};
use serde::Serialize;
use tokio::time::Instant;

use crate::config::HttpLimits;
use crate::http::{Budget, Guests, Route, TermsInForce};
use crate::tallies::seconds;
use crate::valve::Flow;

/// What the figures are computed from.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) started_at: Instant,
    pub(crate) routes: Vec<Arc<Route>>,
    pub(crate) guests: Arc<Guests>,
    pub(crate) terms: TermsInForce,
    pub(crate) budget: Arc<Budget>,
}

impl Report {
    /// Looks at everything at once.
    pub(crate) fn at(&self, now: Instant, unix_ms: i64) -> Status {
        let uptime = now.saturating_duration_since(self.started_at);
        let figures = |route: &Arc<Route>| Figures::new(route, now, unix_ms);
        let each: Vec<Figures> = self.routes.iter().map(figures).collect();
        let names = self.routes.iter().map(|route| route.name.to_string());
        Status {
            version: env!("CARGO_PKG_VERSION"),
            uptime_s: uptime.as_secs_f64(),
            figures: sum(&each),
            connections: self.guests.seated(),
            limits: Bounds::new(&self.terms.load().limits, self.routes[0].backlog.limits()),
            sqlite: rusqlite::version(),
            routes: names.zip(each).collect(),
        }
    }

    /// Waits until a consumer has done something.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub(crate) async fn moved(&self) {
        let moved = self.routes.iter().map(|route| {
            Box::pin(async {
                let before = route.consumer.status();
                route.consumer.wait_for(|status| *status != before).await;
            })
        });
        futures_util::future::select_all(moved).await;
    }

    /// Every route, with what is counted as it goes.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().map(|route| &**route)
    }
}

/// All routes together; what cannot be added up is that of the default route, the first one.
fn sum(each: &[Figures]) -> Figures {
    let mut all = each[0].clone();
    for figures in &each[1..] {
        all.waiting += figures.waiting;
        all.bytes += figures.bytes;
        all.oldest_age_s = all.oldest_age_s.max(figures.oldest_age_s);
        all.in_flight += figures.in_flight;
        all.accepted += figures.accepted;
        all.delivered += figures.delivered;
        all.dropped += figures.dropped;
        all.dead += figures.dead;
        all.damaged += figures.damaged;
        all.spool = match (all.spool.take(), &figures.spool) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or_else(|| other.clone()),
        };
        all.stalled_s = match (all.stalled_s, figures.stalled_s) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
        all.consumer.add(&figures.consumer);
    }
    all
}

/// `GET /status`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Status {
    pub(crate) version: &'static str,
    pub(crate) uptime_s: f64,
    /// All routes together.
    #[serde(flatten)]
    pub(crate) figures: Figures,
    pub(crate) connections: u64,
    pub(crate) limits: Bounds,
    pub(crate) sqlite: &'static str,
    pub(crate) routes: BTreeMap<String, Figures>,
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
    /// Damaged places that were set aside.
    pub(crate) damaged: u64,
    /// For how long the backlog has stood still, once that is too long.
    pub(crate) stalled_s: Option<f64>,
    pub(crate) durability: &'static str,
    /// What that is worth, where it depends on somebody else's server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) durability_note: Option<String>,
    pub(crate) role: &'static str,
    /// When an answer leaves.
    pub(crate) ack: String,
    pub(crate) events_max: u64,
    pub(crate) bytes_max: u64,
    pub(crate) syncs: SyncFigures,
    /// What lies on this machine in front of a stream, where something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spool: Option<SpoolFigures>,
    pub(crate) gear: &'static str,
    /// What a person holds up.
    pub(crate) flow: Flow,
    pub(crate) consumer: ConsumerFigures,
    pub(crate) sink: SinkFigures,
}

/// What bringing groups to disk takes.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SyncFigures {
    pub(crate) count: u64,
    pub(crate) events: u64,
    pub(crate) total_s: f64,
    pub(crate) last_ms: f64,
    pub(crate) last_events: u64,
}

impl From<Syncs> for SyncFigures {
    fn from(syncs: Syncs) -> Self {
        Self {
            count: syncs.count,
            events: syncs.events,
            total_s: seconds(syncs.sum_us),
            last_ms: seconds(syncs.last_us) * 1e3,
            last_events: syncs.last_events,
        }
    }
}

/// What lies on this machine in front of a stream.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SpoolFigures {
    /// Events that the stream does not have yet.
    pub(crate) waiting: u64,
    /// Events that it has, and that are kept until its server has synced them.
    pub(crate) kept: u64,
    pub(crate) bytes: u64,
    pub(crate) bytes_max: u64,
    /// Of the oldest that the stream does not have yet.
    pub(crate) oldest_age_s: f64,
    /// How often everything that was kept was sent again.
    pub(crate) resends: u64,
    /// Why nothing goes on to the stream.
    pub(crate) trouble: Option<String>,
}

impl SpoolFigures {
    fn new(spool: Spool, limits: Limits, unix_ms: i64) -> Self {
        Self {
            waiting: spool.waiting,
            kept: spool.kept,
            bytes: spool.bytes,
            bytes_max: limits.bytes_max,
            oldest_age_s: age_s(spool.oldest_received_at_ms, unix_ms),
            resends: spool.resends,
            trouble: spool.trouble,
        }
    }

    fn and(self, other: &Self) -> Self {
        Self {
            waiting: self.waiting + other.waiting,
            kept: self.kept + other.kept,
            bytes: self.bytes + other.bytes,
            bytes_max: self.bytes_max + other.bytes_max,
            oldest_age_s: self.oldest_age_s.max(other.oldest_age_s),
            resends: self.resends + other.resends,
            trouble: self.trouble.or_else(|| other.trouble.clone()),
        }
    }
}

/// How its consumer stands.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ConsumerFigures {
    pub(crate) gear_number: usize,
    pub(crate) shifts: u64,
    pub(crate) writers_busy: usize,
    pub(crate) writers_max: usize,
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

impl ConsumerFigures {
    fn add(&mut self, other: &Self) {
        self.shifts += other.shifts;
        self.writers_busy += other.writers_busy;
        self.writers_max += other.writers_max;
        self.batches += other.batches;
        self.rows += other.rows;
        self.panics += other.panics;
    }
}

impl Figures {
    fn new(route: &Route, now: Instant, unix_ms: i64) -> Self {
        let (backlog, consumer) = (&route.backlog, route.consumer.status());
        let (snapshot, limits) = (backlog.snapshot(), backlog.limits());
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
            damaged: snapshot.damaged,
            stalled_s: route.watch.stalled_for(now).map(|still| still.as_secs_f64()),
            durability: backlog.durability().word(),
            durability_note: backlog.worth(),
            role: route.role.word(),
            ack: route.ack.to_string(),
            events_max: limits.events_max,
            bytes_max: limits.bytes_max,
            syncs: backlog.syncs().into(),
            spool: backlog.spool().map(|spool| SpoolFigures::new(spool, limits, unix_ms)),
            gear: consumer.gear_name,
            flow: route.valve.flow(),
            consumer: ConsumerFigures {
                gear_number: consumer.gear,
                shifts: consumer.shifts,
                writers_busy: consumer.writers_busy,
                writers_max: consumer.writers_max,
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
