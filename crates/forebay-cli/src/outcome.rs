//! How a command ended, and what the shell is told about it.

use std::io;
use std::process::ExitCode;

use crate::output;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was tried and failed: exit code 1.
    Failed(String),
    /// It was asked for in a way that cannot be done: exit code 2.
    Usage(String),
    /// Nobody reads standard output any more. That is how `| head` ends a program: exit code 0.
    NobodyReads,
}

impl Failure {
    /// A failure to write to standard output.
    pub(crate) fn of_output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::NobodyReads
        } else {
            Self::Failed(format!("cannot write to standard output: {error}"))
        }
    }
}

/// Tells the person why, if there is something to tell, and gives the shell its number.
pub(crate) fn exit_code(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) | Err(Failure::NobodyReads) => ExitCode::SUCCESS,
        Err(Failure::Failed(reason)) => {
            output::tell(&format!("error: {reason}"));
            ExitCode::from(1)
        }
        Err(Failure::Usage(reason)) => {
            output::tell(&format!("error: {reason}"));
            ExitCode::from(2)
        }
    }
}
