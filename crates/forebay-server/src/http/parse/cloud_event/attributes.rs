//! What a CloudEvent says of itself.

use serde_json::{Map, Value};

const REQUIRED: [&str; 4] = ["specversion", "id", "source", "type"];

/// Those of the specification, all of them strings.
const STRINGS: [&str; 8] =
    ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema"];

/// The attributes of one event, with what is required among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::http) struct Said(Map<String, Value>);

impl Said {
    /// Adds an attribute.
    pub(super) fn add(&mut self, name: String, value: Value) -> Result<(), String> {
        check_name(&name)?;
        if value.is_null() {
            return Ok(()); // As good as not there.
        }
        check_value(&name, &value)?;
        match self.0.insert(name, value) {
            None => Ok(()),
            Some(_) => Err("an attribute is there twice".to_owned()),
        }
    }

    /// Says something that is no attribute of the event's own.
    pub(super) fn mark(&mut self, what: &str) {
        self.0.insert(what.to_owned(), true.into());
    }

    /// Checks that nothing that is required is missing.
    pub(super) fn complete(self) -> Result<Self, String> {
        if let Some(missing) = REQUIRED.into_iter().find(|name| !self.0.contains_key(*name)) {
            return Err(format!("{missing} is missing; a CloudEvent has {}", REQUIRED.join(", ")));
        }
        Ok(self)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Whether the data is JSON; it is where nothing is said.
    pub(super) fn has_json(&self) -> bool {
        let Some(content_type) = self.text("datacontenttype") else { return true };
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        let subtype = media_type.split_once('/').map_or("", |(_, subtype)| subtype);
        let subtype = subtype.to_ascii_lowercase();
        subtype == "json" || subtype.ends_with("+json")
    }

    /// What it is known by: source and id, which together are unique.
    pub(in crate::http) fn source_and_id(&self) -> [&str; 2] {
        ["source", "id"].map(|name| self.text(name).unwrap_or_default())
    }

    /// What the data is, where the event says it.
    pub(in crate::http) fn content_type(&self) -> Option<&str> {
        self.text("datacontenttype")
    }

    /// About how much room it takes.
    pub(in crate::http) fn bytes(&self) -> usize {
        let of = |value: &Value| value.as_str().map_or(11, str::len);
        self.0.iter().map(|(name, value)| name.len() + of(value)).sum()
    }

    pub(in crate::http) fn to_map(&self) -> Map<String, Value> {
        self.0.clone()
    }

    #[cfg(test)]
    pub(super) fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

/// Lower-case letters and digits, so that it can be a header of HTTP and a column alike.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.is_empty() || !name.bytes().all(is_good) {
        let rule = "the name of an attribute has lower-case letters and digits alone";
        return Err(format!("{name:?} cannot be one: {rule}"));
    }
    match name {
        "data" => Err("data is no attribute; in binary mode it is the body".to_owned()),
        _ => Ok(()),
    }
}

fn check_value(name: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) => check_text(name, text),
        _ if STRINGS.contains(&name) => Err(format!("{name} is not a string")),
        Value::Bool(_) => Ok(()),
        Value::Number(number) => match number.as_f64() {
            // However it is written: 7.0 is whole, too.
            Some(whole) if whole.fract() == 0.0 && is_of_32_bits(whole) => Ok(()),
            _ => Err(format!("{name} is {number}; a number is whole and of 32 bits, or a string")),
        },
        _ => Err(format!("{name} is neither a string, a boolean nor a whole number")),
    }
}

fn is_of_32_bits(number: f64) -> bool {
    (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number)
}

fn check_text(name: &str, text: &str) -> Result<(), String> {
    if text.is_empty() && STRINGS.contains(&name) {
        return Err(format!("{name} is empty"));
    }
    if text.chars().any(is_forbidden) {
        return Err(format!("a character in {name} is a control character or none at all"));
    }
    match name {
        "specversion" if text != "1.0" => {
            Err(format!("specversion is {text:?}; this service takes 1.0"))
        }
        "source" | "dataschema" if !text.chars().all(is_of_uri) => {
            Err(format!("{name} is not a URI: write what is special in it with %"))
        }
        "time" if text.parse::<jiff::Timestamp>().is_err() => {
            Err("time is not one as in RFC 3339, such as 2030-01-31T12:00:00Z".to_owned())
        }
        "datacontenttype" if !text.contains('/') => {
            Err("datacontenttype is not a media type, such as application/json".to_owned())
        }
        _ => Ok(()),
    }
}

/// Control characters, and what Unicode says will never be one.
fn is_forbidden(character: char) -> bool {
    let code = u32::from(character);
    character.is_control() || code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

fn is_of_uri(character: char) -> bool {
    !character.is_whitespace() && !"<>\"{}|\\^`".contains(character)
}
