//! How a file says when something came, as text.

use forebay_sim::Format;

/// Reads `csv:COLUMN`, `ndjson:FIELD` or `access-log`.
pub(super) fn read(text: &str) -> Result<Format, String> {
    match text.split_once(':') {
        Some(("csv", column)) if !column.is_empty() => {
            Ok(Format::Csv { column: column.to_owned() })
        }
        Some(("ndjson", field)) if !field.is_empty() => {
            Ok(Format::Ndjson { field: field.to_owned() })
        }
        None if text == "access-log" => Ok(Format::AccessLog),
        _ => Err("write csv:COLUMN, ndjson:FIELD or access-log".to_owned()),
    }
}
