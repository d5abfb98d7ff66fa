//! The queue that outlives a request: events that were accepted and wait for a sink.
//!
//! ```text
//! HTTP ──append──▶ backlog ──take──▶ delivery ──▶ sink
//!                     ◀──────── ack / nack ────────┘
//! ```
//!
//! A group of events is appended all or nothing, at once or not at all. A consumer takes
//! deliveries, in order, and finishes each with an ack; one it drops is given back and comes
//! again. Every event is counted in exactly one place, at every moment:
//! `accepted = delivered + waiting + in_flight + dropped + dead`.
//!
//! This version has the memory engine, [`MemoryBacklog`]: what it holds is lost with the
//! process.

#![forbid(unsafe_code)]

// What goes in.
mod event;
mod limits;
pub use event::Event;
pub use limits::{AppendError, Limits};

// What keeps it.
mod ledger;
mod memory;
pub use ledger::Snapshot;
pub use memory::MemoryBacklog;

// What comes out.
mod delivery;
pub use delivery::Delivery;
