//! CloudEvents 1.0: one in the headers (binary mode), one or many in the body (the JSON format).
//!
//! What an event says of itself becomes attributes of its row, its data the body. Whichever mode
//! it came in, the same event becomes the same row.

mod attributes;
mod envelope;
mod headers;

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::HeaderMap;
use serde_json::value::RawValue;

pub(in crate::http) use attributes::Said;
pub(in crate::http) use headers::is_binary;

use super::{Made, Malformed, Values, not_json, quoted, text_of};

/// The attribute that says that a body is a string of Base64. No attribute of an event can have
/// this name.
const IS_BASE64: &str = "data_base64";

/// Reads an event whose attributes are headers and whose data is the body.
pub(super) fn binary<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Values<'a>, Malformed> {
    let mut said = headers::read(headers).map_err(|why| Malformed::cloud_event(None, why))?;
    let text = match body {
        [] => Cow::Borrowed("null"),
        body => data(body, &mut said).map_err(|why| Malformed::cloud_event(None, why))?,
    };
    Ok(Values::Made(vec![Made { number: None, text, said: Some(said) }]))
}

/// Reads a body that is one event.
pub(super) fn structured(body: &[u8]) -> Result<Values<'_>, Malformed> {
    let text = text_of(body)?;
    let whole: &RawValue = serde_json::from_str(text).map_err(|error| not_json(&error, 1))?;
    Ok(Values::Made(vec![envelope::read(whole, None)?]))
}

/// Reads a body that is an array of events; it may be empty.
pub(super) fn batch(body: &[u8]) -> Result<Values<'_>, Malformed> {
    let text = text_of(body)?;
    let elements: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| not_json(&error, 1))?;
    let events = (1..).zip(elements).map(|(number, event)| envelope::read(event, Some(number)));
    Ok(Values::Made(events.collect::<Result<_, _>>()?))
}

/// The body of a row for data that came as bytes: JSON as it is, text as a string, and anything
/// else, or what no database takes as text, in Base64.
fn data<'a>(bytes: &'a [u8], said: &mut Said) -> Result<Cow<'a, str>, String> {
    if said.has_json() {
        let text = str::from_utf8(bytes).map_err(|_| "its JSON data is not UTF-8".to_owned())?;
        let value: &RawValue = serde_json::from_str(text)
            .map_err(|error| format!("its data is not JSON, as its content type says: {error}"))?;
        return Ok(Cow::Borrowed(value.get()));
    }
    let text = match str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => quoted(text),
        _ => {
            said.mark(IS_BASE64);
            quoted(&BASE64_STANDARD.encode(bytes))
        }
    };
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};
    use serde_json::{Value, json};

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: HeaderName = name.parse().expect("a name");
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
        }
        headers
    }

    const REQUIRED: [(&str, &str); 4] = [
        ("ce-specversion", "1.0"),
        ("ce-id", "7"),
        ("ce-source", "/here"),
        ("ce-type", "com.example.made"),
    ];

    fn in_headers(more: &[(&str, &str)], body: &[u8]) -> Result<(Value, String), String> {
        let headers = headers(&[&REQUIRED[..], more].concat());
        first(binary(&headers, body))
    }

    fn in_body(event: &Value) -> Result<(Value, String), String> {
        first(structured(event.to_string().as_bytes()))
    }

    fn first(values: Result<Values<'_>, Malformed>) -> Result<(Value, String), String> {
        let Values::Made(made) = values.map_err(|error| error.to_string())? else {
            panic!("events in envelopes are made")
        };
        let said = made[0].said.as_ref().expect("they say something");
        Ok((said.to_json(), made[0].text.to_string()))
    }

    fn event(more: Value) -> Value {
        let mut event = json!({"specversion": "1.0", "id": "7", "source": "/here",
                               "type": "com.example.made"});
        let (event_map, Value::Object(more)) = (event.as_object_mut().expect("an object"), more)
        else {
            panic!("an object")
        };
        event_map.extend(more);
        event
    }

    #[test]
    fn an_event_is_the_same_row_whichever_mode_it_came_in() {
        for (content_type, bytes, in_json) in [
            ("application/json", &b" {\"a\": 1.50}\n"[..], json!({"data": {"a": 1.5}})),
            ("application/vnd.shop+json", b"[1,2]", json!({"data": [1, 2]})),
            ("text/plain", b"h\xc3\xa9 \"x\"", json!({"data": "h\u{e9} \"x\""})),
            ("application/octet-stream", b"\xff\x00", json!({"data_base64": "/wA="})),
            ("text/plain", b"a\x00", json!({"data_base64": "YQA="})),
            ("application/json", b"{\"a\":1}", json!({"data_base64": "eyJhIjoxfQ=="})),
        ] {
            let more = [("content-type", content_type), ("ce-subject", "it")];
            let (said, text) = in_headers(&more, bytes).expect("a good event");
            let mut other = event(in_json);
            other["datacontenttype"] = content_type.into();
            other["subject"] = "it".into();
            let (said_in_body, text_in_body) = in_body(&other).expect("a good event");
            assert_eq!(said, said_in_body);
            let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
            assert_eq!(parsed(&text), parsed(&text_in_body));
        }
    }

    #[test]
    fn json_keeps_its_characters_and_nothing_is_null() {
        let body = br#"{"specversion":"1.0","id":"7","source":"/","type":"t","data":{ "a":1.50 }}"#;
        assert_eq!(first(structured(body)).expect("good").1, "{ \"a\":1.50 }");
        assert_eq!(in_headers(&[], b"").expect("good").1, "null");
        assert_eq!(in_body(&event(json!({}))).expect("good").1, "null");
        assert_eq!(in_headers(&[], b"7").expect("no content type is JSON").1, "7");
    }

    #[test]
    fn header_values_are_unquoted_and_decoded_once() {
        let subject = |value: &str| {
            in_headers(&[("ce-subject", value)], b"")
                .map(|(said, _)| said["subject"].as_str().expect("a string").to_owned())
        };
        assert_eq!(
            subject("Euro%20%E2%82%AC%20%F0%9F%98%80"),
            Ok("Euro \u{20ac} \u{1f600}".into())
        );
        assert_eq!(subject("100%2525"), Ok("100%25".into()));
        assert_eq!(subject("\"a \\\"b\\\"\""), Ok("a \"b\"".into()));
        assert_eq!(subject("50% off"), Ok("50% off".into()));
        assert!(subject("%FF").expect_err("not UTF-8").contains("ce-subject"));
        assert!(subject("a%0Ab").expect_err("a control character").contains("subject"));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for missing in ["specversion", "id", "source", "type"] {
            let mut without = event(json!({}));
            without.as_object_mut().expect("an object").remove(missing);
            assert!(in_body(&without).expect_err(missing).contains(missing), "{missing}");
            let rest: Vec<_> =
                REQUIRED.into_iter().filter(|(name, _)| !name.ends_with(missing)).collect();
            let error = first(binary(&headers(&rest), b"1")).expect_err(missing);
            assert!(error.contains(missing), "{error}");
            assert!(in_body(&event(json!({missing: ""}))).is_err(), "empty {missing}");
            assert!(in_body(&event(json!({missing: 1}))).is_err(), "{missing} of a number");
        }
        for (wrong, named) in [
            (json!({"specversion": "0.3"}), "1.0"),
            (json!({"Upper": "x"}), "Upper"),
            (json!({"with_underscore": "x"}), "with_underscore"),
            (json!({"": "x"}), "name"),
            (json!({"list": [1]}), "list"),
            (json!({"map": {"a": 1}}), "map"),
            (json!({"half": 0.5}), "half"),
            (json!({"big": 2_147_483_648_i64}), "big"),
            (json!({"time": "yesterday"}), "time"),
            (json!({"source": "a b"}), "source"),
            (json!({"subject": ""}), "subject"),
            (json!({"datacontenttype": "json"}), "datacontenttype"),
            (json!({"data": 1, "data_base64": "MQ=="}), "data_base64"),
            (json!({"data_base64": "M"}), "data_base64"),
            (json!({"data_base64": 1}), "data_base64"),
            (json!({"note": "a\u{1}b"}), "note"),
        ] {
            let error = in_body(&event(wrong.clone())).expect_err("wrong");
            assert!(error.contains(named), "{wrong}: {error}");
        }
        for wrong in [("ce-id", "8"), ("ce-a-b", "x"), ("ce-data", "x"), ("ce-", "x")] {
            assert!(in_headers(&[wrong], b"1").is_err(), "{wrong:?}");
        }
        assert!(in_headers(&[("content-type", "application/json")], b"{").is_err());
        let twice = br#"{"specversion":"1.0","id":"7","id":"8","source":"/","type":"t"}"#;
        assert!(first(structured(twice)).expect_err("twice").contains("id"));
        assert!(first(structured(b"[]")).is_err());
    }

    #[test]
    fn extensions_keep_their_kind_and_null_is_left_out() {
        let more =
            json!({"a1": true, "b": -5, "c": "x", "d": null, "time": "2018-04-05T17:31:00+01:00"});
        let (said, _) = in_body(&event(more)).expect("good");
        assert_eq!(said["a1"], true);
        assert_eq!(said["b"], -5);
        assert_eq!(said["time"], "2018-04-05T17:31:00+01:00");
        assert!(said.get("d").is_none());
    }

    #[test]
    fn each_of_a_batch_is_an_event_and_a_wrong_one_is_named_by_its_place() {
        let good = event(json!({}));
        let two = json!([good, good]).to_string();
        let Ok(Values::Made(made)) = batch(two.as_bytes()) else { panic!("two good ones") };
        assert_eq!(made.iter().map(|one| one.number).collect::<Vec<_>>(), [Some(1), Some(2)]);
        let wrong = json!([good, {"id": "x"}]).to_string();
        let error = batch(wrong.as_bytes()).expect_err("the second is none");
        assert!(error.to_string().contains("element 2"), "{error}");
        assert!(matches!(batch(b"[]"), Ok(Values::Made(none)) if none.is_empty()));
        assert!(batch(b"{}").is_err());
    }
}
