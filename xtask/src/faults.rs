//! `cargo xtask faults`: the real program is killed, loses power, meets full, slow and failing disks
//! and databases, and every acknowledged event is demanded. What it starts is in
//! `crates/forebay-faults`; figures of a long run are in docs/faults.md.

use crate::command::{cargo, run as run_command};
use crate::failure::{Failure, no_arguments};
use crate::setup;

/// What says that the sizes are those for every change.
const SHORT: &str = "--short";

/// Builds the suite and the program, and runs it with these arguments. The long form is run on what
/// users get; the short one on what the tests have built already.
pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    setup::install_missing(setup::TESTS)?;
    let mut command = cargo(&["run", "--quiet", "--locked", "--package", "forebay-faults"]);
    if !args.iter().any(|arg| arg == SHORT) {
        command.arg("--release");
    }
    run_command(command.arg("--").args(args))
}

/// What `cargo xtask ci` runs.
pub(crate) fn run_short(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    run(&[SHORT.to_owned()])
}
