//! The attributes of a CloudEvent in binary mode: headers that begin with `ce-`.

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use percent_encoding::percent_decode;
use serde_json::Value;

use super::attributes::{Said, check_name};

const PREFIX: &str = "ce-";
const SPEC_VERSION: HeaderName = HeaderName::from_static("ce-specversion");
const ID: HeaderName = HeaderName::from_static("ce-id");

/// Whether a request is an event in binary mode. One that forgot to say the version is told so.
pub(in crate::http) fn is_binary(headers: &HeaderMap) -> bool {
    headers.contains_key(SPEC_VERSION) || headers.contains_key(ID)
}

pub(super) fn read(headers: &HeaderMap) -> Result<Said, String> {
    let mut said = Said::default();
    for (header, value) in headers {
        let Some(name) = header.as_str().strip_prefix(PREFIX) else { continue };
        check_name(name).map_err(|why| format!("header {header}: {why}"))?;
        if name == "datacontenttype" {
            return Err("header ce-datacontenttype: say it in content-type".to_owned());
        }
        let value = decode(value.as_bytes())
            .ok_or_else(|| format!("header {header} is not UTF-8, once it is decoded"))?;
        said.add(name.to_owned(), Value::String(value))
            .map_err(|why| format!("header {header}: {why}"))?;
    }
    if let Some(value) = headers.get(CONTENT_TYPE) {
        let value = String::from_utf8(value.as_bytes().to_vec())
            .map_err(|_| "content-type is not UTF-8".to_owned())?;
        said.add("datacontenttype".to_owned(), Value::String(value))?;
    }
    said.complete()
}

/// Takes quotes away, then decodes `%`, once.
fn decode(value: &[u8]) -> Option<String> {
    let inner = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let unquoted = inner.map_or_else(|| value.to_vec(), unescape);
    let decoded = percent_decode(&unquoted).collect::<Vec<u8>>();
    String::from_utf8(decoded).ok()
}

fn unescape(quoted: &[u8]) -> Vec<u8> {
    let mut bytes = quoted.iter().copied();
    let next = || match bytes.next()? {
        b'\\' => Some(bytes.next().unwrap_or(b'\\')),
        byte => Some(byte),
    };
    std::iter::from_fn(next).collect()
}
