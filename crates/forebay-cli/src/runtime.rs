//! What waits for time, signals and sockets.

use std::io;

use tokio::runtime::{Builder, Runtime};

use crate::outcome::Failure;

/// For a command that mostly waits.
pub(crate) fn of_one_thread() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(|error| not_started(&error))
}

/// For a command that serves many.
pub(crate) fn of_all_cores() -> Result<Runtime, Failure> {
    Builder::new_multi_thread().enable_all().build().map_err(|error| not_started(&error))
}

fn not_started(error: &io::Error) -> Failure {
    Failure::Failed(format!("cannot start: {error}"))
}
