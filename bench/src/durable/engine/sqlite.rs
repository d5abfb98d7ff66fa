//! The bundled SQLite, as it keeps what it has committed: a write-ahead log and `synchronous=FULL`.

use std::path::Path;

use rusqlite::Connection;

use super::grouped;
use crate::failure::Failure;

const TABLE: &str = "CREATE TABLE rows (number INTEGER PRIMARY KEY, events BLOB NOT NULL)";
const INSERT: &str = "INSERT INTO rows (events) VALUES (?1)";

pub(super) struct Rows {
    connection: Connection,
}

impl Rows {
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let connection = connect(folder).map_err(because)?;
        connection.execute_batch(TABLE).map_err(because)?;
        Ok(Rows { connection })
    }
}

impl grouped::Rows for Rows {
    fn commit(&mut self, row: &[u8]) -> Result<(), Failure> {
        let insert = || self.connection.prepare_cached(INSERT)?.execute([row]);
        insert().map(drop).map_err(because)
    }
}

pub(super) fn read(folder: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let rows = || -> rusqlite::Result<Vec<Vec<u8>>> {
        let connection = connect(folder)?;
        let mut select = connection.prepare("SELECT events FROM rows ORDER BY number")?;
        let rows = select.query_map((), |row| row.get(0))?;
        rows.collect()
    };
    rows().map_err(because)
}

fn connect(folder: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(folder.join("rows.sqlite"))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    Ok(connection)
}

fn because(error: rusqlite::Error) -> Failure {
    Failure::because("SQLite", error)
}
