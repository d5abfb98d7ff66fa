//! A limit is exact, answers at once, and takes nothing of a group that does not fit.

use forebay_backlog::{AppendError, Limits, MemoryBacklog};
use futures_lite::future::block_on;

use crate::event::{EMPTY_BYTES, events, roomy};

#[test]
fn a_group_over_the_limit_of_events_is_refused_whole() {
    let backlog = MemoryBacklog::new(Limits { events_max: 3, bytes_max: u64::MAX });
    backlog.append(events(0..2)).unwrap();
    assert_eq!(backlog.append(events(2..4)), Err(AppendError::Full { limit: "events_max" }));
    assert_eq!(backlog.snapshot().waiting, 2);
    backlog.append(events(2..3)).unwrap();
}

#[test]
fn bytes_count_until_the_events_are_finished() {
    let limits = Limits { events_max: 100, bytes_max: 2 * EMPTY_BYTES };
    let backlog = MemoryBacklog::new(limits);
    backlog.append(events(0..2)).unwrap();
    let delivery = block_on(backlog.take(10)).unwrap();
    let full = Err(AppendError::Full { limit: "bytes_max" });
    assert_eq!(backlog.append(events(2..3)), full, "in flight counts");
    delivery.ack(0);
    backlog.append(events(2..3)).unwrap();
    assert_eq!(backlog.snapshot().bytes, EMPTY_BYTES);
}

#[test]
fn a_group_that_exceeds_a_limit_by_itself_is_told_so() {
    let limits = Limits { events_max: 2, bytes_max: 2 * EMPTY_BYTES - 1 };
    let backlog = MemoryBacklog::new(limits);
    let too_many = AppendError::NeverFits { limit: "events_max", size: 3, max: 2 };
    assert_eq!(backlog.append(events(0..3)), Err(too_many));
    let (size, max) = (2 * EMPTY_BYTES, limits.bytes_max);
    let too_long = AppendError::NeverFits { limit: "bytes_max", size, max };
    assert_eq!(backlog.append(events(0..2)), Err(too_long));
    backlog.append(events(0..1)).unwrap();
    assert_eq!(backlog.append(events(1..2)), Err(AppendError::Full { limit: "bytes_max" }));
}

#[test]
fn a_closed_backlog_takes_nothing_and_says_so() {
    let backlog = roomy();
    backlog.close();
    let refused = backlog.append(events(0..1)).unwrap_err();
    assert_eq!(refused, AppendError::Closed);
    assert_eq!(refused.to_string(), "the backlog is closed");
    assert_eq!(backlog.snapshot().accepted, 0);
}
