//! What PostgreSQL's answers mean for the consumer.

use std::error::Error as _;

use tokio_postgres::Error;

use crate::sink::{Class, SinkError};

/// What a SQLSTATE begins with that a row is to blame for: data exception, constraint, what triggers of the
/// user's own raise, check option of a view, too large or too deep.
pub(super) const REFUSED: [&str; 7] = ["22", "23", "27", "38", "44", "54", "P0"];

/// Sorts a SQLSTATE by its first two characters, and some whole codes before.
///
/// See the appendix "PostgreSQL Error Codes" of its manual.
pub(super) fn class(code: &str) -> Class {
    match code {
        "42501" | "25006" => return Class::Schema, // no right to write; read only
        "53100" | "58030" => return Class::Full,   // disk full; I/O error
        "57014" => return Class::Busy,             // called off, by a timeout or a person
        _ => {}
    }
    match code.get(..2).unwrap_or_default() {
        begin if REFUSED.contains(&begin) => Class::Refused,
        "08" | "57" => Class::Unreachable,
        "28" | "3D" => Class::Login,
        "0A" | "3F" | "42" => Class::Schema,
        "40" | "53" | "55" => Class::Busy,
        _ => Class::Other,
    }
}

/// Sorts an error of a write.
pub(super) fn error(error: &Error) -> SinkError {
    let Some(answer) = error.as_db_error() else {
        return of_client(error);
    };
    let code = answer.code().code();
    let mut sorted = SinkError::new(class(code), format!("{} (SQLSTATE {code})", answer.message()));
    sorted.detail = answer.detail().map(ToOwned::to_owned);
    sorted.row = row_in_copy(error);
    sorted
}

/// Which row of a COPY, counted from 0, has a value that its column does not take.
///
/// Only what goes wrong while a line is read is told with a column and its value, and then it is that
/// line: `COPY events, line 34, column body: "…"`.
pub(super) fn row_in_copy(error: &Error) -> Option<usize> {
    let answer = error.as_db_error()?;
    row_in_context(answer.where_()?).filter(|_| class(answer.code().code()).is_refused())
}

fn row_in_context(context: &str) -> Option<usize> {
    // The first one: what a value holds comes behind it.
    let copy = context.lines().find(|line| line.starts_with("COPY "))?;
    let (_table, line) = copy.split_once(", line ")?;
    let (number, _value) = line.split_once(", column ")?;
    number.parse::<usize>().ok()?.checked_sub(1)
}

/// Sorts an error of connecting, where there is no row to blame.
pub(super) fn of_session(error: &Error) -> SinkError {
    let mut sorted = self::error(error);
    if sorted.class.is_refused() {
        sorted.class = Class::Schema;
    }
    sorted
}

/// Sorts an error that is not the server's answer.
fn of_client(error: &Error) -> SinkError {
    let text = error.to_string();
    // The kind is not public, but each has one fixed text.
    let class = match text.as_str() {
        "authentication error" | "invalid configuration" | "error performing TLS handshake" => {
            Class::Login
        }
        text if text.contains("parameter") || text.contains("column") => Class::Other,
        _ => Class::Unreachable,
    };
    let reason = match error.source() {
        Some(source) => format!("{text}: {source}"),
        None => text,
    };
    SinkError::new(class, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_row_can_be_blamed_for_is_refused() {
        // Bad JSON, number out of range, not null, unique, check, too deep, raised by a trigger.
        for code in ["22P02", "22P05", "22003", "23502", "23505", "23514", "54001", "P0001"] {
            assert_eq!(class(code), Class::Refused, "{code}");
        }
        for code in
            ["08006", "25006", "28P01", "40P01", "42P01", "53100", "57P01", "XX000", "", "5"]
        {
            assert!(!class(code).is_refused(), "{code}");
        }
    }

    #[test]
    fn a_row_of_a_copy_is_named_only_when_one_of_its_values_is_at_fault() {
        let value =
            "JSON data, line 1: {\"n\":...\nCOPY events, line 34, column body: \"{\"n\":1}\"";
        assert_eq!(row_in_context(value), Some(33));
        let quotes = "COPY events, line 2, column body: \"\nCOPY events, line 9, column a\"";
        assert_eq!(row_in_context(quotes), Some(1));
        for other in ["COPY events, line 34: \"1\t2\"", "COPY events, line 0, column a", "", "a"] {
            assert_eq!(row_in_context(other), None, "{other}");
        }
    }

    #[test]
    fn each_kind_of_trouble_leads_to_its_own_hint() {
        for (code, expected) in [
            ("57P01", Class::Unreachable),
            ("57P03", Class::Unreachable),
            ("57014", Class::Busy),
            ("55P03", Class::Busy),
            ("53300", Class::Busy),
            ("53100", Class::Full),
            ("28P01", Class::Login),
            ("28000", Class::Login),
            ("3D000", Class::Login),
            ("42501", Class::Schema),
            ("42P10", Class::Schema),
            ("42703", Class::Schema),
            ("XX001", Class::Other),
        ] {
            assert_eq!(class(code), expected, "{code}");
        }
    }
}
