//! What forebay's tests are built from: the reference model of a queue and the suite that
//! holds any queue against it, records of what threads did to one and whether that was in order,
//! wakers that can be asked, seeds that can be repeated, and real servers to talk to.

#![forbid(unsafe_code)]
#![allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a test's tool panics by design, and the model's errors are the queue's"
)]

// Chance, time and wake-ups, under a test's control.
pub mod chance;
pub mod flag;
pub mod progress;
pub mod rounds;
pub mod seed;

// What a queue must do, and whether it does.
pub mod conformance;
pub mod history;
pub mod model;
pub mod subject;
pub mod walk;

// The real thing: built programs and database servers.
#[cfg(feature = "servers")]
pub mod nats;
#[cfg(feature = "servers")]
pub mod postgres;
#[cfg(feature = "servers")]
pub mod program;
