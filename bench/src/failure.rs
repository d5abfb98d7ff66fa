//! Why a bench ended without figures.

use std::fmt;

/// What was being done and why it did not work; a bench reports it and ends.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// Something that must hold does not.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// `doing` did not work because of `reason`.
    pub(crate) fn because(doing: impl fmt::Display, reason: impl fmt::Display) -> Self {
        Self(format!("{doing}: {reason}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
