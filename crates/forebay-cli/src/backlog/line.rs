//! An event as a line of a file.

use std::borrow::Cow;
use std::io::{self, Write};

use forebay_backlog::Event;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// An event as a line of a file. What is in it is kept as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    id: Uuid,
    received_at_ms: i64,
    #[serde(borrow)]
    attributes: &'a RawValue,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// Writes an event as a line, so that reading it gives the same event.
pub(super) fn write(out: &mut impl Write, event: &Event) -> io::Result<()> {
    let Event { id, received_at_ms, attributes, .. } = event;
    let body = event.body_str();
    writeln!(
        out,
        r#"{{"id":"{id}","received_at_ms":{received_at_ms},"attributes":{attributes},"body":{}}}"#,
        one_line(body)
    )
}

/// JSON without the line ends between its values; within strings it has none.
fn one_line(json: &str) -> Cow<'_, str> {
    match json.contains(['\n', '\r']) {
        true => json.replace(['\n', '\r'], " ").into(),
        false => json.into(),
    }
}

/// Reads an event from its line.
///
/// # Errors
/// What is wrong with the line, and at which of its columns.
pub(super) fn read(line: &[u8]) -> Result<Event, String> {
    let line: Line<'_> = serde_json::from_slice(line).map_err(|error| {
        let whole = error.to_string();
        // The line that the parser counts is this one alone.
        let reason = whole.rsplit_once(" at line ").map_or(&*whole, |(reason, _)| reason);
        format!("{reason} at column {}", error.column())
    })?;
    if !line.attributes.get().starts_with('{') {
        return Err("attributes is not an object".to_owned());
    }
    Ok(Event {
        id: line.id,
        received_at_ms: line.received_at_ms,
        attributes: line.attributes.get().into(),
        body: line.body.get().to_owned().into(),
        key: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"id":"019ab000-0000-7000-8000-000000000001","received_at_ms":5,
        "attributes":{"route":"default"},"body":{"a": 1.50}}"#;

    #[test]
    fn an_event_keeps_its_id_its_time_and_its_text() {
        let event = read(GOOD.as_bytes()).expect("a good line");
        assert_eq!(event.id.to_string(), "019ab000-0000-7000-8000-000000000001");
        assert_eq!((event.received_at_ms, event.body_str()), (5, "{\"a\": 1.50}"));
        assert_eq!(&*event.attributes, "{\"route\":\"default\"}");
    }

    #[test]
    fn what_is_written_is_one_line_and_is_read_as_the_same_event() {
        let event = read(GOOD.replace("1.50", "\r\n1.50").as_bytes()).expect("a good line");
        let mut line = Vec::new();
        write(&mut line, &event).expect("memory takes everything");
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let again = read(&line).expect("it was written");
        assert_eq!((again.id, again.body_str()), (event.id, "{\"a\":   1.50}"));
    }

    #[test]
    fn what_is_wrong_with_a_line_is_named() {
        let wrong = |line: &str| read(line.as_bytes()).expect_err("a bad line");
        assert!(wrong("{").contains("column"), "{}", wrong("{"));
        assert!(wrong(r#"{"id":7}"#).contains("UUID"), "{}", wrong(r#"{"id":7}"#));
        let more = GOOD.replacen("\"id\"", "\"more\":1,\"id\"", 1);
        assert!(wrong(&more).contains("more"), "{}", wrong(&more));
        let no_object = GOOD.replace("{\"route\":\"default\"}", "[]");
        assert_eq!(wrong(&no_object), "attributes is not an object");
        assert!(read(b"\xff").is_err());
    }
}
