//! Values of columns, read from JSON.
//!
//! A string does for every type, so that CSV and forms, which have nothing else, can fill them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use uuid::Uuid;

use super::ColumnType;

/// What stands in one column of one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    /// Text, and what is written as text: times, JSON, UUIDs.
    Text(String),
    Bytes(Vec<u8>),
}

impl ColumnType {
    /// Reads the JSON of one value. The error goes on from the column's name.
    pub(super) fn read(self, json: &str) -> Result<Cell, String> {
        let json = json.trim_ascii();
        let unfit = |found: &str| Err(format!("takes {}, and there is {found}", self.words()));
        match json.as_bytes().first() {
            None | Some(b'n') => Ok(Cell::Null),
            Some(_) if self == Self::Json => Ok(Cell::Text(json.to_owned())),
            // A field of CSV, or of a form, in which nobody has written anything.
            Some(b'"') if json == r#""""# && !self.has_empty() => Ok(Cell::Null),
            Some(b'"') => {
                let text: Option<String> = serde_json::from_str(json).ok();
                let cell = text.and_then(|text| self.read_text(&text));
                cell.map_or_else(|| unfit("a string that is none"), Ok)
            }
            Some(b't' | b'f') if self == Self::Boolean => Ok(Cell::Boolean(json == "true")),
            Some(b't' | b'f') => unfit("a boolean"),
            Some(b'{') => unfit("an object"),
            Some(b'[') => unfit("an array"),
            Some(_) if matches!(self, Self::Integer | Self::Real) => {
                self.read_text(json).map_or_else(|| unfit("another number"), Ok)
            }
            Some(_) => unfit("a number"),
        }
    }

    /// Whether an empty string is one of its values.
    fn has_empty(self) -> bool {
        matches!(self, Self::Text | Self::Json | Self::Bytes)
    }

    /// Reads what a string says.
    pub(super) fn read_text(self, text: &str) -> Option<Cell> {
        match self {
            // No database takes this character as text.
            Self::Text => (!text.contains('\0')).then(|| Cell::Text(text.to_owned())),
            Self::Integer => text.parse().ok().map(Cell::Integer),
            Self::Real => real(text).map(Cell::Real),
            Self::Boolean => text.parse().ok().map(Cell::Boolean),
            Self::Timestamp => time(text).map(Cell::Text),
            Self::Json => {
                serde_json::from_str::<&serde_json::value::RawValue>(text).ok()?;
                Some(Cell::Text(text.trim_ascii().to_owned()))
            }
            Self::Uuid => {
                let uuid: Uuid = text.parse().ok()?;
                Some(Cell::Text(uuid.hyphenated().to_string()))
            }
            Self::Bytes => BASE64_STANDARD.decode(text).ok().map(Cell::Bytes),
        }
    }

    /// What it takes, for a person.
    pub(super) fn words(self) -> String {
        let words = match self {
            Self::Text => "text without a zero character",
            Self::Integer => "a whole number of 64 bits",
            Self::Real => "a number",
            Self::Boolean => "true or false",
            Self::Timestamp => "a time as in RFC 3339, such as 2030-01-31T12:00:00Z",
            Self::Json => "JSON",
            Self::Uuid => "a UUID",
            Self::Bytes => "a string of Base64",
        };
        words.to_owned()
    }
}

/// Written as JSON writes numbers: no `inf`, no `nan`, and none so large that it would be.
fn real(text: &str) -> Option<f64> {
    let is_number =
        text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    let number: f64 = text.parse().ok().filter(|_| is_number)?;
    number.is_finite().then_some(number)
}

/// The time in UTC with microseconds, which sorts as text.
fn time(text: &str) -> Option<String> {
    let time: jiff::Timestamp = text.parse().ok()?;
    let is_of_four_digits = (-62_167_219_200..253_402_300_800).contains(&time.as_second());
    is_of_four_digits.then(|| format!("{time:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<Cell> {
        Some(Cell::Text(text.to_owned()))
    }

    #[test]
    fn every_type_reads_what_it_holds_and_nothing_else() {
        use ColumnType::{Boolean, Bytes, Integer, Json, Real, Text, Timestamp, Uuid};
        let uuid = "0191a8c0-7a4e-7abc-8def-0123456789ab";
        for (kind, json, cell) in [
            (Text, r#""a\u00e9""#, text("a\u{e9}")),
            (Text, "7", None),
            (Text, r#""\u0000""#, None),
            (Integer, "-7", Some(Cell::Integer(-7))),
            (Integer, r#""42""#, Some(Cell::Integer(42))),
            (Integer, "1.0", None),
            (Integer, "9223372036854775808", None),
            (Integer, "true", None),
            (Real, "1.5e3", Some(Cell::Real(1500.0))),
            (Real, r#""0.1""#, Some(Cell::Real(0.1))),
            (Real, "1e999", None),
            (Real, r#""inf""#, None),
            (Real, r#""NaN""#, None),
            (Boolean, "true", Some(Cell::Boolean(true))),
            (Boolean, r#""false""#, Some(Cell::Boolean(false))),
            (Boolean, "1", None),
            (Timestamp, r#""2030-01-31T12:00:00.5+01:00""#, text("2030-01-31T11:00:00.500000Z")),
            (Timestamp, r#""2030-02-31T12:00:00Z""#, None),
            (Timestamp, "1700000000", None),
            (Json, "[1, 2.50]", text("[1, 2.50]")),
            (Json, r#""a""#, text(r#""a""#)),
            (Uuid, r#""0191A8C07A4E7ABC8DEF0123456789AB""#, text(uuid)),
            (Uuid, r#""x""#, None),
            (Bytes, r#""/wA=""#, Some(Cell::Bytes(vec![255, 0]))),
            (Bytes, r#""/w""#, None),
            (Text, "{}", None),
            (Integer, "[]", None),
            (Integer, "null", Some(Cell::Null)),
            (Integer, r#""""#, Some(Cell::Null)),
            (Real, r#""""#, Some(Cell::Null)),
            (Boolean, r#""""#, Some(Cell::Null)),
            (Timestamp, r#""""#, Some(Cell::Null)),
            (Uuid, r#""""#, Some(Cell::Null)),
            (Integer, r#"" ""#, None),
            (Text, r#""""#, text("")),
            (Bytes, r#""""#, Some(Cell::Bytes(Vec::new()))),
            (Json, "null", Some(Cell::Null)),
        ] {
            assert_eq!(kind.read(json).ok(), cell, "{kind} of {json}");
        }
    }
}
