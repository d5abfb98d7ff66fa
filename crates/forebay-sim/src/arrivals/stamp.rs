//! The timestamp in a line, in nanoseconds since 1970.

use jiff::Timestamp;
use jiff::fmt::strtime;

/// The fields of a line of comma-separated values.
pub(super) fn fields_of_csv(line: &str) -> Vec<String> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
    let first = reader.records().next().and_then(Result::ok).unwrap_or_default();
    first.iter().map(|field| field.trim().to_owned()).collect()
}

pub(super) fn in_csv(line: &str, column: usize) -> Result<i128, String> {
    let quoted = line.contains('"');
    let field = if quoted {
        fields_of_csv(line).get(column).cloned()
    } else {
        line.split(',').nth(column).map(|field| field.trim().to_owned())
    };
    let field = field.ok_or_else(|| format!("no field {} in this line", column + 1))?;
    stamp(&field)
}

pub(super) fn in_json(line: &str, field: &str) -> Result<i128, String> {
    let value: serde_json::Value =
        serde_json::from_str(line).map_err(|error| format!("no JSON: {error}"))?;
    match value.get(field) {
        Some(serde_json::Value::String(text)) => stamp(text),
        Some(serde_json::Value::Number(number)) => stamp(&number.to_string()),
        Some(_) => Err(format!("field `{field}` is neither a number nor a text")),
        None => Err(format!("no field `{field}` in this line")),
    }
}

/// `host - user [10/Oct/2000:13:55:36 -0700] "GET …`.
pub(super) fn in_access_log(line: &str) -> Result<i128, String> {
    let in_brackets = line.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let (text, _) = in_brackets.ok_or("no time in brackets in this line")?;
    let time = strtime::parse("%d/%b/%Y:%H:%M:%S %z", text).and_then(|time| time.to_timestamp());
    time.map(|time| time.as_nanosecond())
        .map_err(|_| format!("`{text}` is no time such as 10/Oct/2000:13:55:36 -0700"))
}

fn stamp(text: &str) -> Result<i128, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_nanosecond());
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    match number {
        Some(number) => Ok(of_number(text, number)),
        None => Err(format!(
            "`{text}` is neither a time such as 2026-01-31T12:00:00Z nor a number of seconds"
        )),
    }
}

/// Seconds reach the year 5138, and what is larger is a smaller unit.
fn of_number(text: &str, number: f64) -> i128 {
    let unit_ns: i128 = match number.abs() {
        size if size < 1e11 => 1_000_000_000,
        size if size < 1e14 => 1_000_000,
        size if size < 1e17 => 1_000,
        _ => 1,
    };
    // A double has not enough digits for whole numbers of nanoseconds.
    match text.parse::<i64>() {
        Ok(whole) => i128::from(whole) * unit_ns,
        Err(_) => (number * unit_ns as f64).round() as i128,
    }
}
