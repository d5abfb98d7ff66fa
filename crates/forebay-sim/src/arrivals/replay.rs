//! Arrivals as a file of timestamps has them, read line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::stamp;
use crate::error::SimError;
use crate::time::seconds;

/// How a file says when something came.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values with a head line; the named column. Quotes as RFC 4180 has them,
    /// but no line breaks within.
    Csv {
        /// The name in the head line.
        column: String,
    },
    /// One JSON object a line; the named field.
    Ndjson {
        /// The name of the field.
        field: String,
    },
    /// The access log of a web server, common or combined format: the time in brackets.
    AccessLog,
}

/// A file of timestamps, checked from its first line to its last.
///
/// A timestamp is RFC 3339 (`2026-01-31T12:00:00Z`), or a number since 1970: seconds, or
/// milliseconds, microseconds or nanoseconds, by its size. The first one is the start.
///
/// However long the file is, a line is all that is in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    path: PathBuf,
    format: Format,
    count: u64,
    span_ns: u64,
}

/// The longest line that is read: what has no line breaks is no file of timestamps.
const LINE_BYTES_MAX: u64 = 1 << 20;

impl Replay {
    /// Reads the file once, to see that all of it can be replayed.
    ///
    /// # Errors
    /// [`SimError::File`], with the line, for what cannot be read, a line without a timestamp,
    /// times that run backwards, and a file with fewer than two of them.
    pub fn open(path: impl AsRef<Path>, format: Format) -> Result<Self, SimError> {
        let path = path.as_ref().to_owned();
        let mut stamps = Stamps::open(&path, &format)?;
        let (mut count, mut span_ns) = (0, 0);
        while let Some(at_ns) = stamps.next_ns()? {
            count += 1;
            span_ns = at_ns;
        }
        if count < 2 || span_ns == 0 {
            let what = format!(
                "{count} timestamps over {} s; a replay needs two or more at different times",
                seconds(span_ns)
            );
            return Err(SimError::File { path, line: 0, what });
        }
        Ok(Replay { path, format, count, span_ns })
    }

    /// Which file it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many items there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// From the first to the last.
    pub fn span(&self) -> std::time::Duration {
        std::time::Duration::from_nanos(self.span_ns)
    }

    /// Items per second.
    pub fn per_s(&self) -> f64 {
        (self.count - 1) as f64 / seconds(self.span_ns)
    }

    pub(super) fn stamps(&self) -> Result<Stamps, SimError> {
        Stamps::open(&self.path, &self.format)
    }
}

/// The timestamps of a file, one after the other.
pub(crate) struct Stamps {
    path: PathBuf,
    lines: BufReader<File>,
    format: Format,
    /// Which field of a CSV line.
    column: usize,
    line: u64,
    text: String,
    first_ns: Option<i128>,
    last_ns: u64,
}

impl Stamps {
    fn open(path: &Path, format: &Format) -> Result<Self, SimError> {
        let refused = |what: String| SimError::File { path: path.to_owned(), line: 0, what };
        let file = File::open(path).map_err(|error| refused(error.to_string()))?;
        let mut stamps = Stamps {
            path: path.to_owned(),
            lines: BufReader::new(file),
            format: format.clone(),
            column: 0,
            line: 0,
            text: String::new(),
            first_ns: None,
            last_ns: 0,
        };
        if let Format::Csv { column } = format {
            if !stamps.read_line()? {
                return Err(refused("empty; it needs a head line and timestamps".to_owned()));
            }
            let head = stamp::fields_of_csv(&stamps.text);
            stamps.column = head
                .iter()
                .position(|name| name == column)
                .ok_or_else(|| stamps.at(format!("no column `{column}` in this head line")))?;
        }
        Ok(stamps)
    }

    /// The next one, in nanoseconds since the first.
    pub(super) fn next_ns(&mut self) -> Result<Option<u64>, SimError> {
        loop {
            if !self.read_line()? {
                return Ok(None);
            }
            if !self.text.trim().is_empty() {
                break;
            }
        }
        let found = match &self.format {
            Format::Csv { .. } => stamp::in_csv(&self.text, self.column),
            Format::Ndjson { field } => stamp::in_json(&self.text, field),
            Format::AccessLog => stamp::in_access_log(&self.text),
        };
        let at_ns = found.map_err(|what| self.at(what))?;
        let first_ns = *self.first_ns.get_or_insert(at_ns);
        let since_ns = at_ns - first_ns;
        let last_ns = i128::from(self.last_ns);
        if since_ns < last_ns {
            let back_s = (last_ns - since_ns) as f64 / 1e9;
            let what = format!("{back_s} s before the line above it; times must not run backwards");
            return Err(self.at(what));
        }
        let since_ns = u64::try_from(since_ns)
            .ok()
            .filter(|ns| *ns < crate::time::NEVER_NS / 4)
            .ok_or_else(|| self.at("more than a hundred years after the first line".to_owned()))?;
        self.last_ns = since_ns;
        Ok(Some(since_ns))
    }

    /// Whether there was one.
    fn read_line(&mut self) -> Result<bool, SimError> {
        self.text.clear();
        self.line += 1;
        let mut limited = self.lines.by_ref().take(LINE_BYTES_MAX);
        let read = limited.read_line(&mut self.text).map_err(|error| self.at(error.to_string()))?;
        if read as u64 == LINE_BYTES_MAX && !self.text.ends_with('\n') {
            return Err(self.at("longer than a MiB; expected one timestamp a line".to_owned()));
        }
        Ok(read > 0)
    }

    fn at(&self, what: String) -> SimError {
        SimError::File { path: self.path.clone(), line: self.line, what }
    }
}
