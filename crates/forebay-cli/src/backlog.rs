//! `forebay backlog`: care for what waits, and for what was refused.

pub(crate) mod arguments;
mod dead;
mod desk;
mod export;
mod import;
mod line;
mod look;
mod mend;
mod service;

use crate::outcome::Failure;

/// What `forebay backlog` was asked for.
#[derive(Debug)]
pub(crate) enum Options {
    /// Something about dead letters.
    Dead(dead::Options),
    /// What is in a backlog.
    Inspect(look::Options),
    /// Whether it is intact.
    Verify(look::Options),
    /// What is damaged out of the way.
    Repair(look::Options),
    /// Events of a backlog into a file.
    Export(export::Options),
    /// Events from a file into a backlog.
    Import(import::Options),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    match options {
        Options::Dead(options) => dead::run(options),
        Options::Inspect(options) => look::inspect(&options),
        Options::Verify(options) => look::verify(&options),
        Options::Repair(options) => mend::repair(&options),
        Options::Export(options) => export::run(&options),
        Options::Import(options) => import::run(&options),
    }
}
