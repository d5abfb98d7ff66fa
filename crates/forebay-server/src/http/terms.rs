//! What can change while the service runs: who may come in, and the limits of a request.
//!
//! A request takes the terms of the moment in which its head was read, and keeps them to its end;
//! a connection that waits for something waits as long as was said when it came.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;

use super::auth::Gate;
use super::signature::Webhook;
use crate::config::{HttpLimits, RateConfig};

/// The terms of one moment.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) limits: HttpLimits,
    pub(crate) rate: RateConfig,
    pub(crate) gate: Gate,
    /// What new connections are encrypted with, if they are.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Who has to sign what comes to a route, by its name; then nobody has to show a token.
    pub(crate) webhooks: Webhooks,
}

/// The routes of webhooks.
pub(crate) type Webhooks = BTreeMap<String, Webhook>;

/// The terms in force, for everybody who goes by them.
pub(crate) type TermsInForce = Arc<ArcSwap<Terms>>;
