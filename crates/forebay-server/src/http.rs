//! HTTP in: from a connection to events in the backlog.
//!
//! Everything is answered at once: a request that cannot be taken now is refused, never held.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock;
use crate::dead::DeadLetters;
use crate::ids::Ids;
use crate::live::Live;
use crate::status::Report;

// Who is there.
mod descriptors;
mod guests;
mod listener;
pub(crate) use descriptors::room_for;
pub(crate) use guests::Guests;
pub(crate) use listener::{Door, bind};

// One connection.
mod beginning;
mod connection;
mod patience;
pub(crate) mod tls;
pub use tls::TlsError;

// One request.
mod auth;
mod budget;
mod counts;
mod dead;
mod meters;
mod rate;
mod reply;
mod resource;
mod router;
mod routes;
mod terms;
pub(crate) use auth::{Gate, Tokens};
pub use auth::{TokenEntry, TokenEntryError, TokenFileError};
pub(crate) use budget::Budget;
pub(crate) use counts::Counts;
pub(crate) use meters::Meters;
pub(crate) use routes::{Attributes, Route, Routes};
pub(crate) use signature::Webhook;
pub(crate) use terms::{Terms, TermsInForce, Webhooks};

// What people look at, and do.
mod admin;
mod live;
mod openapi;
mod origin;
mod page;

// One body, and its answer.
mod accepted;
mod body;
mod coding;
mod events;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod keys;
mod parse;
mod problem;
mod shape;
mod signature;
mod trace;
#[cfg(feature = "otel")]
pub(crate) use problem::Problem;
pub(crate) use trace::Trace;

/// What every request is answered from.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) terms: TermsInForce,
    pub(crate) meters: Meters,
    pub(crate) budget: Arc<Budget>,
    pub(crate) routes: Routes,
    pub(crate) ids: Ids,
    pub(crate) counts: Counts,
    pub(crate) report: Arc<Report>,
    pub(crate) live: Arc<Live>,
    pub(crate) dead: DeadLetters,
    /// Written once, when the service begins to stop; from then on nothing is taken.
    pub(crate) draining: AtomicBool,
}

impl Front {
    pub(crate) fn drain(&self) {
        // Ordering: Relaxed, a request that has not seen it yet is one in flight.
        self.draining.store(true, Ordering::Relaxed);
        self.live.close();
    }

    /// The time since the start.
    fn now_ns(&self) -> u64 {
        let since = clock::now().saturating_duration_since(self.report.started_at);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    fn is_draining(&self) -> bool {
        // Ordering: Relaxed, see `drain`.
        self.draining.load(Ordering::Relaxed)
    }
}
