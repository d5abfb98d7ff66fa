//! What can change while the service runs: who may come in, and the limits of a request.
//!
//! A request takes the terms of the moment in which its head was read, and keeps them to its end;
//! a connection that waits for something waits as long as was said when it came.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;

use super::auth::Gate;
use crate::config::{HttpLimits, RateConfig};

/// The terms of one moment.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) limits: HttpLimits,
    pub(crate) rate: RateConfig,
    pub(crate) gate: Gate,
    /// What new connections are encrypted with, if they are.
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

/// The terms in force, for everybody who goes by them.
pub(crate) type TermsInForce = Arc<ArcSwap<Terms>>;
