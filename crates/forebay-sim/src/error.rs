//! What can be wrong with a model, and with the files it reads.

use std::fmt;
use std::path::PathBuf;

/// Why something is not simulated.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SimError {
    /// A parameter outside of what it may be.
    Parameter {
        /// Its name.
        name: String,
        /// What it was.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// A file that cannot be replayed.
    File {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1; 0 for the file as a whole.
        line: u64,
        /// What is wrong there, and what should stand there.
        what: String,
    },
    /// A run that would not end in a lifetime, or fill the memory.
    TooMuch {
        /// Of what, how much, and which limit lets it through.
        what: String,
    },
}

impl SimError {
    /// The parameter `name` was `value`, and may be `allowed` only.
    pub(crate) fn parameter(
        name: impl Into<String>,
        value: impl fmt::Display,
        allowed: impl Into<String>,
    ) -> Self {
        SimError::Parameter { name: name.into(), value: value.to_string(), allowed: allowed.into() }
    }

    /// The same error, under the name of the whole that the parameter is a part of.
    pub(crate) fn within(self, whole: &str) -> Self {
        match self {
            SimError::Parameter { name, value, allowed } => {
                SimError::Parameter { name: format!("{whole}: {name}"), value, allowed }
            }
            other => other,
        }
    }
}

impl fmt::Display for SimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SimError::Parameter { name, value, allowed } => {
                write!(f, "{name} is {value}, it must be {allowed}")
            }
            SimError::File { path, line: 0, what } => write!(f, "{}: {what}", path.display()),
            SimError::File { path, line, what } => write!(f, "{}:{line}: {what}", path.display()),
            SimError::TooMuch { what } => f.write_str(what),
        }
    }
}

impl std::error::Error for SimError {}
