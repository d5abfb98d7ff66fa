//! Opens a damaged backlog: the old file is set aside, and what is intact in it goes into a new one.
//!
//! A file is looked through when it is small, and whenever damage was met before; a large one is
//! opened at once, and damage that is met while it is read is remembered for the next start.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use bytes::Bytes;

use super::folder::{Folder, OpenError};
use super::pages::{Cell, Pages};
use super::record::{self, Contents};
use super::store::{Promise, Row, Store};
use crate::event::size_of;

/// Files up to this size are looked through each time they are opened.
const LOOK_THROUGH_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Of a new file.
const PAGE_BYTES: usize = 4096;

/// What became of a damaged file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvage {
    /// Where the old file is now.
    pub set_aside: std::path::PathBuf,
    /// Events that were intact, and are in the new file. Some may have been finished before.
    pub events: u64,
    /// Rows in which something was damaged.
    pub damaged_rows: u64,
}

/// Opens the file of a folder, and salvages it first if it has to be.
pub(super) fn open(folder: &Folder) -> Result<(Store, Option<Salvage>), OpenError> {
    let path = folder.events();
    if !folder.is_marked_damaged() {
        match Store::open(&path) {
            Ok(store) if !store.is_damaged(LOOK_THROUGH_BYTES_MAX) => return Ok((store, None)),
            Ok(_) | Err(OpenError::Damaged { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    let salvage = salvage(folder, &path)?;
    Ok((Store::open(&path)?, Some(salvage)))
}

fn salvage(folder: &Folder, path: &Path) -> Result<Salvage, OpenError> {
    let failed = |error: io::Error| OpenError::Folder {
        path: path.to_owned(),
        what: "is damaged and cannot be set aside",
        error: error.to_string(),
    };
    // First in full to a new file beside it: should this be cut short, nothing has happened yet.
    let fresh = folder.fresh().map_err(failed)?;
    let pages = Pages::open(path, PAGE_BYTES).map_err(failed)?;
    let (events, damaged_rows) = copy(&pages, &mut Store::open(&fresh)?).map_err(failed)?;
    let set_aside = folder.exchange(&fresh).map_err(failed)?;
    Ok(Salvage { set_aside, events, damaged_rows })
}

/// Copies what is intact, in order, and says how many events that are and how many rows had
/// something else too.
fn copy(pages: &Pages, store: &mut Store) -> io::Result<(u64, u64)> {
    let (mut events, mut damaged_rows) = (0, 0);
    for (row, cells) in by_row(pages.cells()?) {
        let Some(found) = best(pages, &cells)? else { continue };
        damaged_rows += u64::from(found.is_damaged);
        if found.events.is_empty() {
            continue;
        }
        let (count, bytes) = size_of(&found.events);
        events += count;
        let mut blob = Vec::new();
        found.events.iter().for_each(|event| record::write(event, &mut blob));
        let row = Row { row, events: count, bytes, blob };
        store
            .commit(&[row], &[], Promise::Sometime)
            .map_err(|error| io::Error::other(format!("{error:?}")))?;
    }
    store.sync().map_err(io::Error::other)?;
    Ok((events, damaged_rows))
}

fn by_row(cells: Vec<Cell>) -> BTreeMap<i64, Vec<Cell>> {
    let mut rows = BTreeMap::<i64, Vec<Cell>>::new();
    cells.into_iter().for_each(|cell| rows.entry(cell.row).or_default().push(cell));
    rows
}

/// Of the copies of a row, the one with the most intact events; nothing if none is a row of events.
fn best(pages: &Pages, cells: &[Cell]) -> io::Result<Option<Contents>> {
    let mut best: Option<Contents> = None;
    for &cell in cells {
        let Some(blob) = pages.blob(cell)? else { continue };
        let found = record::read(&Bytes::from(blob));
        if best.as_ref().is_none_or(|best| best.events.len() < found.events.len()) {
            best = Some(found);
        }
    }
    Ok(best)
}
