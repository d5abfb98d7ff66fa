//! Why a chore ended without doing its work.

use std::fmt;

/// Why a chore did not succeed; decides the exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line asked for something that does not exist.
    Usage(String),
    /// A check found something, or a program failed.
    Failed(String),
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Failed(message) => f.write_str(message),
        }
    }
}

/// Ends with wrong usage when a chore that takes no arguments was given some.
pub(crate) fn no_arguments(args: &[String]) -> Result<(), Failure> {
    match args.first() {
        None => Ok(()),
        Some(first) => {
            Err(Failure::usage(format!("it takes no arguments, but was given `{first}`")))
        }
    }
}
