//! The suite: random calls, polls and cancellations against the model, step by step.
//!
//! Every future is polled by hand and may be dropped at every await; what is looked at after each
//! step is told in [`walk`](crate::walk).

use proptest::prelude::*;

use crate::rounds::rounds;
use crate::seed;
use crate::subject::{Kind, Subject};
use crate::walk::{Start, Step, Walk};

/// How many random histories each kind is usually put through.
const CASES: u32 = 300;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let start = prop_oneof![
        4 => (0..4u8).prop_map(Start::Put),
        1 => (0..5u8).prop_map(Start::PutMany),
        4 => Just(Start::Get),
        1 => (0..4usize).prop_map(Start::GetMany),
        1 => Just(Start::Join),
    ];
    let step = prop_oneof![
        20 => (0..4u8).prop_map(Step::TryPut),
        4 => (0..6u8).prop_map(Step::TryPutMany),
        20 => Just(Step::TryGet),
        4 => (0..5usize).prop_map(Step::TryGetMany),
        40 => start.prop_map(Step::Start),
        10 => any::<usize>().prop_map(Step::Poll),
        40 => any::<usize>().prop_map(Step::PollWoken),
        10 => any::<usize>().prop_map(Step::Drop),
        5 => any::<usize>().prop_map(Step::TakeBack),
        8 => Just(Step::TaskDone),
        1 => Just(Step::Close),
        1 => Just(Step::CloseNow),
    ];
    // Miri is a thousand times slower.
    prop::collection::vec(step, 1..if cfg!(miri) { 20 } else { 120 })
}

/// Puts a queue through random histories; any difference from the model fails.
///
/// # Panics
/// When the queue does not do what the model does; the shortest such history is printed.
pub fn holds_against_the_model<S: Subject>(kind: Kind) {
    let cases = rounds(CASES, "random schedules with cancellations against the model");
    let outcome = seed::runner(cases).run(&steps(), |steps| {
        let mut walk = Walk::<S>::new(kind);
        steps.into_iter().for_each(|step| walk.take(step));
        Ok(())
    });
    if let Err(why) = outcome {
        panic!("{kind:?}: {why}");
    }
}
