//! The cells of the queue bench, written once for any queue: what is done, how often, on which threads, and that
//! nothing is lost meanwhile.
//!
//! A program of the field describes its queues with [`Contender`] and hands them to [`run`]; it then measures one cell
//! of one queue a start, and says what came of it as one line of JSON. A process for each measurement costs two
//! milliseconds and buys that a queue that hangs, crashes or keeps its memory harms nobody else.

// What goes through the queues, and what has to be known of a queue.
mod item;
mod queue;

// Who is there, and what can be asked of them.
mod cell;
mod class;
mod contender;
mod measure;
mod program;

// The cells.
mod block_on;
mod full;
mod latency;
mod local;
mod memory;
mod one_thread;
mod pingpong;
mod spike;
mod tasks;
mod waiting;

// The machine itself.
mod floor;
mod ring;

// With what all of them are measured.
mod amount;
mod clock;
mod order;
mod places;
mod tally;

pub use block_on::{polled, ready};
pub use contender::{Contender, Role};
pub use item::{Item, Prioritized, Ranked, Wide};
pub use program::run;
pub use queue::{Awaited, Blocking, Full, Got, Local, Put, Queue, Tried};
