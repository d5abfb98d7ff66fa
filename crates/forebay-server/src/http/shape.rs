//! What a body is, by its headers.

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::coding::Coding;
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
        let shape = declared.and_then(Shape::of_content_type);
        let shape = shape.ok_or_else(|| Problem::content_type(Shape::ACCEPTED))?;
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
}

impl Shape {
    /// The content types that are taken.
    pub(super) const ACCEPTED: &str = "application/json, application/x-ndjson";

    /// What its events say they came as.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Shape::Json => "application/json",
            Shape::Lines => "application/x-ndjson",
        }
    }

    /// Reads a `Content-Type` header; `None` when it is not one that is taken.
    pub(super) fn of_content_type(value: &[u8]) -> Option<Self> {
        let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let media_type = parts.next()?;
        let shape = if media_type.eq_ignore_ascii_case(b"application/json") {
            Shape::Json
        } else if media_type.eq_ignore_ascii_case(b"application/x-ndjson")
            || media_type.eq_ignore_ascii_case(b"application/ndjson")
        {
            Shape::Lines
        } else {
            return None;
        };
        parts.all(is_harmless).then_some(shape)
    }
}

/// Whether a parameter leaves the body what it is: JSON in UTF-8, of which ASCII is a part.
fn is_harmless(parameter: &[u8]) -> bool {
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
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(Shape::of_content_type(value.as_bytes()), shape, "{value}");
        }
    }
}
