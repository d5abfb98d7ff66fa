//! Events in the forms that PostgreSQL takes them in.

use std::error::Error;

use bytes::{BufMut as _, Bytes, BytesMut};
use forebay_backlog::Event;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::columns::Cell;
use crate::sink::{Place, SinkError, cells, timestamp};

/// What every version of the binary form of `jsonb` begins with.
const JSONB_VERSION: u8 = 1;

/// A `uuid`.
#[derive(Debug)]
pub(super) struct Id(Uuid);

impl Id {
    pub(super) fn new(id: Uuid) -> Self {
        Self(id)
    }
}

/// A `timestamptz`.
#[derive(Debug)]
pub(super) struct Time(i64);

/// A `jsonb`, sent as text.
#[derive(Debug)]
pub(super) struct Json<'a>(&'a str);

/// `NULL`, which as an array has no rows.
#[derive(Debug)]
pub(super) struct Nothing;

/// The events of a batch, and the cells of their rows where the route has columns of its own.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) events: &'a [Event],
    cells: Option<Vec<Vec<Cell>>>,
}

impl<'a> Rows<'a> {
    /// # Errors
    /// An event does not fit the columns; the others may.
    pub(super) fn of(place: &Place, events: &'a [Event]) -> Result<Self, SinkError> {
        let cells = place.mapping.as_ref().map(|mapping| cells(mapping, events)).transpose()?;
        Ok(Self { events, cells })
    }

    /// The cells by columns, as text.
    pub(super) fn columns(&self) -> Option<Vec<Vec<Option<String>>>> {
        let rows = self.cells.as_ref()?;
        let width = rows.first().map_or(0, Vec::len);
        let column = |at: usize| rows.iter().map(|row| text(&row[at])).collect();
        Some((0..width).map(column).collect())
    }

    /// The input of a `COPY` in text format, piece by piece: a line a row, tabs between columns.
    ///
    /// Text and not binary: that is a sixth faster, but converts nothing, and would store rubbish
    /// in a column whose type somebody changes while we are connected.
    pub(super) fn copy_pieces(&self) -> impl Iterator<Item = Bytes> {
        let mut rows = self.events.iter().enumerate();
        std::iter::from_fn(move || {
            // The last row of a piece goes beyond it.
            let mut piece = BytesMut::with_capacity(PIECE_BYTES + PIECE_BYTES / 8);
            while piece.len() < PIECE_BYTES
                && let Some((row, event)) = rows.next()
            {
                match &self.cells {
                    Some(cells) => put_cells(&mut piece, event, &cells[row]),
                    None => put_row(&mut piece, event),
                }
            }
            (!piece.is_empty()).then(|| piece.freeze())
        })
    }
}

/// A cell as PostgreSQL reads it from text.
fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Boolean(yes) => Some(yes.to_string()),
        Cell::Integer(number) => Some(number.to_string()),
        // The shortest that is read back as the same.
        Cell::Real(number) => Some(format!("{number:?}")),
        Cell::Text(text) => Some(text.clone()),
        Cell::Bytes(bytes) => {
            let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
            Some(["\\x".to_owned()].into_iter().chain(digits).collect())
        }
    }
}

fn put_cells(out: &mut BytesMut, event: &Event, cells: &[Cell]) {
    let mut id = Uuid::encode_buffer();
    out.put_slice(event.id.hyphenated().encode_lower(&mut id).as_bytes());
    for cell in cells {
        out.put_u8(b'\t');
        match text(cell) {
            Some(text) => put_escaped(out, &text),
            None => out.put_slice(b"\\N"),
        }
    }
    out.put_u8(b'\n');
}

pub(super) fn ids(events: &[Event]) -> Vec<Id> {
    events.iter().map(|event| Id(event.id)).collect()
}

pub(super) fn times(events: &[Event]) -> Vec<Time> {
    events.iter().map(|event| Time(timestamp::postgres(event.received_at_ms))).collect()
}

pub(super) fn attributes(events: &[Event]) -> Vec<Json<'_>> {
    events.iter().map(|event| Json(&event.attributes)).collect()
}

pub(super) fn bodies(events: &[Event]) -> Vec<Json<'_>> {
    events.iter().map(|event| Json(event.body_str())).collect()
}

/// Large enough that handing a piece over costs nothing, small enough that no buffer on its way
/// grows: what grew would stay, and memory after a spike would be what the spike took.
const PIECE_BYTES: usize = 64 * 1024;

fn put_row(out: &mut BytesMut, event: &Event) {
    let mut id = Uuid::encode_buffer();
    out.put_slice(event.id.hyphenated().encode_lower(&mut id).as_bytes());
    out.put_u8(b'\t');
    out.put_slice(&timestamp::iso(event.received_at_ms));
    out.put_u8(b'\t');
    put_escaped(out, &event.attributes);
    out.put_u8(b'\t');
    put_escaped(out, event.body_str());
    out.put_u8(b'\n');
}

/// Escapes what has a meaning in the text format: the ends of columns and rows, and itself.
fn put_escaped(out: &mut BytesMut, text: &str) {
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escaped = match byte {
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            _ => continue,
        };
        out.put_slice(&bytes[copied..at]);
        out.put_slice(&[b'\\', escaped]);
        copied = at + 1;
    }
    out.put_slice(&bytes[copied..]);
}

type Encoded = Result<IsNull, Box<dyn Error + Sync + Send>>;

impl ToSql for Id {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Encoded {
        out.put_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::UUID
    }

    to_sql_checked!();
}

impl ToSql for Time {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Encoded {
        out.put_i64(self.0);
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }

    to_sql_checked!();
}

impl ToSql for Json<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Encoded {
        out.put_u8(JSONB_VERSION);
        out.put_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::JSONB
    }

    to_sql_checked!();
}

impl ToSql for Nothing {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Encoded {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_four_columns_whatever_is_in_it() {
        let event = Event {
            id: Uuid::from_u128(1),
            received_at_ms: 0,
            attributes: "{\t}".into(),
            body: "[1,\r\n\"\\u0041 \\\\N \u{fc}\"]".into(),
            key: None,
        };
        let pieces: Vec<Bytes> =
            Rows { events: &[event.clone(), event], cells: None }.copy_pieces().collect();
        let row = "00000000-0000-0000-0000-000000000001\t1970-01-01T00:00:00.000Z\t{\\t}\t\
                   [1,\\r\\n\"\\\\u0041 \\\\\\\\N \u{fc}\"]\n";
        assert_eq!(pieces, [format!("{row}{row}")]);
    }

    #[test]
    fn pieces_are_cut_between_rows_and_together_are_all_of_them() {
        let event = |number: u128| Event {
            id: Uuid::from_u128(number),
            received_at_ms: 0,
            attributes: "{}".into(),
            body: format!("\"{}\"", "x".repeat(1_000)).into(),
            key: None,
        };
        let events: Vec<Event> = (0..200).map(event).collect();
        let pieces: Vec<Bytes> = Rows { events: &events, cells: None }.copy_pieces().collect();
        assert!(pieces.len() > 2);
        assert!(pieces.iter().all(|piece| piece.ends_with(b"\n")));
        assert_eq!(pieces.concat().split(|byte| *byte == b'\n').count(), 200 + 1);
        assert_eq!(Rows { events: &[], cells: None }.copy_pieces().count(), 0);
    }
}
