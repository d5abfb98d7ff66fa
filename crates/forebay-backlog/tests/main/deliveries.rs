//! Deliveries come in order; one that is given back comes again, before anything younger.

use std::task::Poll;
use std::time::Duration;

use forebay_testkit::flag::Hand;
use futures_lite::future::block_on;

use crate::engines::{Kind, Stage, for_all};
use crate::event::{events, numbers};

for_all! {
    a_delivery_takes_what_is_there_and_no_more_than_asked
    what_is_given_back_comes_again_oldest_first
    what_is_given_back_for_later_comes_when_its_time_has_come_and_not_before
    a_delivery_given_back_wakes_a_consumer_that_waits
    a_take_that_is_dropped_takes_nothing_out
    a_closed_backlog_ends_only_when_everything_is_finished
}

fn a_delivery_takes_what_is_there_and_no_more_than_asked(kind: Kind) {
    let backlog = Stage::roomy(kind);
    backlog.put(events(0..3)).expect("it fits");
    backlog.put(events(3..5)).expect("it fits");
    let first = block_on(backlog.take(4)).expect("something waits");
    let second = block_on(backlog.take(4)).expect("something waits");
    assert_eq!((numbers(first.events()), numbers(second.events())), (vec![0, 1, 2, 3], vec![4]));
    first.ack(0);
    second.ack(0);
}

fn what_is_given_back_comes_again_oldest_first(kind: Kind) {
    let backlog = Stage::roomy(kind);
    backlog.put(events(0..6)).expect("it fits");
    let first = block_on(backlog.take(2)).expect("something waits");
    let second = block_on(backlog.take(2)).expect("something waits");
    drop(second);
    first.nack(Duration::ZERO);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let delivery = block_on(backlog.take(2)).expect("something waits");
        seen.extend(numbers(delivery.events()));
        delivery.ack(0);
    }
    assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
}

fn what_is_given_back_for_later_comes_when_its_time_has_come_and_not_before(kind: Kind) {
    let backlog = Stage::roomy(kind);
    backlog.put(events(0..3)).expect("it fits");
    let later = Duration::from_millis(50);
    let began = now();
    block_on(backlog.take(1)).expect("three events wait").nack(later);
    block_on(backlog.take(1)).expect("two events wait").nack(Duration::from_secs(3600));
    let third = block_on(backlog.take(1)).expect("one event waits");
    assert_eq!(numbers(third.events()), [2], "the others wait for their time");
    let snapshot = backlog.snapshot();
    assert_eq!((snapshot.waiting, snapshot.in_flight), (2, 1));
    let first = block_on(backlog.take(1)).expect("its time comes");
    assert!(began.elapsed() >= later);
    assert!(first.is_again());
    assert_eq!(numbers(first.events()), [0]);
    first.ack(0);
    third.ack(0);
    assert!(Hand::new(backlog.take(1)).poll().is_pending(), "an hour is not over");
}

#[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

fn a_delivery_given_back_wakes_a_consumer_that_waits(kind: Kind) {
    let backlog = Stage::roomy(kind);
    backlog.put(events(0..1)).expect("it fits");
    let delivery = block_on(backlog.take(1)).expect("something waits");
    let mut take = Hand::new(backlog.take(1));
    assert!(take.poll().is_pending());
    drop(delivery);
    assert!(take.is_woken());
    let Poll::Ready(Some(again)) = take.poll() else { panic!("the event is lost") };
    again.ack(0);
}

fn a_closed_backlog_ends_only_when_everything_is_finished(kind: Kind) {
    let backlog = Stage::roomy(kind);
    backlog.put(events(0..1)).expect("it fits");
    let delivery = block_on(backlog.take(1)).expect("something waits");
    backlog.close();
    let mut take = Hand::new(backlog.take(1));
    assert!(take.poll().is_pending(), "the delivery may still be given back");
    delivery.nack(Duration::ZERO);
    let Poll::Ready(Some(again)) = take.poll() else { panic!("the event is lost") };
    let mut end = Hand::new(backlog.take(1));
    assert!(end.poll().is_pending());
    again.ack(0);
    assert!(end.is_woken());
    assert!(matches!(end.poll(), Poll::Ready(None)));
}

fn a_take_that_is_dropped_takes_nothing_out(kind: Kind) {
    let backlog = Stage::roomy(kind);
    let mut fickle = Hand::new(backlog.take(1));
    assert!(fickle.poll().is_pending());
    backlog.put(events(0..1)).expect("it fits");
    drop(fickle);
    let delivery = block_on(backlog.take(1)).expect("something waits");
    assert_eq!(numbers(delivery.events()), [0]);
    delivery.ack(0);
}
