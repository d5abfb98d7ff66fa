//! The columns of a route's table, as SQL has them: the usual four, or those it is told of.

use forebay_backlog::Event;

use super::{Class, Place, SinkError};
use crate::columns::{Cell, Column, ColumnType, Dialect, EVENT_ID, Mapping};

/// How the table of a place is written to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'a> {
    place: &'a Place,
}

impl<'a> Layout<'a> {
    pub(crate) fn of(place: &'a Place) -> Self {
        Self { place }
    }

    fn mapping(self) -> Option<&'a Mapping> {
        self.place.mapping.as_deref()
    }

    /// The column that has the event's id.
    pub(crate) fn id(self) -> &'static str {
        if self.place.mapping.is_some() { EVENT_ID } else { "id" }
    }

    /// All columns, quoted, the id first.
    pub(crate) fn names(self) -> Vec<String> {
        let others: Vec<&str> = match self.mapping() {
            Some(mapping) => mapping.columns.iter().map(|column| &*column.name).collect(),
            None => vec!["received_at", "attributes", "body"],
        };
        [self.id()].into_iter().chain(others).map(quoted).collect()
    }

    /// The columns by which a row is the same one, quoted; none if newer events change no row.
    pub(crate) fn key(self) -> Vec<String> {
        let key = self.mapping().map_or(&[][..], |mapping| &mapping.key);
        key.iter().map(|name| quoted(name)).collect()
    }

    /// What becomes of an event whose row is there, which is called `old`.
    ///
    /// The conflict is named: any other one is an error, and ends in `dead_letters`, not nowhere.
    /// A row of a key is that of its newest event. Ids rise with time, so an event that is written
    /// again, or late, changes nothing.
    pub(crate) fn conflict(self) -> String {
        let (id, key) = (self.id(), self.key());
        if key.is_empty() {
            return format!("ON CONFLICT ({id}) DO NOTHING");
        }
        let names = self.names().into_iter().filter(|name| !key.contains(name));
        let set: Vec<String> = names.map(|name| format!("{name} = excluded.{name}")).collect();
        format!(
            "ON CONFLICT ({}) DO UPDATE SET {} WHERE excluded.{id} > old.{id}",
            key.join(", "),
            set.join(", "),
        )
    }
}

impl Layout<'_> {
    /// An insert that is planned and never run: whoever plans it looks for the columns, the key
    /// and the right to insert.
    pub(crate) fn probe(self) -> String {
        let (table, names, conflict) = (self.place.table.quoted(), self.names(), self.conflict());
        let nulls = vec!["NULL"; names.len()].join(", ");
        let names = names.join(", ");
        format!("INSERT INTO {table} AS old ({names}) VALUES ({nulls}) {conflict}")
    }
}

/// A column of a table that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) name: String,
    /// As the database writes it.
    pub(crate) kind: String,
    /// Whether a row that says nothing of it is refused.
    pub(crate) is_demanded: bool,
}

impl Layout<'_> {
    /// The columns of a table to make, and its key.
    pub(crate) fn declared(self, dialect: Dialect) -> Vec<String> {
        let Some(mapping) = self.mapping() else { return Vec::new() };
        let id = format!("\"{EVENT_ID}\" {} NOT NULL", ColumnType::Uuid.declared(dialect));
        let column = |column: &Column| {
            let (name, kind) = (quoted(&column.name), column.kind.declared(dialect));
            format!("{name} {kind}{}", if column.is_filled() { " NOT NULL" } else { "" })
        };
        let key = match self.key() {
            key if key.is_empty() => quoted(EVENT_ID),
            key => key.join(", "),
        };
        let columns = mapping.columns.iter().map(column);
        [id].into_iter().chain(columns).chain([format!("PRIMARY KEY ({key})")]).collect()
    }

    /// Holds the columns of a table that is there against those of the route.
    ///
    /// # Errors
    /// All that do not go together, with both sides.
    pub(crate) fn compare(self, found: &[Found], dialect: Dialect) -> Result<(), SinkError> {
        let Some(mapping) = self.mapping() else { return Ok(()) };
        let id = (EVENT_ID, ColumnType::Uuid);
        let columns = mapping.columns.iter().map(|column| (&*column.name, column.kind));
        let wanted: Vec<_> = [id].into_iter().chain(columns).collect();
        let missing_or_other = wanted.iter().filter_map(|(name, kind)| {
            let declared = kind.declared(dialect);
            match found.iter().find(|column| column.name == *name) {
                None => Some(format!("{name}: the route has {declared}, the table has none")),
                Some(there) if kind.fits(dialect, &there.kind) => None,
                Some(there) => {
                    Some(format!("{name}: the route has {declared}, the table {}", there.kind))
                }
            }
        });
        let is_wanted = |column: &&Found| wanted.iter().any(|(name, _)| column.name == *name);
        let demanded = found.iter().filter(|column| column.is_demanded && !is_wanted(column));
        let demanded = demanded.map(|Found { name, kind, .. }| {
            format!("{name}: the route has none, the table {kind} that may not be null")
        });
        let wrong: Vec<String> = missing_or_other.chain(demanded).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        let (table, route, wrong) = (&self.place.table, &self.place.route, wrong.join("; "));
        let reason = format!(
            "table {table} is not what routes.{route}.columns say ({wrong}); change one of the two"
        );
        Err(SinkError::new(Class::Schema, reason))
    }
}

/// The cells of each event's row.
///
/// # Errors
/// The first event that does not fit; it did when it came, so the route was told otherwise since.
pub(crate) fn cells(mapping: &Mapping, events: &[Event]) -> Result<Vec<Vec<Cell>>, SinkError> {
    let row = |(row, event): (usize, &Event)| {
        mapping.row(event.body_str()).map_err(|misfit| SinkError {
            row: Some(row),
            ..SinkError::new(Class::Refused, misfit.to_string())
        })
    };
    events.iter().enumerate().map(row).collect()
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ColumnConfig;
    use crate::config::RouteConfig;

    fn place(upsert_on: Option<&str>) -> Place {
        let column = |kind| ColumnConfig {
            pointer: Some("/a".parse().expect("a pointer")),
            kind: Some(kind),
            required: true,
            ..ColumnConfig::default()
        };
        let route = RouteConfig {
            columns: [
                ("n".to_owned(), column(ColumnType::Integer)),
                ("t".to_owned(), column(ColumnType::Text)),
            ]
            .into(),
            upsert_on: upsert_on.map(|names| names.parse().expect("names")),
            ..RouteConfig::default()
        };
        let mapping = Mapping::of("a", &route).expect("good columns");
        Place { mapping: mapping.map(Arc::new), ..Place::default() }
    }

    #[test]
    fn a_row_of_a_key_is_that_of_its_newest_event() {
        let (plain, keyed) = (place(None), place(Some("t")));
        assert_eq!(Layout::of(&plain).conflict(), "ON CONFLICT (event_id) DO NOTHING");
        assert_eq!(
            Layout::of(&keyed).conflict(),
            "ON CONFLICT (\"t\") DO UPDATE SET \"event_id\" = excluded.\"event_id\", \
             \"n\" = excluded.\"n\" WHERE excluded.event_id > old.event_id"
        );
        assert_eq!(
            Layout::of(&keyed).declared(Dialect::Postgres),
            [
                "\"event_id\" uuid NOT NULL",
                "\"n\" bigint NOT NULL",
                "\"t\" text NOT NULL",
                "PRIMARY KEY (\"t\")",
            ]
        );
    }

    #[test]
    fn what_does_not_go_together_is_told_with_both_sides() {
        let place = place(None);
        let found = |name: &str, kind: &str, is_demanded| Found {
            name: name.to_owned(),
            kind: kind.to_owned(),
            is_demanded,
        };
        let id = || found("event_id", "uuid", true);
        let good = [id(), found("n", "integer", true), found("t", "text", false)];
        let compare = |found: &[Found]| Layout::of(&place).compare(found, Dialect::Postgres);
        assert_eq!(compare(&good), Ok(()));
        let wrong = [id(), found("n", "boolean", false), found("more", "text", true)];
        let error = compare(&wrong).expect_err("three things").to_string();
        for part in [
            "n: the route has bigint, the table boolean",
            "t: the route has text, the table has none",
            "more: the route has none, the table text that may not be null",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }
}
