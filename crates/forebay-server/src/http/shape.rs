//! What a body is, by its headers.

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::coding::Coding;
use super::parse::cloud_event;
use super::problem::Problem;

/// What a body is: how it holds its events, and how it is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) shape: Shape,
    pub(super) coding: Coding,
}

impl Form {
    /// Reads the headers of a request.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let coding = Coding::of(headers);
        let coding = coding.ok_or_else(|| Problem::content_encoding(Coding::ACCEPTED))?;
        let declared = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let shape = match declared.and_then(Shape::of_content_type) {
            Some(shape @ (Shape::CloudEvent | Shape::CloudEvents)) => shape,
            // Whatever its content type is then that of its data.
            _ if cloud_event::is_binary(headers) => Shape::Data,
            Some(shape) => shape,
            None => return Err(Problem::content_type(Shape::ACCEPTED)),
        };
        Ok(Self { shape, coding })
    }
}

/// How a body holds its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One JSON value, or an array of them.
    Json,
    /// One JSON value a line.
    Lines,
    /// CSV with a header.
    Records,
    /// One form.
    Form,
    /// One CloudEvent in the JSON format.
    CloudEvent,
    /// An array of them.
    CloudEvents,
    /// The data of a CloudEvent that is in the headers.
    Data,
}

/// The content types that are known, the ones to use first.
const KNOWN: [(&str, Shape); 7] = [
    ("application/json", Shape::Json),
    ("application/x-ndjson", Shape::Lines),
    ("text/csv", Shape::Records),
    ("application/x-www-form-urlencoded", Shape::Form),
    ("application/cloudevents+json", Shape::CloudEvent),
    ("application/cloudevents-batch+json", Shape::CloudEvents),
    ("application/ndjson", Shape::Lines),
];

impl Shape {
    /// The content types that are taken.
    pub(super) const ACCEPTED: &str = "application/json, application/x-ndjson, text/csv, \
         application/x-www-form-urlencoded, application/cloudevents+json, \
         application/cloudevents-batch+json";

    /// What its events say they came as, if they do not say it themselves.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json | Self::Data => "application/json",
            Self::Lines => "application/x-ndjson",
            Self::Records => "text/csv",
            Self::Form => "application/x-www-form-urlencoded",
            Self::CloudEvent => "application/cloudevents+json",
            Self::CloudEvents => "application/cloudevents-batch+json",
        }
    }

    /// What an event is called by its number, and the field of a problem for that.
    pub(super) fn place(self, number: usize) -> (String, &'static str) {
        match self {
            Self::Lines => (format!("the event on line {number}"), "line"),
            Self::Records => (format!("the record on line {number}"), "line"),
            _ => (format!("element {number}"), "element"),
        }
    }

    /// Reads a `Content-Type` header; `None` when it is not one that is taken.
    pub(super) fn of_content_type(value: &[u8]) -> Option<Self> {
        let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let media_type = parts.next()?;
        let is = |(name, _): &&(&str, Self)| media_type.eq_ignore_ascii_case(name.as_bytes());
        let (_, shape) = *KNOWN.iter().find(is)?;
        parts.all(is_harmless).then_some(shape)
    }
}

/// Whether a parameter leaves the body what it is: text in UTF-8, of which ASCII is a part, and,
/// for CSV, with a header.
fn is_harmless(parameter: &[u8]) -> bool {
    if parameter.eq_ignore_ascii_case(b"header=absent") {
        return false;
    }
    let Some((name, value)) = parameter.split_at_checked(8) else { return true };
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    let value = value.strip_suffix(b"\"").unwrap_or(value);
    !name.eq_ignore_ascii_case(b"charset=")
        || [&b"utf-8"[..], b"utf8", b"us-ascii"]
            .iter()
            .any(|known| value.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_content_type_to_use_is_named_where_one_is_refused() {
        let named: Vec<&str> = Shape::ACCEPTED.split(", ").collect();
        assert_eq!(named, KNOWN[..named.len()].iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn content_types_are_known_in_every_spelling() {
        for (value, shape) in [
            ("application/json", Some(Shape::Json)),
            ("Application/JSON ; charset=UTF-8", Some(Shape::Json)),
            ("application/json;charset=\"utf-8\"", Some(Shape::Json)),
            ("application/json; profile=x", Some(Shape::Json)),
            ("application/x-ndjson", Some(Shape::Lines)),
            ("application/ndjson; charset=utf-8", Some(Shape::Lines)),
            ("application/json; charset=utf-16", None),
            ("application/jsonx", None),
            ("text/csv; header=present", Some(Shape::Records)),
            ("text/csv; header=absent", None),
            ("text/csv;charset=iso-8859-1", None),
            ("application/x-www-form-urlencoded", Some(Shape::Form)),
            ("application/cloudevents+json; charset=UTF-8", Some(Shape::CloudEvent)),
            ("application/cloudevents-batch+json", Some(Shape::CloudEvents)),
            ("application/cloudevents+avro", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(Shape::of_content_type(value.as_bytes()), shape, "{value}");
        }
    }
}
