//! What SQLite's result codes mean for the consumer.

use rusqlite::ffi;

use crate::sink::{Class, SinkError};

/// Sorts a result code, extended or not.
pub(super) fn class(code: i32) -> Class {
    match code & 0xff {
        ffi::SQLITE_CONSTRAINT | ffi::SQLITE_MISMATCH | ffi::SQLITE_TOOBIG => Class::Refused,
        ffi::SQLITE_ERROR | ffi::SQLITE_SCHEMA | ffi::SQLITE_AUTH => Class::Schema,
        ffi::SQLITE_FULL => Class::Full,
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => Class::Busy,
        ffi::SQLITE_CANTOPEN
        | ffi::SQLITE_CORRUPT
        | ffi::SQLITE_IOERR
        | ffi::SQLITE_NOLFS
        | ffi::SQLITE_NOTADB
        | ffi::SQLITE_PERM
        | ffi::SQLITE_READONLY => Class::File,
        _ => Class::Other,
    }
}

pub(super) fn error(error: &rusqlite::Error) -> SinkError {
    let class = error.sqlite_error().map_or(Class::Other, |error| class(error.extended_code));
    SinkError::new(class, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_row_can_be_blamed_for_is_refused() {
        for code in 0..=255 {
            let is_refused = class(code).is_refused();
            let expected = [ffi::SQLITE_CONSTRAINT, ffi::SQLITE_MISMATCH, ffi::SQLITE_TOOBIG];
            assert_eq!(is_refused, expected.contains(&code), "code {code}");
        }
    }

    #[test]
    fn an_extended_code_is_sorted_like_its_kind() {
        assert_eq!(class(ffi::SQLITE_CONSTRAINT_CHECK), Class::Refused);
        assert_eq!(class(ffi::SQLITE_IOERR_FSYNC), Class::File);
        assert_eq!(class(ffi::SQLITE_BUSY_SNAPSHOT), Class::Busy);
    }
}
