//! forebay in the cells of the queue bench, and the floors of the machine.

mod full;
mod local;
mod shared;

use std::process::ExitCode;

use field_cells::{Contender, Role};

fn main() -> ExitCode {
    let forebay = Contender::new("forebay", "forebay", Role::Ours)
        .bounded::<shared::Bounded>()
        .unbounded::<shared::Unbounded>()
        .blocking_bounded::<shared::Bounded>()
        .blocking_unbounded::<shared::Unbounded>()
        .lifo_bounded::<shared::LifoBounded>()
        .lifo_unbounded::<shared::Lifo>()
        .priority_bounded::<shared::PriorityBounded>()
        .priority_unbounded::<shared::Priority>()
        .drop_oldest::<full::DropOldest>()
        .drop_newest::<full::DropNewest>()
        .reject::<full::Reject>()
        .local_bounded::<local::Bounded>()
        .local_unbounded::<local::Unbounded>();
    // What the queue for any thread takes where one for one thread would do.
    let shared = Contender::new("forebay shared", "forebay shared", Role::Yardstick)
        .local_bounded::<shared::Bounded>()
        .local_unbounded::<shared::Unbounded>();
    field_cells::run(&[forebay, shared])
}
