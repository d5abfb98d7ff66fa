//! Every event is in exactly one place, at every moment: the books balance.

use forebay_backlog::{Delivery, Limits};
use forebay_testkit::flag::Hand;
use forebay_testkit::seed;
use proptest::prelude::*;

use crate::engines::{Kind, Stage, for_all};
use crate::event::{EMPTY_BYTES, events};

for_all! {
    accepted_is_delivered_waiting_in_flight_dropped_and_dead_at_every_moment
    the_oldest_age_is_that_of_the_oldest_unfinished_event
}

#[derive(Debug, Clone)]
enum Step {
    Append(u64),
    Take(usize),
    Ack(usize, u64),
    GiveBack(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..6u64).prop_map(Step::Append),
        (1..6usize).prop_map(Step::Take),
        (any::<usize>(), 0..9u64).prop_map(|(pick, dead)| Step::Ack(pick, dead)),
        any::<usize>().prop_map(Step::GiveBack),
    ];
    prop::collection::vec(step, 1..80)
}

fn accepted_is_delivered_waiting_in_flight_dropped_and_dead_at_every_moment(kind: Kind) {
    let histories = match kind {
        Kind::Memory => 300,
        // Each is a file, and a sync for every append.
        Kind::Disk => 30,
        // Each is a server.
        #[cfg(feature = "jetstream")]
        Kind::JetStream | Kind::Spool => 10,
    };
    let outcome = seed::runner(histories).run(&steps(), |steps| {
        let backlog = Stage::new(kind, Limits { events_max: 40, bytes_max: u64::MAX });
        let (mut out, mut appended): (Vec<Delivery>, u64) = (Vec::new(), 0);
        for step in steps {
            match step {
                Step::Append(count) => {
                    let fits = backlog.put(events(appended..appended + count)).is_ok();
                    appended += if fits { count } else { 0 };
                }
                Step::Take(max) => {
                    if let std::task::Poll::Ready(delivery) = Hand::new(backlog.take(max)).poll() {
                        out.extend(delivery);
                    }
                }
                Step::Ack(pick, dead) if !out.is_empty() => {
                    out.remove(pick % out.len()).ack(dead);
                }
                Step::GiveBack(pick) if !out.is_empty() => drop(out.remove(pick % out.len())),
                Step::Ack(..) | Step::GiveBack(_) => {}
            }
            let now = backlog.snapshot();
            let in_hand: usize = out.iter().map(|delivery| delivery.events().len()).sum();
            prop_assert_eq!(now.accepted, appended);
            prop_assert_eq!(now.in_flight, in_hand as u64);
            let placed = now.delivered + now.waiting + now.in_flight + now.dropped + now.dead;
            prop_assert_eq!(now.accepted, placed);
            prop_assert_eq!(now.bytes, (now.waiting + now.in_flight) * EMPTY_BYTES);
        }
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}

fn the_oldest_age_is_that_of_the_oldest_unfinished_event(kind: Kind) {
    let backlog = Stage::roomy(kind);
    let oldest = || backlog.snapshot().oldest_received_at_ms;
    assert_eq!(oldest(), None);
    backlog.put(events(5..6)).expect("it fits");
    backlog.put(events(7..9)).expect("it fits");
    assert_eq!(oldest(), Some(5));
    let take = || futures_lite::future::block_on(backlog.take(1)).expect("three events wait");
    let (first, second) = (take(), take());
    assert_eq!(oldest(), Some(5), "in flight is not finished");
    first.ack(0);
    assert_eq!(oldest(), Some(7));
    second.nack(std::time::Duration::ZERO);
    assert_eq!(oldest(), Some(7), "given back is not finished either");
    take().ack(0);
    take().ack(1);
    assert_eq!((oldest(), backlog.snapshot().dead), (None, 1));
}
