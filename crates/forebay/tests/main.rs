//! What the queue promises, one file a promise. With `--cfg forebay_loom` only the model is
//! checked: the other tests would run outside of it.

#[cfg(forebay_loom)]
#[path = "main/model.rs"]
mod model;

#[cfg(not(forebay_loom))]
#[path = "main/blocking.rs"]
mod blocking;
#[cfg(not(forebay_loom))]
#[path = "main/building.rs"]
mod building;
#[cfg(not(forebay_loom))]
#[path = "main/closing.rs"]
mod closing;
#[cfg(not(forebay_loom))]
#[path = "main/conformance.rs"]
mod conformance;
#[cfg(not(forebay_loom))]
#[path = "main/controllers.rs"]
mod controllers;
#[cfg(not(any(forebay_loom, miri)))]
#[path = "main/examples.rs"]
mod examples;
#[cfg(not(forebay_loom))]
#[path = "main/fairness.rs"]
mod fairness;
#[cfg(not(forebay_loom))]
#[path = "main/gears.rs"]
mod gears;
#[cfg(not(forebay_loom))]
#[path = "main/leaks.rs"]
mod leaks;
#[cfg(not(forebay_loom))]
#[path = "main/linearizable.rs"]
mod linearizable;
#[cfg(not(forebay_loom))]
#[path = "main/local.rs"]
mod local;
#[cfg(not(forebay_loom))]
#[path = "main/lost_wakeups.rs"]
mod lost_wakeups;
#[cfg(not(forebay_loom))]
#[path = "main/memory.rs"]
mod memory;
#[cfg(not(forebay_loom))]
#[path = "main/panics.rs"]
mod panics;
#[cfg(not(forebay_loom))]
#[path = "main/panics_in_ord.rs"]
mod panics_in_ord;
#[cfg(not(forebay_loom))]
#[path = "main/pool.rs"]
mod pool;
#[cfg(not(forebay_loom))]
#[path = "main/resizing.rs"]
mod resizing;
// Miri has no timers and no epoll to give them.
#[cfg(not(any(forebay_loom, miri)))]
#[path = "main/runtimes.rs"]
mod runtimes;
#[cfg(not(forebay_loom))]
#[path = "main/sinks.rs"]
mod sinks;
#[cfg(not(forebay_loom))]
#[path = "main/threads.rs"]
mod threads;
#[cfg(not(forebay_loom))]
#[path = "main/weight.rs"]
mod weight;
