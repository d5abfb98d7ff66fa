//! Whether a SQLite file would do, without touching it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::{Class, SinkError, SqliteSink, blocking, classify, of_schema, schema};
use crate::columns::Dialect;
use crate::rights;
use crate::sink::{Layout, Place};

impl SqliteSink {
    /// Says what is there. The error says why it would not do.
    pub(crate) async fn try_out(&self) -> Result<String, SinkError> {
        let (path, place) = (self.path.clone(), self.place.clone());
        blocking(move || try_out(&path, &place)).await
    }
}

fn try_out(path: &Path, place: &Place) -> Result<String, SinkError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    writable(folder.unwrap_or(Path::new(".")))?;
    if !path.exists() {
        return Ok("the file is not there yet; it can be made".to_owned());
    }
    writable(path)?;
    let connection = open(path)?;
    let found = schema::columns_of(&connection, &place.table).map_err(|e| of_schema(&e))?;
    if found.is_empty() {
        return Ok("the table is not there yet; it will be made".to_owned());
    }
    Layout::of(place).compare(&found, Dialect::Sqlite)?;
    connection.prepare(&Layout::of(place).probe()).map_err(|error| of_schema(&error))?;
    Ok("it is there and takes rows".to_owned())
}

/// Without its log beside it a file is whole, and opened so that none is made.
fn open(path: &Path) -> Result<Connection, SinkError> {
    let mut log = path.to_owned().into_os_string();
    log.push("-wal");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = match PathBuf::from(log).exists() {
        true => Connection::open_with_flags(path, flags),
        false => {
            let uri = format!("file:{}?immutable=1", escaped(path));
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
        }
    };
    opened.map_err(|error| classify::error(&error))
}

/// What has a meaning in a URI of SQLite.
fn escaped(path: &Path) -> String {
    let path = path.display().to_string();
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

fn writable(path: &Path) -> Result<(), SinkError> {
    rights::check(path).map_err(|wrong| SinkError::new(Class::File, wrong))
}
