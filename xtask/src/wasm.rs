//! `cargo xtask wasm`: the queue builds for WebAssembly.

use crate::command::{cargo, output, program, run as run_command};
use crate::failure::{Failure, no_arguments};

const TARGET: &str = "wasm32-unknown-unknown";

/// Gets what is needed where it is missing: the standard library for that target.
fn install() -> Result<(), Failure> {
    let installed = output(&mut program("rustup", &["target", "list", "--installed"]))?;
    if installed.lines().any(|line| line == TARGET) {
        return Ok(());
    }
    run_command(&mut program("rustup", &["target", "add", TARGET]))
}

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    install()?;
    run_command(&mut cargo(&["build", "--locked", "--package", "forebay", "--target", TARGET]))
}
