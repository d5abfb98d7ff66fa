//! Every kind of queue answers, counts, drops and wakes as the reference model does, whatever
//! is called, polled or cancelled in whatever order.

use std::rc::Rc;

use forebay::{WhenFull, local};
use forebay_testkit::conformance::holds_against_the_model;
use forebay_testkit::subject::{Discipline, Item, Kind, Subject};

type Shared = Rc<forebay::Queue<Item>>;
type Local = Rc<local::Queue<Item>>;

fn check<S: Subject>(discipline: Discipline, capacity: Option<usize>, when_full: WhenFull) {
    holds_against_the_model::<S>(Kind { discipline, capacity, when_full });
}

/// A discipline, unbounded and bounded under every policy, small enough to be full often.
macro_rules! disciplines {
    ($($name:ident $queue:ident $discipline:ident)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn an_unbounded_queue_follows_the_model() {
                check::<$queue>(Discipline::$discipline, None, WhenFull::Wait);
            }

            #[test]
            fn a_queue_of_one_follows_the_model() {
                check::<$queue>(Discipline::$discipline, Some(1), WhenFull::Wait);
            }

            #[test]
            fn a_bounded_queue_that_waits_follows_the_model() {
                check::<$queue>(Discipline::$discipline, Some(3), WhenFull::Wait);
            }

            #[test]
            fn a_bounded_queue_that_rejects_follows_the_model() {
                check::<$queue>(Discipline::$discipline, Some(2), WhenFull::Reject);
            }

            #[test]
            fn a_bounded_queue_that_drops_the_newest_follows_the_model() {
                check::<$queue>(Discipline::$discipline, Some(2), WhenFull::DropNewest);
            }

            #[test]
            fn a_bounded_queue_that_drops_the_oldest_follows_the_model() {
                check::<$queue>(Discipline::$discipline, Some(2), WhenFull::DropOldest);
            }
        }
    )*};
}

disciplines! {
    fifo Shared Fifo
    lifo Shared Lifo
    priority Shared Priority
    local_fifo Local Fifo
    local_lifo Local Lifo
    local_priority Local Priority
}
