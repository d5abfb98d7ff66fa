//! From a body's text to the text of its events.
//!
//! Each event keeps the very characters the client sent, without the white space around it: the
//! JSON is checked, not rebuilt. What did not come as JSON is made into it. Either every value of
//! a body is good or none is taken.

use std::borrow::Cow;
use std::fmt;

use hyper::header::HeaderMap;
use serde_json::value::RawValue;

use super::shape::Shape;

pub(super) mod cloud_event;
mod form;
mod records;

use cloud_event::Said;

/// The events of one body, still inside its text.
#[derive(Debug)]
pub(super) enum Values<'a> {
    /// A body that is one event.
    One(&'a str),
    /// The elements of an array, or the lines that are not blank: at least one.
    Many(Vec<Value<'a>>),
    /// Those that were taken out of envelopes, or made into JSON; an empty batch has none.
    Made(Vec<Made<'a>>),
}

impl Values<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(values) => values.len(),
            Self::Made(made) => made.len(),
        }
    }

    pub(super) fn text(&self, index: usize) -> &str {
        match self {
            Self::One(text) => text,
            Self::Many(values) => values[index].text,
            Self::Made(made) => &made[index].text,
        }
    }

    /// What an event is called by, unless it is one alone.
    pub(super) fn number(&self, index: usize) -> Option<usize> {
        match self {
            Self::One(_) => None,
            Self::Many(values) => Some(values[index].number),
            Self::Made(made) => made[index].number,
        }
    }

    /// How much room an event takes.
    pub(super) fn bytes(&self, index: usize) -> usize {
        let said = match self {
            Self::Made(made) => made[index].said.as_ref().map_or(0, Said::bytes),
            _ => 0,
        };
        self.text(index).len() + said
    }

    /// What an event says of itself, if it is one that does.
    pub(super) fn said(&self, index: usize) -> Option<&Said> {
        match self {
            Self::Made(made) => made[index].said.as_ref(),
            _ => None,
        }
    }
}

/// One event that is not just a piece of the body.
#[derive(Debug)]
pub(super) struct Made<'a> {
    /// The line it is on, or its place in the array, unless it is one alone.
    number: Option<usize>,
    pub(super) text: Cow<'a, str>,
    /// What it says of itself.
    said: Option<Said>,
}

/// One of many events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value<'a> {
    /// The line it is on, or its place in the array, counted from 1.
    pub(super) number: usize,
    pub(super) text: &'a str,
}

/// Splits `body` into its events.
pub(super) fn split<'a>(
    body: &'a [u8],
    shape: Shape,
    headers: &HeaderMap,
) -> Result<Values<'a>, Malformed> {
    match shape {
        Shape::Json => json(text_of(body)?),
        Shape::Lines => lines(text_of(body)?),
        Shape::Records => records::split(body),
        Shape::Form => form::read(body),
        Shape::CloudEvent => cloud_event::structured(body),
        Shape::CloudEvents => cloud_event::batch(body),
        Shape::Data => cloud_event::binary(headers, body),
    }
}

/// The body as text, in which there is something.
fn text_of(body: &[u8]) -> Result<&str, Malformed> {
    let text = str::from_utf8(body).map_err(|error| not_utf8(body, error.valid_up_to()))?;
    if text.trim_ascii().is_empty() { Err(Malformed::Empty) } else { Ok(text) }
}

fn json(text: &str) -> Result<Values<'_>, Malformed> {
    match text.trim_ascii_start().starts_with('[') {
        true => elements(text),
        false => Ok(Values::One(one(text, 1)?)),
    }
}

/// Text as a string of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn one(text: &str, line: usize) -> Result<&str, Malformed> {
    serde_json::from_str::<&RawValue>(text)
        .map(RawValue::get)
        .map_err(|error| not_json(&error, line))
}

fn elements(text: &str) -> Result<Values<'_>, Malformed> {
    let values: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| not_json(&error, 1))?;
    if values.is_empty() {
        return Err(Malformed::EmptyArray);
    }
    let numbered = (1..).zip(values);
    Ok(Values::Many(numbered.map(|(number, value)| Value { number, text: value.get() }).collect()))
}

fn lines(text: &str) -> Result<Values<'_>, Malformed> {
    let mut values = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let number = index + 1;
        values.push(Value { number, text: one(line, number)? });
    }
    Ok(Values::Many(values))
}

/// Why nothing of a body is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Malformed {
    Empty,
    EmptyArray,
    /// Lines and columns count from 1, columns in bytes.
    NotUtf8 {
        line: usize,
        column: usize,
    },
    NotJson {
        line: usize,
        column: usize,
        reason: String,
    },
    /// A CSV without a record.
    NoRecords,
    Record {
        line: usize,
        reason: String,
    },
    EmptyForm,
    /// Fields count from 1.
    FormNotUtf8 {
        field: usize,
    },
    /// An event that is not as CloudEvents 1.0 says; elements count from 1.
    CloudEvent {
        element: Option<usize>,
        reason: String,
    },
}

impl Malformed {
    fn cloud_event(element: Option<usize>, reason: String) -> Self {
        Self::CloudEvent { element, reason }
    }

    /// Where it is, in the fields of a problem.
    pub(super) fn place(&self) -> Vec<(&'static str, usize)> {
        match *self {
            Self::Empty | Self::EmptyArray | Self::NoRecords | Self::EmptyForm => Vec::new(),
            Self::NotUtf8 { line, column } | Self::NotJson { line, column, .. } => {
                vec![("line", line), ("column", column)]
            }
            Self::Record { line, .. } => vec![("line", line)],
            Self::FormNotUtf8 { field } => vec![("field", field)],
            Self::CloudEvent { element, .. } => {
                element.map(|element| ("element", element)).into_iter().collect()
            }
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the body is empty; send at least one event"),
            Self::EmptyArray => f.write_str("the array is empty; send at least one event in it"),
            Self::NotUtf8 { line, column } => {
                write!(f, "the body is not UTF-8 at line {line}, column {column}")
            }
            Self::NotJson { line, column, reason } => {
                write!(f, "{reason} at line {line}, column {column}")
            }
            Self::NoRecords => f.write_str("there is a header and no record behind it"),
            Self::Record { line, reason } => write!(f, "{reason}, at line {line}"),
            Self::EmptyForm => f.write_str("the form is empty; send at least one name=value"),
            Self::FormNotUtf8 { field } => {
                write!(f, "field {field} of the form is not UTF-8, once it is decoded")
            }
            Self::CloudEvent { element: None, reason } => {
                write!(f, "this is not a CloudEvent 1.0: {reason}")
            }
            Self::CloudEvent { element: Some(element), reason } => {
                write!(f, "element {element} is not a CloudEvent 1.0: {reason}")
            }
        }
    }
}

fn not_utf8(body: &[u8], at: usize) -> Malformed {
    let before = &body[..at];
    let line_start =
        before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    Malformed::NotUtf8 { line, column: at - line_start + 1 }
}

/// `first_line` is the number of the line that the parser called its first.
fn not_json(error: &serde_json::Error, first_line: usize) -> Malformed {
    let whole = error.to_string();
    // The parser's own words end in its own place, which for NDJSON is within the line.
    let reason = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(reason, _)| reason);
    let hint = match reason {
        "trailing characters" => "; put several values into an array, or send NDJSON",
        _ => "",
    };
    Malformed::NotJson {
        line: error.line() + first_line - 1,
        column: error.column().max(1),
        reason: format!("{reason}{hint}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(values: &Values<'a>) -> Vec<&'a str> {
        match values {
            Values::One(text) => vec![text],
            Values::Many(values) => values.iter().map(|value| value.text).collect(),
            Values::Made(_) => panic!("JSON is only cut"),
        }
    }

    fn split(body: &[u8], shape: Shape) -> Result<Values<'_>, Malformed> {
        super::split(body, shape, &HeaderMap::new())
    }

    fn place(body: &[u8], shape: Shape) -> Option<(usize, usize)> {
        match split(body, shape).expect_err("this body is malformed").place()[..] {
            [("line", line), ("column", column)] => Some((line, column)),
            _ => None,
        }
    }

    #[test]
    fn one_value_keeps_its_text_without_the_space_around_it() {
        let body = b" \r\n {\"b\": 1.50,  \"a\":\"\\u00e9\"}\n\t";
        let values = split(body, Shape::Json).expect("good JSON");
        assert_eq!(texts(&values), ["{\"b\": 1.50,  \"a\":\"\\u00e9\"}"]);
    }

    #[test]
    fn each_element_of_an_array_is_an_event() {
        let values = split(b" [1, {\"a\":[2]} ,\"x\" , null]\n", Shape::Json).expect("good JSON");
        assert_eq!(texts(&values), ["1", "{\"a\":[2]}", "\"x\"", "null"]);
    }

    #[test]
    fn each_line_that_is_not_blank_is_an_event_and_keeps_its_number() {
        let values = split(b"1\r\n\n  \n [2]\t\n\"3\"", Shape::Lines).expect("good NDJSON");
        assert_eq!(texts(&values), ["1", "[2]", "\"3\""]);
        let Values::Many(values) = values else { panic!("lines are many") };
        assert_eq!(values.iter().map(|value| value.number).collect::<Vec<_>>(), [1, 4, 5]);
    }

    #[test]
    fn nothing_is_not_an_event() {
        assert_eq!(split(b"", Shape::Json).expect_err("empty"), Malformed::Empty);
        assert_eq!(split(b" \r\n", Shape::Lines).expect_err("empty"), Malformed::Empty);
        assert_eq!(split(b"[ ]", Shape::Json).expect_err("empty"), Malformed::EmptyArray);
    }

    #[test]
    fn malformed_json_is_placed() {
        assert_eq!(place(b"{\"a\":1,\n  \"b\":}", Shape::Json), Some((2, 7)));
        assert_eq!(place(b"[1,\n2,\n3,,4]", Shape::Json), Some((3, 3)));
        assert_eq!(place(b"{\"a\":1}\n{\"a\":2}", Shape::Json), Some((2, 1)));
        assert_eq!(place(b"{\"a\":", Shape::Json), Some((1, 5)));
    }

    #[test]
    fn a_bad_line_is_placed_by_its_number_in_the_body() {
        assert_eq!(place(b"1\n\n{\"a\":tru}\n4", Shape::Lines), Some((3, 9)));
        assert_eq!(place(b"1\n[1,\n2]\n", Shape::Lines).expect("placed").0, 2);
        assert_eq!(place(b"1\n2 3\n", Shape::Lines), Some((2, 3)));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_placed() {
        assert_eq!(place(b"{\"a\":\n\"x\xff\"}", Shape::Json), Some((2, 3)));
        assert_eq!(place(b"\xff", Shape::Lines), Some((1, 1)));
    }

    #[test]
    fn the_reason_does_not_repeat_a_place_that_is_only_right_within_the_line() {
        let error = split(b"1\n{\"a\"}\n", Shape::Lines).expect_err("malformed");
        assert_eq!(error.to_string(), "expected `:` at line 2, column 5");
    }

    #[test]
    fn deep_nesting_does_not_end_the_process() {
        let deep = [vec![b'['; 500_000], vec![b']'; 500_000]].concat();
        split(&deep, Shape::Json).expect("deep, but well formed");
    }
}
