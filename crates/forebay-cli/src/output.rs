//! The two streams: results to standard output, text for people to standard error.

use std::io::{self, Write};

/// Writes one result line and flushes it: standard output may be a pipe that somebody watches.
pub(crate) fn line(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "{text}")?;
    out.flush()
}

/// Tells the person at the terminal. If nobody listens there, nothing is lost by going on.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
