//! What a database answered, sorted by what to do about it.

use std::fmt;

/// What an error is about, and so what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// The row is at fault: waiting does not help, another row may pass.
    Refused,
    /// Nobody answers, or the connection was lost.
    Unreachable,
    /// The database does not let us in.
    Login,
    /// A table is not what this program expects, or may not be written.
    Schema,
    /// The file cannot be read or written.
    File,
    /// No room is left.
    Full,
    /// Somebody else is in the way for the moment.
    Busy,
    /// Anything else.
    Other,
}

impl Class {
    /// Says whether the row is at fault; everything else is retried for ever.
    pub(crate) fn is_refused(self) -> bool {
        self == Self::Refused
    }

    /// Says what a person can do about it.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Refused => "the row is kept in dead_letters with this reason",
            Self::Unreachable => {
                "check that the database runs and that host and port of --sink are right"
            }
            Self::Login => "check user, password, database and sslmode of --sink",
            Self::Schema => {
                "check that events and dead_letters have the documented columns, that events has \
                 a unique key on id, and that the user may insert, select, update and delete"
            }
            Self::File => "check the path of --sink, its permissions and its disk",
            Self::Full => "make room where the database lives",
            Self::Busy => "look for a long transaction or a lock held by another program",
            Self::Other => "look into the database's own log",
        }
    }
}

/// Why a sink did not do what it was asked to. Holds no password and no body of an event, except
/// in `detail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SinkError {
    pub(crate) class: Class,
    /// What the database said.
    pub(crate) reason: String,
    /// What it said about the row; may quote it, so it goes to `dead_letters` and not to the log.
    pub(crate) detail: Option<String>,
    /// Which row of the batch it was, where the database tells.
    pub(crate) row: Option<usize>,
}

impl SinkError {
    pub(crate) fn new(class: Class, reason: impl Into<String>) -> Self {
        Self { class, reason: reason.into(), detail: None, row: None }
    }

    /// The whole reason, for the table of dead letters.
    pub(crate) fn for_the_record(&self) -> String {
        match &self.detail {
            Some(detail) => cut(&format!("{}: {detail}", self.reason)),
            None => cut(&self.reason),
        }
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

const REASON_CHARS_MAX: usize = 2_000;

/// Shortens what a database says about a row: it may quote the row, which may be long.
fn cut(text: &str) -> String {
    match text.char_indices().nth(REASON_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_at_a_whole_character() {
        let mut error = SinkError::new(Class::Refused, "no");
        assert_eq!(error.for_the_record(), "no");
        error.detail = Some("ü".repeat(REASON_CHARS_MAX));
        let reason = error.for_the_record();
        assert_eq!(reason.chars().count(), REASON_CHARS_MAX + 1);
        assert!(reason.starts_with("no: ü") && reason.ends_with("ü…"));
    }
}
