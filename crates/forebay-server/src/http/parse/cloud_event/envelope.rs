//! A CloudEvent in the JSON format: one object with the attributes and the data.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::super::{Made, Malformed};
use super::attributes::Said;
use super::data;

/// Reads one event; `number` is its place in a batch.
pub(super) fn read(whole: &RawValue, number: Option<usize>) -> Result<Made<'_>, Malformed> {
    let wrong = |why: String| Malformed::cloud_event(number, why);
    let members = members(whole).map_err(|error| wrong(error.to_string()))?;
    let mut said = Said::default();
    let (mut json, mut base64) = (None, None);
    for (name, value) in members {
        let slot = match &*name {
            "data" => &mut json,
            "data_base64" => &mut base64,
            _ => {
                let value = attribute(&name, value).map_err(wrong)?;
                let added = said.add(name.clone(), value);
                added.map_err(|why| wrong(format!("{name}: {why}")))?;
                continue;
            }
        };
        if slot.replace(value).is_some() {
            return Err(wrong(format!("{name} is there twice")));
        }
    }
    let mut said = said.complete().map_err(wrong)?;
    let text = match (json, base64) {
        (Some(_), Some(_)) => {
            return Err(wrong("it has both data and data_base64; send one of them".to_owned()));
        }
        (Some(data), None) => Cow::Borrowed(data.get()),
        (None, Some(base64)) => Cow::Owned(unpacked(base64, &mut said).map_err(wrong)?),
        (None, None) => Cow::Borrowed("null"),
    };
    Ok(Made { number, text, said: Some(said) })
}

/// An attribute is no list and no object, however deep; so nothing deep is built.
fn attribute(name: &str, value: &RawValue) -> Result<Value, String> {
    if value.get().starts_with(['[', '{']) {
        return Err(format!("{name} is neither a string, a boolean nor a whole number"));
    }
    serde_json::from_str(value.get()).map_err(|error| format!("{name}: {error}"))
}

fn unpacked(base64: &RawValue, said: &mut Said) -> Result<String, String> {
    let wrong = || "data_base64 is not a string of Base64".to_owned();
    if base64.get() == "null" {
        return Ok("null".to_owned());
    }
    let text: Cow<'_, str> =
        serde_json::from_str::<String>(base64.get()).map_err(|_| wrong())?.into();
    let bytes = BASE64_STANDARD.decode(text.as_bytes()).map_err(|_| wrong())?;
    data(&bytes, said).map(Cow::into_owned)
}

/// The members of an object, in their order and none merged with another.
fn members(whole: &RawValue) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    serde_json::Deserializer::from_str(whole.get()).deserialize_map(Members)
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CloudEvent, which is an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}
