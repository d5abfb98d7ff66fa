//! Columns of a route's own: what is at a JSON pointer of an event becomes a column of its row.
//!
//! An event is read twice, to the same end: when it comes, so that one that does not fit is
//! refused at once, and when its row is written.

mod cell;
mod field;
mod kind;

use std::collections::BTreeMap;
use std::fmt;

pub(crate) use cell::Cell;
pub(crate) use kind::Dialect;
pub use kind::{ColumnType, ColumnTypeError};

use crate::config::{ConfigError, Pointer, RouteConfig};
use field::Fields;

/// The column that has the event's id in every mapped table: by it, what is written again changes
/// nothing.
pub(crate) const EVENT_ID: &str = "event_id";

/// As many as either database takes in one table, and some to spare.
const COLUMNS_MAX: usize = 500;

/// The longest name that PostgreSQL keeps whole.
const NAME_BYTES_MAX: usize = 63;

/// What a column is told.
///
/// # Examples
/// ```
/// use forebay_server::{ColumnConfig, ColumnType};
///
/// let total = ColumnConfig {
///     pointer: Some("/order/total".parse()?),
///     kind: Some(ColumnType::Real),
///     ..ColumnConfig::default()
/// };
/// assert!(!total.required);
/// # Ok::<(), forebay_server::PointerError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnConfig {
    /// Where in an event its value is. Left out, the column has the whole event.
    pub pointer: Option<Pointer>,
    /// What it holds; it has to be said.
    pub kind: Option<ColumnType>,
    /// The value where an event has none, or null.
    pub default: Option<String>,
    /// An event without a value is refused.
    pub required: bool,
}

/// The columns of one route.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mapping {
    pub(crate) columns: Vec<Column>,
    /// The columns by which a row is the same one, if newer events change it; else none.
    pub(crate) key: Vec<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnType,
    pointer: Option<Pointer>,
    default: Option<Cell>,
    is_required: bool,
}

impl Column {
    /// Whether each row has a value.
    pub(crate) fn is_filled(&self) -> bool {
        self.is_required || self.default.is_some()
    }

    /// The pointer, for a person.
    fn place(&self) -> String {
        self.pointer.as_ref().map_or_else(|| "the whole event".to_owned(), ToString::to_string)
    }

    fn read(&self, fields: &Fields<'_>) -> Result<Cell, Misfit> {
        let found = match &self.pointer {
            Some(pointer) => fields.find(pointer),
            None => Some(fields.whole()),
        };
        let cell = match found {
            Some(json) => self.kind.read(json).map_err(|why| self.misfit(why))?,
            None => Cell::Null,
        };
        match (cell, &self.default) {
            (Cell::Null, Some(default)) => Ok(default.clone()),
            (Cell::Null, None) if self.is_required => {
                Err(self.misfit(format!("takes {}, and there is nothing", self.kind.words())))
            }
            (cell, _) => Ok(cell),
        }
    }

    fn misfit(&self, why: String) -> Misfit {
        Misfit { column: self.name.clone(), pointer: self.place(), why }
    }
}

/// Says why an event is no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) column: String,
    pub(crate) pointer: String,
    /// Goes on from the column's name.
    why: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, pointer, why } = self;
        write!(f, "column {column} {why} at {pointer}")
    }
}

impl Mapping {
    /// The columns that a route is told to have; nothing if it is told of none.
    ///
    /// # Errors
    /// The first field that cannot work.
    pub(crate) fn of(name: &str, route: &RouteConfig) -> Result<Option<Self>, ConfigError> {
        let field = |rest: &str| format!("routes.{name}.{rest}");
        if route.columns.len() > COLUMNS_MAX {
            let (field, value) = (field("columns"), route.columns.len().to_string());
            return Err(ConfigError { field, value, allowed: format!("{COLUMNS_MAX} at most") });
        }
        let columns = columns(field, &route.columns)?;
        let key = route.upsert_on.as_ref().map_or(&[][..], |names| &names.0);
        for name in key {
            let column = columns.iter().find(|column| column.name == *name);
            let can = column.is_some_and(|column| {
                column.is_filled() && !matches!(column.kind, ColumnType::Json)
            });
            if !can {
                return Err(ConfigError {
                    field: field("upsert_on"),
                    value: format!("{name:?}"),
                    allowed: "columns of the route that are required or have a default, none of \
                              them of type json"
                        .to_owned(),
                });
            }
        }
        Ok((!columns.is_empty()).then(|| Self { columns, key: key.to_vec() }))
    }

    /// The row of an event, without its id.
    ///
    /// # Errors
    /// The first column whose value does not fit.
    pub(crate) fn row(&self, body: &str) -> Result<Vec<Cell>, Misfit> {
        let fields = Fields::of(body);
        self.columns.iter().map(|column| column.read(&fields)).collect()
    }
}

fn columns(
    field: impl Fn(&str) -> String,
    told: &BTreeMap<String, ColumnConfig>,
) -> Result<Vec<Column>, ConfigError> {
    let column = |(name, told): (&String, &ColumnConfig)| {
        let wrong = |rest: &str, value: String, allowed: &str| ConfigError {
            field: field(&format!("columns.{name}{rest}")),
            value,
            allowed: allowed.to_owned(),
        };
        if !is_name(name) {
            let allowed = "a name of a-z, 0-9 and _, 63 at most, the first one no digit, and not \
                           event_id, which is there anyway";
            return Err(wrong("", format!("{name:?}"), allowed));
        }
        let Some(kind) = told.kind else {
            return Err(wrong(".type", "not set".to_owned(), ColumnType::ALL));
        };
        if told.pointer.is_none() && kind != ColumnType::Json {
            let allowed = "a JSON pointer; left out, it is the whole event, and the type is json";
            return Err(wrong(".pointer", "not set".to_owned(), allowed));
        }
        let default = match &told.default {
            None => None,
            Some(text) => Some(
                kind.read_text(text)
                    .ok_or_else(|| wrong(".default", format!("{text:?}"), &kind.words()))?,
            ),
        };
        let (name, pointer) = (name.clone(), told.pointer.clone());
        Ok(Column { name, kind, pointer, default, is_required: told.required })
    };
    told.iter().map(column).collect()
}

/// Lower case alone: SQLite does not know `A` from `a`, PostgreSQL does.
fn is_name(name: &str) -> bool {
    let is_good = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    name.len() <= NAME_BYTES_MAX
        && name != EVENT_ID
        && name.bytes().all(is_good)
        && name.as_bytes().first().is_some_and(|byte| !byte.is_ascii_digit())
}

/// Names of columns, with commas between them.
///
/// # Examples
/// ```
/// use forebay_server::ColumnNames;
///
/// let names: ColumnNames = "region, id".parse()?;
/// assert_eq!(names.to_string(), "region,id");
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnNames(Vec<String>);

impl std::str::FromStr for ColumnNames {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Self(names.map(ToOwned::to_owned).collect()))
    }
}

impl fmt::Display for ColumnNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(pointer: &str, kind: ColumnType) -> ColumnConfig {
        let pointer = Some(pointer.parse().expect("a pointer"));
        ColumnConfig { pointer, kind: Some(kind), ..ColumnConfig::default() }
    }

    fn mapping(columns: &[(&str, ColumnConfig)]) -> Result<Mapping, String> {
        let columns = columns.iter().map(|(name, told)| ((*name).to_owned(), told.clone()));
        let route = RouteConfig { columns: columns.collect(), ..RouteConfig::default() };
        let mapping = Mapping::of("a", &route).map_err(|error| error.to_string())?;
        Ok(mapping.expect("there are columns"))
    }

    #[test]
    fn each_pointer_becomes_the_cell_of_its_column() {
        let mapping = mapping(&[
            ("all", ColumnConfig { kind: Some(ColumnType::Json), ..ColumnConfig::default() }),
            ("count", column("/n", ColumnType::Integer)),
            ("first", column("/list/0/a~1b", ColumnType::Text)),
            ("none", column("/nothing", ColumnType::Real)),
            (
                "paid",
                ColumnConfig {
                    default: Some("false".to_owned()),
                    ..column("/p", ColumnType::Boolean)
                },
            ),
        ])
        .expect("good columns");
        let body = r#"{"n": 7, "list": [{"a/b": "x"}], "p": null}"#;
        assert_eq!(
            mapping.row(body).expect("it fits"),
            [
                Cell::Text(body.to_owned()),
                Cell::Integer(7),
                Cell::Text("x".to_owned()),
                Cell::Null,
                Cell::Boolean(false),
            ]
        );
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_column_and_pointer() {
        let required = ColumnConfig { required: true, ..column("/n", ColumnType::Integer) };
        let mapping = mapping(&[("count", required)]).expect("a good column");
        let why = |body: &str| mapping.row(body).expect_err(body).to_string();
        assert_eq!(
            why(r#"{"n":"x"}"#),
            "column count takes a whole number of 64 bits, and there is a string that is none at /n"
        );
        for body in ["{}", "7", "[]", r#"{"n":null}"#] {
            assert!(why(body).contains("there is nothing at /n"), "{body}");
        }
    }

    #[test]
    fn columns_that_cannot_be_are_named() {
        let text = || column("/a", ColumnType::Text);
        for (name, told, field) in [
            ("Upper", text(), "routes.a.columns.Upper is"),
            ("event_id", text(), "routes.a.columns.event_id is"),
            ("9", text(), "routes.a.columns.9 is"),
            ("a", ColumnConfig { kind: None, ..text() }, "routes.a.columns.a.type is not set"),
            ("a", ColumnConfig { pointer: None, ..text() }, "routes.a.columns.a.pointer"),
            (
                "a",
                ColumnConfig { default: Some("x".to_owned()), ..column("/a", ColumnType::Integer) },
                "routes.a.columns.a.default is \"x\"",
            ),
        ] {
            let error = mapping(&[(name, told)]).expect_err("it cannot be");
            assert!(error.starts_with(field), "{error}");
        }
        let upsert = |on: &str, told: ColumnConfig| {
            let columns = BTreeMap::from([("a".to_owned(), told)]);
            let upsert_on = Some(on.parse().expect("names"));
            let route = RouteConfig { columns, upsert_on, ..RouteConfig::default() };
            Mapping::of("a", &route).map(|mapping| mapping.expect("columns").key)
        };
        let required = || ColumnConfig { required: true, ..text() };
        assert_eq!(upsert("a", required()).expect("good"), ["a"]);
        assert!(upsert("b", required()).is_err());
        assert!(upsert("a", text()).is_err(), "a key is never missing");
    }
}
