//! A line in the log for each event of a trace that is a row: where the trace of whoever sent it
//! goes on. It is written where somebody asks for it, by `forebay_server::trace=debug`.

use std::borrow::Cow;

use forebay_backlog::Event;
use serde::Deserialize;

const TARGET: &str = "forebay_server::trace";

#[derive(Deserialize)]
struct Traced<'a> {
    #[serde(borrow)]
    traceparent: Option<Cow<'a, str>>,
}

/// Says of each event that belongs to a trace that it is in the sink.
pub(super) fn tell(events: &[Event]) {
    if !tracing::enabled!(target: TARGET, tracing::Level::DEBUG) {
        return;
    }
    for event in events {
        let traced = serde_json::from_str::<Traced<'_>>(&event.attributes);
        if let Ok(Traced { traceparent: Some(traceparent) }) = traced {
            let traceparent = &*traceparent;
            tracing::debug!(target: TARGET, traceparent, id = %event.id, "in the sink");
        }
    }
}
