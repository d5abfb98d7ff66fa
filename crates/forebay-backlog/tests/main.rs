//! What a backlog promises, one file a promise.

#[path = "main/engines.rs"]
mod engines;

#[path = "main/simulated.rs"]
mod simulated;
#[path = "main/world.rs"]
mod world;

#[cfg(feature = "jetstream")]
#[path = "main/access.rs"]
mod access;
#[path = "main/books.rs"]
mod books;
#[path = "main/care.rs"]
mod care;
#[path = "main/damage.rs"]
mod damage;
#[path = "main/deliveries.rs"]
mod deliveries;
#[path = "main/disk.rs"]
mod disk;
#[path = "main/event.rs"]
mod event;
#[path = "main/failing.rs"]
mod failing;
#[path = "main/golden.rs"]
mod golden;
#[cfg(feature = "jetstream")]
#[path = "main/jetstream.rs"]
mod jetstream;
#[path = "main/limits.rs"]
mod limits;
#[path = "main/marks.rs"]
mod marks;
#[path = "main/other_limits.rs"]
mod other_limits;
#[path = "main/simulation.rs"]
mod simulation;
#[path = "main/spares.rs"]
mod spares;
#[cfg(feature = "jetstream")]
#[path = "main/spool.rs"]
mod spool;
