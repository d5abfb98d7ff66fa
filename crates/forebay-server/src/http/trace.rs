//! The trace that a request belongs to (W3C Trace Context): checked, and kept with its events.
//!
//! What is not as the recommendation says is left out as if it had not been sent, as it demands:
//! a request is never refused for its trace.

use std::sync::Arc;

use forebay_backlog::Event;
use hyper::header::HeaderMap;
use serde_json::{Map, Value};

/// The longest `tracestate` that is kept (section 3.3.1.5: at least so much).
const STATE_BYTES_MAX: usize = 512;

/// How many vendors may have said something in it (section 3.3.1.1).
const STATE_MEMBERS_MAX: usize = 32;

/// What a request says of its trace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trace<'a> {
    parent: &'a str,
    state: Option<String>,
}

impl<'a> Trace<'a> {
    /// Reads `traceparent` and `tracestate`; nothing without the first.
    pub(super) fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all("traceparent").iter();
        let parent = parents.next()?.to_str().ok().filter(|parent| is_parent(parent))?;
        // Two of them are none.
        if parents.next().is_some() {
            return None;
        }
        let states = headers.get_all("tracestate").iter();
        let states: Option<Vec<_>> = states.map(|state| state.to_str().ok()).collect();
        let state = states.map(|states| states.join(","));
        Some(Self { parent, state: state.filter(|state| is_state(state)) })
    }

    /// The same with `parent`, if there is one, in the place of who sent the request: it has taken part since.
    pub(super) fn continued(trace: Option<Self>, parent: Option<&'a str>) -> Option<Self> {
        match (trace, parent) {
            (trace, None) => trace,
            (trace, Some(parent)) => {
                Some(Self { parent, state: trace.and_then(|trace| trace.state) })
            }
        }
    }

    #[cfg_attr(not(feature = "otel"), expect(dead_code, reason = "only a span is told"))]
    pub(crate) fn parent(&self) -> &str {
        self.parent
    }

    #[cfg_attr(not(feature = "otel"), expect(dead_code, reason = "only a span is told"))]
    pub(crate) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// Keeps it in the attributes of events, but for those that say of themselves where they are
    /// from (the extension of CloudEvents for it).
    pub(super) fn keep(&self, events: &mut [Event]) {
        let mut last: Option<(Arc<str>, Arc<str>)> = None;
        for event in events {
            // Most events of a request share theirs.
            let with = match &last {
                Some((bare, with)) if Arc::ptr_eq(bare, &event.attributes) => Arc::clone(with),
                _ => self.with(&event.attributes),
            };
            let bare = std::mem::replace(&mut event.attributes, Arc::clone(&with));
            last = Some((bare, with));
        }
    }

    fn with(&self, attributes: &Arc<str>) -> Arc<str> {
        // They are an object, and made here.
        let Ok(mut all) = serde_json::from_str::<Map<String, Value>>(attributes) else {
            return Arc::clone(attributes);
        };
        if all.contains_key("traceparent") {
            return Arc::clone(attributes);
        }
        all.insert("traceparent".to_owned(), self.parent.into());
        if let Some(state) = &self.state {
            all.insert("tracestate".to_owned(), state.as_str().into());
        }
        Value::Object(all).to_string().into()
    }
}

/// Section 3.2.2: version, trace, parent and flags. A later version may have more behind them.
fn is_parent(text: &str) -> bool {
    let mut parts = text.splitn(5, '-');
    let mut hex = |length: usize| {
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        parts.next().filter(|part| part.len() == length && part.bytes().all(is_hex))
    };
    let (Some(version), Some(trace), Some(parent), Some(_flags)) =
        (hex(2), hex(32), hex(16), hex(2))
    else {
        return false;
    };
    let is_none = |part: &str| part.bytes().all(|byte| byte == b'0');
    let has_more = parts.next().is_some();
    version != "ff" && !is_none(trace) && !is_none(parent) && (version != "00" || !has_more)
}

/// Section 3.3.1: `key=value` with commas between; blanks and nothing between two of them may be.
fn is_state(text: &str) -> bool {
    let members: Vec<_> = text.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    let is_sound = |member: &&str| {
        let Some((key, value)) = member.split_once('=') else { return false };
        let of_key =
            |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
        let of_value = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
        (1..=256).contains(&key.len())
            && key.bytes().all(of_key)
            && (1..=256).contains(&value.len())
            && value.bytes().all(of_value)
    };
    !members.is_empty()
        && members.len() <= STATE_MEMBERS_MAX
        && text.len() <= STATE_BYTES_MAX
        && members.iter().all(is_sound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("visible"))
        };
        let mut headers = HeaderMap::new();
        for (name, value) in pairs.iter().map(header) {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn a_trace_that_is_as_recommended_is_taken_with_its_state() {
        for state in ["rojo=00f067aa0ba902b7", "a=1,b=2", "fw529a3039@dt=FfAx ,, b= x"] {
            let headers = headers(&[("traceparent", PARENT), ("tracestate", state)]);
            let trace = Trace::of(&headers).expect("a trace");
            assert_eq!((trace.parent, trace.state.as_deref()), (PARENT, Some(state)));
        }
        let two = headers(&[("traceparent", PARENT), ("tracestate", "a=1"), ("tracestate", "b=2")]);
        assert_eq!(Trace::of(&two).and_then(|trace| trace.state), Some("a=1,b=2".to_owned()));
        let later = PARENT.replacen("00", "cc", 1) + "-what-the-future-will-be-like";
        assert!(Trace::of(&headers(&[("traceparent", &later)])).is_some());
    }

    #[test]
    fn what_takes_part_in_a_trace_is_the_parent_from_then_on() {
        let headers = headers(&[("traceparent", PARENT), ("tracestate", "a=1")]);
        let here = PARENT.replace("b7ad", "b7ae");
        let trace = Trace::continued(Trace::of(&headers), Some(&here)).expect("a trace");
        assert_eq!((trace.parent, trace.state.as_deref()), (&*here, Some("a=1")));
        let begun = Trace::continued(None, Some(&here)).expect("a trace");
        assert_eq!((begun.parent, begun.state), (&*here, None));
        assert_eq!(Trace::continued(Trace::of(&headers), None), Trace::of(&headers));
    }

    #[test]
    fn a_parent_that_is_not_is_as_if_it_were_not_there() {
        for wrong in [
            String::new(),
            PARENT.to_uppercase(),
            PARENT.replacen("00", "ff", 1),
            format!("{PARENT}-00"),
            format!("{PARENT}0"),
            PARENT.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            PARENT.replace("b7ad6b7169203331", &"0".repeat(16)),
            PARENT.replace('-', "_"),
            PARENT[..54].to_owned(),
        ] {
            assert_eq!(Trace::of(&headers(&[("traceparent", &wrong)])), None, "{wrong}");
        }
        let two = headers(&[("traceparent", PARENT), ("traceparent", PARENT)]);
        assert_eq!(Trace::of(&two), None);
        assert_eq!(Trace::of(&headers(&[("tracestate", "a=1")])), None);
    }

    #[test]
    fn a_state_that_is_not_costs_the_state_only() {
        let many = "a=1,".repeat(33);
        let long = format!("a={}", "x".repeat(300));
        for wrong in ["", ",", "a", "=1", "a=", "A=1", "a=b=c", &many, &long] {
            let headers = headers(&[("traceparent", PARENT), ("tracestate", wrong)]);
            assert_eq!(Trace::of(&headers).expect("a trace").state, None, "{wrong}");
        }
    }
}
