//! A plan, carried out on a queue and on the model of it.

use forebay::sharing::{OneThread, Threads};
use forebay_testkit::model::Model;
use forebay_testkit::subject::Dropped;
use forebay_testkit::walk::{Start, Step, Walk};

use crate::handles::{Handles, Make};
use crate::parcel;
use crate::plan::{Move, Place, Plan};

/// Carries the plan out, then drops all there is.
///
/// # Panics
/// When the queue does not do what the model does, and when an item is lost.
pub fn carry_out(plan: Plan) {
    let alive = parcel::alive();
    match plan.place {
        Place::AnyThread => carry_out_in::<Threads>(plan),
        Place::OneThread => carry_out_in::<OneThread>(plan),
    }
    assert_eq!(parcel::alive(), alive, "items that nobody has");
}

fn carry_out_in<S: Make>(plan: Plan) {
    let dropped = Dropped::default();
    let queue = S::make(plan.kind, plan.weight_max, dropped.clone());
    let model = Model::new(plan.kind).with_weight_max(plan.weight_max);
    let walk = Walk::of(Handles::of(queue), model, dropped);
    let mut run = Run { walk, has_producer: true, has_consumer: true };
    plan.moves.into_iter().for_each(|next| run.make(next));
    run.end();
}

/// A plan under way.
struct Run<S: Make> {
    walk: Walk<Handles<S>>,
    has_producer: bool,
    has_consumer: bool,
}

impl<S: Make> Run<S> {
    fn make(&mut self, next: Move) {
        let handles = self.walk.queue().clone();
        match next {
            Move::Step(step) if can(&handles, &step) => self.walk.act(step),
            Move::Step(_) => return,
            Move::CloneProducer(pick) => handles.clone_producer(pick),
            Move::CloneConsumer(pick) => handles.clone_consumer(pick),
            Move::DropProducer(pick) if handles.len() > 1 => handles.drop_producer(pick),
            Move::DropConsumer(pick) if handles.len() > 1 => handles.drop_consumer(pick),
            Move::DropProducer(_) | Move::DropConsumer(_) => return,
            Move::ReviveProducer => assert_eq!(handles.revive_producer(), self.has_producer),
            Move::ReviveConsumer => assert_eq!(handles.revive_consumer(), self.has_consumer),
            Move::Revive => {
                assert_eq!(handles.revive(), self.has_producer && self.has_consumer);
            }
            Move::SetCapacity(capacity) => {
                handles.set_capacity(capacity);
                self.walk.model().set_capacity(capacity);
            }
            Move::Rob(times) => return (0..times).for_each(|_| self.rob()),
        }
        self.notice_who_is_gone();
        self.walk.compare();
        assert_eq!(handles.weight(), self.walk.model().weight(), "what waits weighs");
    }

    fn rob(&mut self) {
        let steps = [Step::TryPut(0), Step::TryGet, Step::PollWoken(0)];
        steps.into_iter().for_each(|step| self.make(Move::Step(step)));
    }

    /// A side whose last handle went in this move closes the queue.
    fn notice_who_is_gone(&mut self) {
        let (had_producer, had_consumer) = (self.has_producer, self.has_consumer);
        self.has_producer = self.walk.queue().has_producer();
        self.has_consumer = self.walk.queue().has_consumer();
        let model = self.walk.model();
        // What the move itself made possible came before.
        model.settle();
        if had_producer && !self.has_producer {
            model.close();
        }
        if had_consumer && !self.has_consumer {
            model.abandon();
        }
    }

    /// Every call that waits is dropped, then every handle; what is left inside goes with them.
    fn end(mut self) {
        while self.walk.waiting() > 0 {
            self.make(Move::Step(Step::Drop(0)));
        }
        while self.walk.queue().len() > 1 {
            self.make(Move::DropConsumer(0));
            self.make(Move::DropProducer(0));
        }
        let handles = self.walk.queue().clone();
        handles.drop_consumer(0);
        handles.drop_producer(0);
        self.notice_who_is_gone();
        self.walk.compare_drops();
    }
}

/// Whether somebody is left to make the call.
fn can<S: Make>(handles: &Handles<S>, step: &Step) -> bool {
    match step {
        Step::TryPut(_) | Step::TryPutMany(_) => handles.can_put(),
        Step::Start(Start::Put(_) | Start::PutMany(_)) => handles.can_put(),
        Step::TryGet | Step::TryGetMany(_) => handles.can_get(),
        Step::Start(Start::Get | Start::GetMany(_)) => handles.can_get(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use arbitrary::{Arbitrary, Unstructured};
    use forebay_testkit::rounds::rounds;
    use forebay_testkit::seed;
    use proptest::prelude::*;

    use super::carry_out;
    use crate::plan::Plan;

    fn try_out(bytes: &[u8]) {
        if let Ok(plan) = Plan::arbitrary(&mut Unstructured::new(bytes)) {
            carry_out(plan);
        }
    }

    #[test]
    fn the_seeds_tell_no_queue_from_the_model() {
        let seeds = std::fs::read_dir("seeds/operations").expect("it is in the repository");
        let paths: Vec<_> = seeds.map(|seed| seed.expect("it can be listed").path()).collect();
        assert!(!paths.is_empty());
        for path in paths {
            println!("{}", path.display());
            try_out(&std::fs::read(path).expect("it can be read"));
        }
    }

    #[test]
    fn random_bytes_tell_no_queue_from_the_model() {
        let bytes = prop::collection::vec(any::<u8>(), 2..400);
        let cases = rounds(10_000, "random plans against the model");
        let outcome = seed::runner(cases).run(&bytes, |bytes| {
            try_out(&bytes);
            Ok(())
        });
        if let Err(why) = outcome {
            panic!("{why}");
        }
    }
}
