//! Every kind of queue answers, counts, drops and wakes as the reference model does, whatever
//! is called, polled or cancelled in whatever order.

use std::rc::Rc;

use forebay::{Queue, WhenFull};
use forebay_testkit::conformance::holds_against_the_model;
use forebay_testkit::subject::{Discipline, Item, Kind};

fn check(discipline: Discipline, capacity: Option<usize>, when_full: WhenFull) {
    holds_against_the_model::<Rc<Queue<Item>>>(Kind { discipline, capacity, when_full });
}

/// A discipline, unbounded and bounded under every policy, small enough to be full often.
macro_rules! disciplines {
    ($($name:ident $discipline:ident)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn an_unbounded_queue_follows_the_model() {
                check(Discipline::$discipline, None, WhenFull::Wait);
            }

            #[test]
            fn a_queue_of_one_follows_the_model() {
                check(Discipline::$discipline, Some(1), WhenFull::Wait);
            }

            #[test]
            fn a_bounded_queue_that_waits_follows_the_model() {
                check(Discipline::$discipline, Some(3), WhenFull::Wait);
            }

            #[test]
            fn a_bounded_queue_that_rejects_follows_the_model() {
                check(Discipline::$discipline, Some(2), WhenFull::Reject);
            }

            #[test]
            fn a_bounded_queue_that_drops_the_newest_follows_the_model() {
                check(Discipline::$discipline, Some(2), WhenFull::DropNewest);
            }

            #[test]
            fn a_bounded_queue_that_drops_the_oldest_follows_the_model() {
                check(Discipline::$discipline, Some(2), WhenFull::DropOldest);
            }
        }
    )*};
}

disciplines! { fifo Fifo  lifo Lifo  priority Priority }
