//! A limit is exact, answers at once, and takes nothing of a group that does not fit.

use forebay_backlog::{AppendError, Appended, Limits};
use futures_lite::future::block_on;

use crate::engines::{Kind, Stage, for_all, for_unspooled};
use crate::event::{EMPTY_BYTES, events};

for_all! {
    a_group_of_nothing_is_taken_and_changes_nothing
    a_group_over_the_limit_of_events_is_refused_whole
    a_group_that_exceeds_a_limit_by_itself_is_told_so
    a_closed_backlog_takes_nothing_and_says_so
}

mod room {
    use super::*;

    for_unspooled! {
        bytes_count_until_the_events_are_finished
    }

    fn bytes_count_until_the_events_are_finished(kind: Kind) {
        super::bytes_count_until_the_events_are_finished(kind);
    }
}

fn a_group_of_nothing_is_taken_and_changes_nothing(kind: Kind) {
    let backlog = Stage::roomy(kind);
    assert_eq!(backlog.put(events(0..0)), Ok(Appended::WHOLE));
    assert_eq!(backlog.put(events(0..1)), Ok(Appended::WHOLE));
    assert_eq!(backlog.snapshot().accepted, 1);
}

fn a_group_over_the_limit_of_events_is_refused_whole(kind: Kind) {
    let backlog = Stage::new(kind, Limits { events_max: 3, bytes_max: u64::MAX });
    backlog.put(events(0..2)).expect("it fits");
    assert_eq!(backlog.put(events(2..4)), Err(AppendError::Full { limit: "events_max" }));
    assert_eq!(backlog.snapshot().waiting, 2);
    backlog.put(events(2..3)).expect("it fits");
}

fn bytes_count_until_the_events_are_finished(kind: Kind) {
    let limits = Limits { events_max: 100, bytes_max: 2 * EMPTY_BYTES };
    let backlog = Stage::new(kind, limits);
    backlog.put(events(0..2)).expect("it fits");
    let delivery = block_on(backlog.take(10)).expect("something waits");
    let full = Err(AppendError::Full { limit: "bytes_max" });
    assert_eq!(backlog.put(events(2..3)), full, "in flight counts");
    delivery.ack(0);
    backlog.put(events(2..3)).expect("it fits");
    assert_eq!(backlog.snapshot().bytes, EMPTY_BYTES);
}

fn a_group_that_exceeds_a_limit_by_itself_is_told_so(kind: Kind) {
    let limits = Limits { events_max: 2, bytes_max: 2 * EMPTY_BYTES - 1 };
    let backlog = Stage::new(kind, limits);
    let too_many = AppendError::NeverFits { limit: "events_max", size: 3, max: 2 };
    assert_eq!(backlog.put(events(0..3)), Err(too_many));
    let (size, max) = (2 * EMPTY_BYTES, limits.bytes_max);
    let too_long = AppendError::NeverFits { limit: "bytes_max", size, max };
    assert_eq!(backlog.put(events(0..2)), Err(too_long));
    backlog.put(events(0..1)).expect("it fits");
    assert_eq!(backlog.put(events(1..2)), Err(AppendError::Full { limit: "bytes_max" }));
}

fn a_closed_backlog_takes_nothing_and_says_so(kind: Kind) {
    let backlog = Stage::roomy(kind);
    backlog.close();
    let refused = backlog.put(events(0..1)).expect_err("it is closed");
    assert_eq!(refused, AppendError::Closed);
    assert_eq!(refused.to_string(), "the backlog is closed");
    assert_eq!(backlog.snapshot().accepted, 0);
}
