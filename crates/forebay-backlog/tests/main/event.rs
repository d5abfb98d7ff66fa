//! Events for the tests, and what an event promises.

use bytes::Bytes;
use forebay_backlog::Event;
use uuid::Uuid;

/// What an event without a body counts.
pub(crate) const EMPTY_BYTES: u64 = 128;

/// Event number `number`, accepted `number` milliseconds after the epoch.
pub(crate) fn event(number: u64) -> Event {
    Event {
        id: Uuid::from_u64_pair(0, number),
        received_at_ms: i64::try_from(number).expect("tests count low"),
        attributes: "{}".into(),
        body: Bytes::new(),
        key: None,
    }
}

pub(crate) fn events(numbers: std::ops::Range<u64>) -> Vec<Event> {
    numbers.map(event).collect()
}

pub(crate) fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.id.as_u64_pair().1).collect()
}

#[test]
fn debug_never_shows_a_body() {
    let secret = Event { body: Bytes::from_static(b"\"secret\""), ..event(1) };
    assert!(!format!("{secret:?}").contains("secret"));
    assert_eq!(secret.body_str(), "\"secret\"");
    assert_eq!(secret.bytes(), EMPTY_BYTES + 8);
}
