//! What forebay's tests are built from: the reference model of a queue and the suite that
//! holds any queue against it, wakers that can be asked, seeds that can be repeated, and real
//! servers to talk to.

#![forbid(unsafe_code)]
#![allow(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a test's tool panics by design, and the model's errors are the queue's"
)]

// Chance and wake-ups, under a test's control.
pub mod flag;
pub mod seed;

// What a queue must do, and whether it does.
pub mod conformance;
pub mod model;
pub mod subject;

// The real thing: built programs and database servers.
pub mod postgres;
pub mod program;
