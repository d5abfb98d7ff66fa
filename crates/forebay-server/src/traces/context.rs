//! Where in a trace something is: as a header says it, and as OpenTelemetry does.

use std::borrow::Cow;
use std::str::FromStr as _;
use std::sync::Arc;

use forebay_backlog::Event;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use serde::Deserialize;

/// The context that a `traceparent` names, if it is one and is to be recorded.
pub(super) fn recorded(parent: &str, state: Option<&str>) -> Option<SpanContext> {
    let mut parts = parent.split('-').skip(1);
    let trace = TraceId::from_hex(parts.next()?).ok()?;
    let span = SpanId::from_hex(parts.next()?).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(parts.next()?, 16).ok()?);
    let state = state.and_then(|state| TraceState::from_str(state).ok()).unwrap_or_default();
    let context = SpanContext::new(trace, span, flags & TraceFlags::SAMPLED, true, state);
    (context.is_valid() && context.is_sampled()).then_some(context)
}

/// The same as a header.
pub(super) fn traceparent(context: &SpanContext) -> String {
    let flags = context.trace_flags().to_u8();
    format!("00-{}-{}-{flags:02x}", context.trace_id(), context.span_id())
}

#[derive(Deserialize)]
struct Traced<'a> {
    #[serde(borrow)]
    traceparent: Option<Cow<'a, str>>,
}

/// The contexts in which events were taken in, one for those that are together.
pub(super) fn of_events(events: &[Event]) -> impl Iterator<Item = SpanContext> {
    let mut last: Option<&Arc<str>> = None;
    let mut last_span = SpanId::INVALID;
    events.iter().filter_map(move |event| {
        let attributes = &event.attributes;
        // Most have none, or that of the one before.
        if last.is_some_and(|last| Arc::ptr_eq(last, attributes))
            || !attributes.contains("\"traceparent\"")
        {
            return None;
        }
        last = Some(attributes);
        let traced: Traced<'_> = serde_json::from_str(attributes).ok()?;
        let context = recorded(&traced.traceparent?, None)?;
        (std::mem::replace(&mut last_span, context.span_id()) != context.span_id())
            .then_some(context)
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use uuid::Uuid;

    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn event(attributes: &Arc<str>) -> Event {
        let (id, body) = (Uuid::nil(), Bytes::from_static(b"1"));
        Event { id, received_at_ms: 0, attributes: Arc::clone(attributes), body, key: None }
    }

    #[test]
    fn a_header_comes_back_as_it_was_unless_nobody_records_it() {
        let context = recorded(PARENT, Some("rojo=1")).expect("it is recorded");
        assert_eq!(traceparent(&context), PARENT);
        assert_eq!(context.trace_state().header(), "rojo=1");
        let unrecorded = PARENT.replace("-01", "-00");
        for wrong in [&*unrecorded, "", "00", "00-xx-yy-01", "00-0-0-01"] {
            assert_eq!(recorded(wrong, None), None, "{wrong}");
        }
        let strange = recorded(PARENT, Some("no state")).expect("it costs the state only");
        assert_eq!(strange.trace_state().header(), "");
    }

    #[test]
    fn events_of_one_request_have_one_context() {
        let of = |parent: &str| Arc::<str>::from(format!(r#"{{"traceparent":"{parent}"}}"#));
        let (one, same) = (of(PARENT), of(PARENT));
        let (other, none) = (of(&PARENT.replace("b7ad", "b7ae")), Arc::<str>::from("{}"));
        let events = [&one, &one, &none, &same, &other, &of("nonsense"), &one].map(event);
        let spans: Vec<_> =
            of_events(&events).map(|context| context.span_id().to_string()).collect();
        assert_eq!(spans, ["b7ad6b7169203331", "b7ae6b7169203331", "b7ad6b7169203331"]);
    }
}
