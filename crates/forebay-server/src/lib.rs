//! HTTP in, a database out, a backlog between them: what `forebay serve` runs.
//!
//! ```text
//! POST /events ──▶ http ──append──▶ backlog ──take──▶ consumer ──write──▶ sink
//!                    │                                    │
//!                  202 at once                    its gear follows the backlog
//! ```
//!
//! A request is answered as soon as its events wait in the backlog; nothing it does waits for
//! the database. [`Service::start`] puts the parts together, [`Service::stop`] drains them.

#![deny(unsafe_code)]

// What it is told, and what runs it.
mod config;
mod service;
pub use config::{
    Ack, AckError, BacklogConfig, BacklogUrl, BacklogUrlError, Config, ConfigError, HttpLimits,
    OtelConfig, PageConfig, Pointer, PointerError, Rate, RateConfig, Role, RoleError, RouteConfig,
    Secret, SpoolConfig, StreamConfig, TlsConfig, WebhookConfig, WebhookKind, WebhookKindError,
};
pub use forebay_backlog::{Limits, MarkLimits};
pub use http::{TlsError, TokenEntry, TokenEntryError, TokenFileError};
pub use service::{Fate, Left, Service, StartError};

// Whether it would work.
mod rights;
mod trial;
pub use trial::{Trial, Trouble};

// Columns of a route's own.
mod columns;
pub use columns::{ColumnConfig, ColumnNames, ColumnType, ColumnTypeError};

// HTTP in.
mod http;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub use http::fuzz;
mod ids;

// A database out.
mod arrivals;
mod consumer;
mod sink;
pub use consumer::{
    BATCH_EVENTS_MAX, Consumer, ConsumerConfig, ConsumerError, ConsumerGauge, ConsumerHandle,
    ConsumerStatus, PAUSE_MS_MAX, RetryConfig, Speed, WRITERS_MAX,
};
pub use sink::{
    DeadFilter, Json, Letter, PostgresUrl, SinkErrors, SinkState, SinkStatus, SinkUrl,
    SinkUrlError, Table, TableError,
};

// What the database refused.
mod dead;
pub use dead::{DeadError, DeadLetters, DeadPage};

/// The name of the route of `POST /events`.
pub const DEFAULT_ROUTE: &str = "default";

// How things stand.
mod live;
mod metrics;
mod room;
mod status;
mod tallies;
mod traces;
mod watchdog;

// What a person can hold up.
mod valve;

// The world.
mod clock;
mod memory;
