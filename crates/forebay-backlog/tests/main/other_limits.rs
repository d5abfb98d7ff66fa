//! Limits change while a backlog works.

use forebay_backlog::{AppendError, Limits};
use futures_lite::future::block_on;

use crate::engines::{Kind, Stage, for_both};
use crate::event::events;

for_both! {
    other_limits_hold_from_the_next_group_on_and_cost_nothing_that_waits
}

fn other_limits_hold_from_the_next_group_on_and_cost_nothing_that_waits(kind: Kind) {
    let backlog = Stage::new(kind, Limits { events_max: 3, bytes_max: u64::MAX });
    backlog.put(events(0..3)).expect("it fits");
    let wider = Limits { events_max: 5, bytes_max: 1 << 20 };
    backlog.set_limits(wider);
    assert_eq!(backlog.limits(), wider);
    backlog.put(events(3..5)).expect("it fits now");
    backlog.set_limits(Limits { events_max: 2, bytes_max: 1 << 20 });
    assert_eq!(backlog.put(events(5..6)), Err(AppendError::Full { limit: "events_max" }));
    assert_eq!(backlog.snapshot().waiting, 5);
    block_on(backlog.take(4)).expect("they wait").ack(0);
    backlog.put(events(5..6)).expect("one and one are two");
}

#[cfg(feature = "jetstream")]
#[test]
fn a_stream_that_machines_share_keeps_its_limits() {
    let limits = Limits { events_max: 3, bytes_max: 1 << 20 };
    let backlog = Stage::new(Kind::JetStream, limits);
    backlog.set_limits(Limits { events_max: 5, bytes_max: 1 << 20 });
    assert_eq!(backlog.limits(), limits);
}
