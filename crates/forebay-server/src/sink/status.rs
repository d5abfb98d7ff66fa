//! What others may know about a sink.

use std::fmt;

/// Whether a sink takes rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkState {
    /// Not connected yet, and nothing is known to be wrong.
    #[default]
    Starting,
    /// The last thing asked of it worked.
    Up,
    /// The last thing asked of it failed; it is being retried.
    Down,
}

impl fmt::Display for SinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Up => "up",
            Self::Down => "down",
        })
    }
}

/// How a sink is doing, as of now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStatus {
    /// Whether it takes rows.
    pub state: SinkState,
    /// What the database said, while it is down. Never the password, never an event.
    pub reason: Option<String>,
    /// What a person can do about it, while it is down.
    pub hint: Option<&'static str>,
    /// Errors since the start, by what they were about.
    pub errors: SinkErrors,
}

/// Errors of a sink since the start, by what they were about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkErrors {
    /// Writes that were refused because of a row in them.
    pub refused: u64,
    /// Nobody answered, or the connection was lost.
    pub unreachable: u64,
    /// The database did not let us in.
    pub login: u64,
    /// A table was not as expected, or could not be written.
    pub schema: u64,
    /// The file could not be read or written.
    pub file: u64,
    /// No room was left.
    pub full: u64,
    /// Somebody else was in the way.
    pub busy: u64,
    /// Anything else.
    pub other: u64,
}

impl SinkErrors {
    /// Lists every class with its count, in a fixed order.
    #[must_use]
    pub fn by_class(&self) -> [(&'static str, u64); 8] {
        [
            ("refused", self.refused),
            ("unreachable", self.unreachable),
            ("login", self.login),
            ("schema", self.schema),
            ("file", self.file),
            ("full", self.full),
            ("busy", self.busy),
            ("other", self.other),
        ]
    }
}
