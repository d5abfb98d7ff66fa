//! What a column holds.

use std::fmt;
use std::str::FromStr;

/// What a column holds.
///
/// # Examples
/// ```
/// use forebay_server::ColumnType;
///
/// assert_eq!("timestamp".parse(), Ok(ColumnType::Timestamp));
/// assert!("varchar".parse::<ColumnType>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnType {
    /// A string.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A number.
    Real,
    /// True or false.
    Boolean,
    /// A time, as in RFC 3339.
    Timestamp,
    /// Anything, as JSON.
    Json,
    /// A UUID.
    Uuid,
    /// Bytes, from a string of Base64.
    Bytes,
}

const NAMES: [(ColumnType, &str); 8] = [
    (ColumnType::Text, "text"),
    (ColumnType::Integer, "integer"),
    (ColumnType::Real, "real"),
    (ColumnType::Boolean, "boolean"),
    (ColumnType::Timestamp, "timestamp"),
    (ColumnType::Json, "json"),
    (ColumnType::Uuid, "uuid"),
    (ColumnType::Bytes, "bytes"),
];

impl ColumnType {
    pub(super) const ALL: &str = "text, integer, real, boolean, timestamp, json, uuid or bytes";

    /// What it is called where this program makes the table.
    pub(crate) fn declared(self, dialect: Dialect) -> &'static str {
        match (dialect, self) {
            (Dialect::Sqlite, Self::Integer | Self::Boolean) => "INTEGER",
            (Dialect::Sqlite, Self::Real) => "REAL",
            (Dialect::Sqlite, Self::Bytes) => "BLOB",
            (Dialect::Sqlite, Self::Text | Self::Timestamp | Self::Json | Self::Uuid) => "TEXT",
            (Dialect::Postgres, Self::Text) => "text",
            (Dialect::Postgres, Self::Integer) => "bigint",
            (Dialect::Postgres, Self::Real) => "double precision",
            (Dialect::Postgres, Self::Boolean) => "boolean",
            (Dialect::Postgres, Self::Timestamp) => "timestamp with time zone",
            (Dialect::Postgres, Self::Json) => "jsonb",
            (Dialect::Postgres, Self::Uuid) => "uuid",
            (Dialect::Postgres, Self::Bytes) => "bytea",
        }
    }

    /// Whether a column that is there can hold it.
    pub(crate) fn fits(self, dialect: Dialect, found: &str) -> bool {
        match dialect {
            Dialect::Sqlite => self.fits_sqlite(found),
            Dialect::Postgres => self.fits_postgres(found),
        }
    }

    fn fits_postgres(self, found: &str) -> bool {
        let base = found.split('(').next().unwrap_or(found);
        found == self.declared(Dialect::Postgres)
            || match self {
                Self::Text => ["character varying", "character", "citext"].contains(&base),
                Self::Integer => ["integer", "smallint", "numeric"].contains(&base),
                Self::Real => ["real", "numeric"].contains(&base),
                Self::Json => base == "json",
                Self::Boolean | Self::Timestamp | Self::Uuid | Self::Bytes => false,
            }
    }

    /// By affinity (SQLite's manual, "Datatypes", 3.1). What has no type takes what it is given.
    fn fits_sqlite(self, found: &str) -> bool {
        match affinity(found) {
            "" => true,
            "NUMERIC" => matches!(self, Self::Integer | Self::Real | Self::Boolean),
            affine => affine == affinity(self.declared(Dialect::Sqlite)),
        }
    }
}

/// Whose words for types are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_ascii_uppercase();
    let has = |part| declared.contains(part);
    match () {
        () if has("INT") => "INTEGER",
        () if has("CHAR") || has("CLOB") || has("TEXT") => "TEXT",
        () if declared.is_empty() => "",
        () if has("BLOB") => "BLOB",
        () if has("REAL") || has("FLOA") || has("DOUB") => "REAL",
        () => "NUMERIC",
    }
}

impl FromStr for ColumnType {
    type Err = ColumnTypeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = NAMES.iter().find(|(_, name)| *name == text);
        known.map(|(kind, _)| *kind).ok_or(ColumnTypeError)
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, name) = NAMES.iter().find(|(kind, _)| kind == self).expect("each has a name");
        f.write_str(name)
    }
}

/// Says which types there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnTypeError;

impl fmt::Display for ColumnTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a type of a column; use {}", ColumnType::ALL)
    }
}

impl std::error::Error for ColumnTypeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_name_that_is_read_back() {
        for (kind, name) in NAMES {
            assert_eq!((name.parse(), kind.to_string().as_str()), (Ok(kind), name));
            assert!(ColumnType::ALL.contains(name));
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                assert!(kind.fits(dialect, kind.declared(dialect)), "{kind}");
            }
        }
        assert_eq!("Text".parse::<ColumnType>(), Err(ColumnTypeError));
    }

    #[test]
    fn a_column_that_is_there_may_be_narrower_but_not_another() {
        assert!(ColumnType::Text.fits_postgres("character varying(20)"));
        assert!(ColumnType::Integer.fits_postgres("numeric(10,2)"));
        assert!(!ColumnType::Integer.fits_postgres("text"));
        assert!(!ColumnType::Timestamp.fits_postgres("timestamp without time zone"));
        assert!(
            ColumnType::Integer.fits_sqlite("BIGINT") && ColumnType::Real.fits_sqlite("double")
        );
        assert!(ColumnType::Text.fits_sqlite("VARCHAR(20)") && ColumnType::Bytes.fits_sqlite(""));
        assert!(!ColumnType::Integer.fits_sqlite("TEXT") && !ColumnType::Text.fits_sqlite("INT"));
    }
}
