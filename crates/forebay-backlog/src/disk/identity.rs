//! What a folder says it is: docs/format.md, "Files".

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::aside;
use super::error::OpenError;
use super::segment::{FORMAT, Id, Name, RECORDS_AT, read_header};
use super::volume::{Volume, read_up_to};
use super::{newest, text};

/// Says what the folder is.
pub(super) const NAME: &str = "forebay-data";

/// Held by the process that uses the folder.
pub(super) const LOCK: &str = "lock";

/// What an earlier forebay, which was never released, kept its events in.
const EARLIER: &str = "backlog.sqlite";

/// What may be in a folder that is still to become a backlog.
const HARMLESS: [&str; 4] = [NAME, LOCK, aside::FOLDER, "lost+found"];

const FIRST_LINE: &str = "forebay backlog";

/// What a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing is in it.
    Empty,
    /// A backlog with this id.
    Known(Id),
    /// The id stands in its segments, and is to be written down again.
    Found(Id),
    /// A backlog, and nothing is left of its id: none of its segments can be read, or none is there.
    Lost,
}

/// Finds out, and touches nothing. `path` is for the error.
pub(super) fn identify(volume: &dyn Volume, path: &Path) -> Result<Identity, OpenError> {
    let unreadable = |error: io::Error| OpenError::folder(path, "cannot be read", &error);
    let names = volume.list().map_err(unreadable)?;
    let too_new = |found| OpenError::TooNew { path: path.to_owned(), found, known: FORMAT };
    let logs: Vec<&String> = names.iter().filter(|name| is_log(name)).collect();
    match read(volume).map_err(unreadable)? {
        Some((format, _)) if format > FORMAT => return Err(too_new(format)),
        Some((_, id)) => return Ok(Identity::Known(id)),
        None => {}
    }
    for name in &logs {
        match header(volume, name).map_err(unreadable)? {
            Some((format, _, _)) if format > FORMAT => return Err(too_new(format)),
            Some((_, id, number)) if Name::of(name) == Name::Log(number) => {
                return Ok(Identity::Found(id));
            }
            _ => {}
        }
    }
    if !logs.is_empty() || newest::read(volume).map_err(unreadable)?.is_some() {
        return Ok(Identity::Lost);
    }
    if names.iter().any(|name| name == EARLIER) {
        return Err(OpenError::Earlier { path: path.to_owned() });
    }
    match names.into_iter().find(|name| !HARMLESS.contains(&&**name) && !is_done(name)) {
        Some(file) => Err(OpenError::Foreign { path: path.to_owned(), file }),
        None => Ok(Identity::Empty),
    }
}

fn is_log(name: &str) -> bool {
    matches!(Name::of(name), Name::Log(_))
}

fn is_done(name: &str) -> bool {
    matches!(Name::of(name), Name::Done(_))
}

fn header(volume: &dyn Volume, name: &str) -> io::Result<Option<(u32, Id, u64)>> {
    let mut bytes = [0; RECORDS_AT as usize];
    match volume.open(name) {
        Ok(file) => {
            let have = read_up_to(&*file, &mut bytes, 0)?;
            Ok(read_header(&bytes[..have]))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes down what the folder is. It is on disk when this returns.
pub(super) fn write(volume: &dyn Volume, id: &Id) -> io::Result<()> {
    let mut hex = String::new();
    id.iter().for_each(|byte| {
        let _ = write!(hex, "{byte:02x}");
    });
    text::write(volume, NAME, &format!("{FIRST_LINE}\nformat {FORMAT}\nid {hex}\n"))?;
    volume.sync()
}

/// Format and id, if they are there and intact.
fn read(volume: &dyn Volume) -> io::Result<Option<(u32, Id)>> {
    Ok(text::read(volume, NAME)?.as_deref().and_then(parse))
}

fn parse(said: &str) -> Option<(u32, Id)> {
    let mut lines = said.lines();
    let is_one = lines.next()? == FIRST_LINE;
    let format = lines.next()?.strip_prefix("format ")?.parse().ok()?;
    let hex = lines.next()?.strip_prefix("id ")?;
    let byte = |at: usize| u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok();
    let mut id = Id::default();
    for (at, slot) in id.iter_mut().enumerate() {
        *slot = byte(at)?;
    }
    is_one.then_some((format, id))
}
