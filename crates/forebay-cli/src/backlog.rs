//! `forebay backlog`: care for what waits, and for what was refused.

pub(crate) mod arguments;
mod dead;
mod desk;
mod import;
mod line;
mod service;

use crate::outcome::Failure;

/// What `forebay backlog` was asked for.
#[derive(Debug)]
pub(crate) enum Options {
    /// Something about dead letters.
    Dead(dead::Options),
    /// Events from a file into a backlog.
    Import(import::Options),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    match options {
        Options::Dead(options) => dead::run(options),
        Options::Import(options) => import::run(&options),
    }
}
