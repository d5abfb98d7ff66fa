//! A delivery that is out, or was given back and waits to go out again.

use super::Numbered;
use crate::disk::holdings::Holdings;
use crate::disk::payload::Span;

#[derive(Debug)]
pub(super) struct Out {
    /// Its events, by segment.
    pub(super) spans: Vec<Span>,
    pub(super) events: u64,
    pub(super) oldest_received_at_ms: i64,
    pub(super) is_in_flight: bool,
}

impl Out {
    pub(super) fn of(events: &Numbered, holdings: &Holdings) -> Self {
        let mut spans: Vec<Span> = Vec::new();
        let mut run_end = 0;
        for (seq, event) in events {
            match spans.last_mut() {
                Some(span) if span.last + 1 == *seq && *seq <= run_end => {
                    span.last = *seq;
                    span.bytes += event.bytes();
                }
                _ => {
                    run_end = holdings.run_end(*seq);
                    spans.push(Span { first: *seq, last: *seq, bytes: event.bytes() });
                }
            }
        }
        Out {
            spans,
            events: events.len() as u64,
            oldest_received_at_ms: events.first().map_or(0, |(_, event)| event.received_at_ms),
            is_in_flight: true,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.spans.iter().map(|span| span.bytes).sum()
    }
}
