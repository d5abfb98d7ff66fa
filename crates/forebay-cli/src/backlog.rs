//! `forebay backlog`: care for what waits, and for what was refused.

pub(crate) mod arguments;
mod dead;
mod desk;
mod service;

use crate::outcome::Failure;

/// What `forebay backlog` was asked for.
#[derive(Debug)]
pub(crate) enum Options {
    /// Something about dead letters.
    Dead(dead::Options),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    match options {
        Options::Dead(options) => dead::run(options),
    }
}
