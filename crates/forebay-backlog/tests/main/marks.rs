//! A request that comes again is answered what it was answered, and not taken in again.

use forebay_backlog::{Answer, AppendError, Appended, Event, Group, Limits, Mark};
use futures_lite::future::block_on;

use crate::engines::{Kind, Stage, for_all, for_both, for_unspooled};
use crate::event::{event, events, numbers};

for_all! {
    a_request_that_comes_again_is_answered_what_the_first_one_was
    a_key_with_another_fingerprint_is_refused
    a_repeat_that_comes_at_once_is_answered_as_the_first_one
    an_event_whose_key_is_remembered_is_not_taken_again
    a_repeat_is_answered_although_the_backlog_is_full
}

mod room {
    use super::*;

    for_unspooled! {
        a_group_that_was_refused_is_not_remembered
    }

    fn a_group_that_was_refused_is_not_remembered(kind: Kind) {
        super::a_group_that_was_refused_is_not_remembered(kind);
    }
}

mod time {
    use super::*;

    // The clock of a server is nobody's to set.
    for_both! {
        a_key_is_forgotten_after_its_time
    }

    fn a_key_is_forgotten_after_its_time(kind: Kind) {
        super::a_key_is_forgotten_after_its_time(kind);
    }
}

pub(crate) fn marked(key: u8, fingerprint: u8, events: Vec<Event>) -> Group {
    let answer = answer(key);
    let mark = Mark { key: [key; 16], fingerprint: [fingerprint; 16], answer };
    Group { events, mark: Some(mark) }
}

fn answer(key: u8) -> Answer {
    Answer { accepted: 2, first: event(u64::from(key)).id, last: event(1000).id }
}

fn keyed(number: u64, key: u8) -> Event {
    Event { key: Some([key; 16]), ..event(number) }
}

fn a_request_that_comes_again_is_answered_what_the_first_one_was(kind: Kind) {
    let backlog = Stage::roomy(kind);
    assert_eq!(backlog.put(marked(1, 7, events(0..2))), Ok(Appended::WHOLE));
    let again = backlog.put(marked(1, 7, events(5..7)));
    assert_eq!(again, Ok(Appended::Repeated(answer(1))));
    assert_eq!(backlog.put(marked(2, 7, events(2..3))), Ok(Appended::WHOLE));
    assert_eq!(backlog.snapshot().accepted, 3);
    let delivery = block_on(backlog.take(10)).expect("something waits");
    assert_eq!(numbers(delivery.events())[..2], [0, 1]);
    delivery.ack(0);
    let again = backlog.put(marked(1, 7, events(0..2)));
    assert_eq!(again, Ok(Appended::Repeated(answer(1))), "finished or not");
}

fn a_key_with_another_fingerprint_is_refused(kind: Kind) {
    let backlog = Stage::roomy(kind);
    backlog.put(marked(1, 7, events(0..2))).expect("it fits");
    assert_eq!(backlog.put(marked(1, 8, events(0..2))), Err(AppendError::KeyReused));
    assert_eq!(backlog.snapshot().accepted, 2);
}

fn a_repeat_that_comes_at_once_is_answered_as_the_first_one(kind: Kind) {
    let backlog = Stage::roomy(kind);
    let receipts: Vec<_> = (0..50).map(|_| backlog.append(marked(1, 7, events(0..2)))).collect();
    let answers: Vec<_> = receipts.into_iter().map(block_on).collect();
    let (whole, repeated): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| *answer == Ok(Appended::WHOLE));
    assert_eq!(whole.len(), 1);
    assert!(repeated.iter().all(|again| *again == Ok(Appended::Repeated(answer(1)))));
    assert_eq!(backlog.snapshot().accepted, 2);
}

fn an_event_whose_key_is_remembered_is_not_taken_again(kind: Kind) {
    let backlog = Stage::roomy(kind);
    backlog.put(vec![keyed(0, 1), keyed(1, 2), event(2)]).expect("it fits");
    let partly = backlog.put(vec![keyed(3, 2), keyed(4, 3), keyed(5, 3), event(6)]);
    assert_eq!(partly, Ok(Appended::Taken { repeats: vec![0, 2] }));
    assert_eq!(backlog.put(vec![keyed(7, 1)]), Ok(Appended::Taken { repeats: vec![0] }));
    let mut seen = Vec::new();
    while backlog.waiting() > 0 {
        let delivery = block_on(backlog.take(10)).expect("something waits");
        seen.extend(numbers(delivery.events()));
        delivery.ack(0);
    }
    assert_eq!(seen, [0, 1, 2, 4, 6]);
    let now = backlog.snapshot();
    assert_eq!((now.accepted, now.delivered, now.bytes), (5, 5, 0));
}

fn a_group_that_was_refused_is_not_remembered(kind: Kind) {
    let backlog = Stage::new(kind, Limits { events_max: 2, bytes_max: u64::MAX });
    backlog.put(events(0..1)).expect("it fits");
    let full = Err(AppendError::Full { limit: "events_max" });
    assert_eq!(backlog.put(marked(1, 7, vec![keyed(1, 1), keyed(2, 2)])), full);
    block_on(backlog.take(1)).expect("one waits").ack(0);
    let whole = backlog.put(marked(1, 7, vec![keyed(1, 1), keyed(2, 2)]));
    assert_eq!(whole, Ok(Appended::WHOLE));
}

fn a_repeat_is_answered_although_the_backlog_is_full(kind: Kind) {
    let backlog = Stage::new(kind, Limits { events_max: 2, bytes_max: u64::MAX });
    backlog.put(marked(1, 7, events(0..2))).expect("it fits");
    assert_eq!(backlog.put(marked(1, 7, events(0..2))), Ok(Appended::Repeated(answer(1))));
}

fn a_key_is_forgotten_after_its_time(kind: Kind) {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let backlog = Stage::roomy(kind);
    let at = |ms: i64| vec![Event { received_at_ms: ms, ..keyed(0, 1) }];
    backlog.put(marked(1, 7, at(0))).expect("it fits");
    let in_time = backlog.put(marked(1, 7, at(DAY_MS)));
    assert_eq!(in_time, Ok(Appended::Repeated(answer(1))));
    assert_eq!(backlog.put(marked(1, 8, at(DAY_MS + 1))), Ok(Appended::WHOLE));
    assert_eq!(backlog.put(marked(1, 7, at(DAY_MS + 2))), Err(AppendError::KeyReused));
}
