//! Ways in for the fuzzer: bytes are read as a request would be, and what comes out is held
//! against what the parsers promise. No part of the library; only built with the feature `fuzz`.

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;

use super::coding::{Coding, Unpackable};
use super::keys;
use super::parse::{self, Malformed, Values};
use super::shape::{Form, Shape};
use super::signature::Webhook;
use crate::columns::{Cell, Mapping};
use crate::config::{Secrets, WebhookInForce};
use crate::{ColumnConfig, ColumnType, RouteConfig, WebhookKind};

/// A value, an array, or lines.
pub fn json(bytes: &[u8]) {
    for shape in [Shape::Json, Shape::Lines] {
        let values = parse::split(bytes, shape, &HeaderMap::new());
        hold(&values);
        // Cut, and never rebuilt.
        let Ok(values) = values else { continue };
        let mut rest = str::from_utf8(bytes).expect("what is not UTF-8 is refused");
        for index in 0..values.len() {
            let text = values.text(index);
            let at = rest.find(text).expect("it is a piece of the body, behind the others");
            rest = &rest[at + text.len()..];
        }
    }
}

/// CSV with a header.
pub fn csv(bytes: &[u8]) {
    let values = parse::split(bytes, Shape::Records, &HeaderMap::new());
    hold(&values);
    let Ok(values) = values else { return };
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    let numbers: Vec<usize> = (0..values.len()).filter_map(|at| values.number(at)).collect();
    assert!(numbers.iter().all(|number| (1..=lines).contains(number)), "{numbers:?}");
    assert!(numbers.is_sorted(), "{numbers:?}");
}

/// A form.
pub fn form(bytes: &[u8]) {
    hold(&parse::split(bytes, Shape::Form, &HeaderMap::new()));
}

/// A CloudEvent in each mode; in binary mode the headers come first, up to an empty line.
pub fn cloud_event(bytes: &[u8]) {
    for shape in [Shape::CloudEvent, Shape::CloudEvents] {
        hold(&parse::split(bytes, shape, &HeaderMap::new()));
    }
    let (headers, body) = request(bytes);
    hold(&parse::split(body, Shape::Data, &headers));
}

/// A body that is packed; the first byte says how, and how it is cut.
pub fn packed(bytes: &[u8]) {
    const BYTES_MAX: u64 = 64 * 1024;
    let Some((how, packed)) = bytes.split_first() else { return };
    let coding = if how & 1 == 0 { Coding::Gzip } else { Coding::Zstd };
    let unpack = |piece: usize| -> Result<Vec<u8>, Unpackable> {
        let mut unpacker = coding.unpacker(BYTES_MAX).expect("there is something to unpack");
        packed.chunks(piece).try_for_each(|piece| unpacker.push(piece))?;
        unpacker.finish()
    };
    let whole = unpack(packed.len().max(1));
    let pieces = unpack(usize::from(how >> 1) + 1);
    assert_eq!(whole.is_ok(), pieces.is_ok(), "{whole:?} {pieces:?}");
    if let (Ok(whole), Ok(pieces)) = (whole, pieces) {
        assert_eq!(whole, pieces);
        assert!(whole.len() as u64 <= BYTES_MAX);
    }
}

/// The head of a request: its form, its key, its signature.
pub fn head(bytes: &[u8]) {
    let (headers, body) = request(bytes);
    let form = Form::of(&headers);
    if let Ok(form) = form {
        assert!(headers.contains_key(CONTENT_TYPE) || form.shape == Shape::Data);
        assert!(headers.contains_key(CONTENT_ENCODING) || form.coding == Coding::Identity);
    }
    if let Ok(Some(key)) = keys::of_request(&headers) {
        assert!((1..=255).contains(&key.len()));
    }
    for kind in [WebhookKind::Standard, WebhookKind::Github] {
        let secrets = Secrets::read(kind, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let secrets = secrets.expect("a secret of either kind");
        let webhook = Webhook::new(WebhookInForce { kind, secrets, tolerance_ms: 300_000 });
        // Whoever has not the secret does not guess it.
        assert!(webhook.check(&headers, body, 1_614_265_330_000).is_err());
    }
}

/// An event, as a row of columns of every type.
pub fn columns(bytes: &[u8]) {
    let Ok(Values::One(event)) = parse::split(bytes, Shape::Json, &HeaderMap::new()) else {
        return;
    };
    for pointer in ["/a", "/a/0", "/b/c~1d"] {
        for kind in "text integer real boolean timestamp json uuid bytes".split(' ') {
            let column = ColumnConfig {
                pointer: Some(pointer.parse().expect("a pointer")),
                kind: Some(kind.parse::<ColumnType>().expect("a type")),
                ..ColumnConfig::default()
            };
            let columns = [("c".to_owned(), column)].into();
            let route = RouteConfig { columns, ..RouteConfig::default() };
            let mapping = Mapping::of("a", &route).expect("a good column").expect("one");
            match mapping.row(event) {
                Ok(cells) => sane(&cells),
                Err(misfit) => assert!(misfit.to_string().contains(pointer)),
            }
        }
    }
}

fn sane(cells: &[Cell]) {
    for cell in cells {
        match cell {
            Cell::Real(number) => assert!(number.is_finite()),
            Cell::Text(text) => assert!(!text.contains('\0')),
            Cell::Null | Cell::Boolean(_) | Cell::Integer(_) | Cell::Bytes(_) => {}
        }
    }
}

/// Whatever the body was: each event is JSON, and a refusal has words and a place in the body.
fn hold(values: &Result<Values<'_>, Malformed>) {
    match values {
        Ok(values) => {
            for index in 0..values.len() {
                let text = values.text(index);
                let json: &RawValue = serde_json::from_str(text).expect("an event is JSON");
                assert_eq!(json.get(), text, "without the space around it");
                assert_ne!(values.number(index), Some(0));
                let Some(said) = values.said(index) else { continue };
                assert!(said.source_and_id().iter().all(|part| !part.is_empty()));
            }
        }
        Err(malformed) => {
            assert!(!malformed.to_string().is_empty());
            assert!(malformed.place().iter().all(|(_, at)| *at > 0), "{malformed}");
        }
    }
}

/// `name: value` lines up to an empty one, and the body.
fn request(bytes: &[u8]) -> (HeaderMap, &[u8]) {
    let end = bytes.windows(2).position(|two| two == b"\n\n");
    let (head, body) = end.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 2..]));
    let mut headers = HeaderMap::new();
    for line in head.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    (headers, body)
}
