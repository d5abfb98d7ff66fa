//! The configuration of one run: found, read, checked, shown.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::outcome::Failure;
use crate::output;
use crate::settings::{Given, InForce};

/// What is read when no file is named, and nothing if it is not there.
const DEFAULT_FILE: &str = "forebay.toml";

/// Reads file, environment and flags.
///
/// # Errors
/// Wrong usage: a file that was named and cannot be read, or whatever is wrong in one of them.
pub(crate) fn read(
    file: Option<&Path>,
    environment: impl Iterator<Item = (OsString, OsString)>,
    flags: Vec<Given>,
) -> Result<InForce, Failure> {
    let path = file.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound && file.is_none() => None,
        Err(error) => {
            return Err(Failure::Usage(format!("cannot read {}: {error}", path.display())));
        }
    };
    let file = text.as_deref().map(|text| (path, text));
    InForce::read(file, environment, flags).map_err(|mistake| Failure::Usage(mistake.to_string()))
}

/// Prints the settings in force, as a forebay.toml that would say the same.
pub(super) fn print(in_force: &InForce) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for line in in_force.lines() {
        output::line(&mut out, &line).map_err(|error| Failure::of_output(&error))?;
    }
    Ok(())
}
