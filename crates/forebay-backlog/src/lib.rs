//! The queue that outlives a request: events that were accepted and wait for a sink.
//!
//! ```text
//! HTTP ──append──▶ backlog ──take──▶ delivery ──▶ sink
//!                     ◀──────── ack / nack ────────┘
//! ```
//!
//! A group of events is appended all or nothing, at once or not at all. A consumer takes
//! deliveries, in order, and finishes each with an ack; one it drops is given back and comes
//! again, at once or after a time. A request that comes again with the key it came with before is
//! answered what it was answered, and not taken in again. Every event is counted in exactly one place, at every moment:
//! `accepted = delivered + waiting + in_flight + dropped + dead`.
//!
//! Three engines do that: [`DiskBacklog`], which acknowledges what is on disk;
//! `JetStreamBacklog` (feature `jetstream`), which shares one backlog between machines; and
//! [`MemoryBacklog`], whose events are lost with the process. `SpoolBacklog` puts the first in front of
//! the second. [`Backlog`] is what all can do.

#![forbid(unsafe_code)]

// What goes in.
mod event;
mod group;
mod limits;
mod marks;
mod receipt;
pub use event::Event;
pub use group::{Answer, Appended, Group, Key, Mark};
pub use limits::{AppendError, Limits};
pub use marks::MarkLimits;
pub use receipt::Receipt;

// What keeps it.
mod address;
mod backlog;
pub mod disk;
#[cfg(feature = "jetstream")]
pub mod jetstream;
mod ledger;
mod memory;
#[cfg(feature = "jetstream")]
pub mod spool;
pub use address::{Address, AddressError};
pub use backlog::{Backlog, Durability, Spool, Syncs, Taking};
pub use disk::{
    Crew, DiskBacklog, DiskOptions, Herald, Keeper, OpenError, Reader, Recovery, Storage, Volume,
    Writer,
};
#[cfg(feature = "jetstream")]
pub use jetstream::JetStreamBacklog;
pub use ledger::Snapshot;
pub use memory::MemoryBacklog;
#[cfg(feature = "jetstream")]
pub use spool::SpoolBacklog;

// What comes out.
mod clock;
mod delivery;
pub use delivery::Delivery;
