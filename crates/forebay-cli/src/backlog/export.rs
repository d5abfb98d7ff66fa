//! `forebay backlog export`: the events that wait, one a line.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use forebay_backlog::disk;

use super::line;
use crate::outcome::Failure;
use crate::output;
use crate::progress::Progress;

/// What `forebay backlog export` was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(super) path: PathBuf,
    /// Standard output when there is none.
    pub(super) file: Option<PathBuf>,
}

/// So often somebody is told how far it is.
const TELL_EVERY: u64 = 1_000;

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let Options { path, file } = options;
    let count = match file {
        None => write(path, io::stdout().lock(), |error| Failure::of_output(&error))?,
        Some(file) => {
            let failed = |error: io::Error| {
                Failure::Failed(format!("cannot write {}: {error}", file.display()))
            };
            // A copy that is there already may be the only one.
            let made = File::create_new(file).map_err(failed)?;
            let count = write(path, &made, failed)?;
            made.sync_all().map_err(failed)?;
            count
        }
    };
    output::tell(&format!("{count} events exported"));
    Ok(())
}

fn write(
    path: &Path,
    out: impl Write,
    failed: impl Fn(io::Error) -> Failure,
) -> Result<u64, Failure> {
    let of_backlog = |error: &dyn std::fmt::Display| Failure::Failed(error.to_string());
    let events = disk::export(path).map_err(|error| of_backlog(&error))?;
    let waited = events.events();
    let progress = Progress::start("exporting", waited);
    let mut out = BufWriter::new(out);
    let mut count = 0;
    for event in events {
        let event = event.map_err(|error| of_backlog(&error))?;
        line::write(&mut out, &event).map_err(&failed)?;
        count += 1;
        if count % TELL_EVERY == 0 {
            progress.at(count);
        }
    }
    out.flush().map_err(&failed)?;
    progress.end();
    if count < waited {
        output::tell(&format!(
            "{} of the {waited} events that waited are not among them: they were delivered meanwhile, or \
             are damaged; forebay backlog verify {} says so",
            waited - count,
            path.display()
        ));
    }
    Ok(count)
}
