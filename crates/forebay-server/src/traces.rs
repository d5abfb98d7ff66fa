//! What happens to events, told to OpenTelemetry where that is built in (`otel`) and turned on.
//!
//! ```text
//! whoever sent it ──▶ accept ──▶ append          deliver ──▶ insert
//!                       ▲                                       │ links
//!                       └───── traceparent, kept with the event ┘
//! ```
//!
//! The span that took an event in is its parent from then on, so the one that writes it, perhaps in
//! another process and after a crash, can name it. A batch is of many traces, and belongs to none.
//! What is not of a trace costs a look at whether there is one.

#[cfg(feature = "otel")]
mod context;
#[cfg(feature = "otel")]
mod share;
#[cfg(feature = "otel")]
mod spans;
#[cfg(feature = "otel")]
pub(crate) use spans::Traces;

#[cfg(not(feature = "otel"))]
mod silent;
#[cfg(not(feature = "otel"))]
pub(crate) use silent::Traces;
