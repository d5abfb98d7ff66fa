//! `cargo xtask fmt`, `cargo xtask clippy` and `cargo xtask field`: how the source looks.

use crate::command::{cargo, run};
use crate::failure::{Failure, no_arguments};

/// The fuzzer and the field of the queue bench are workspaces of their own.
const FUZZ: &str = "fuzz/Cargo.toml";
const FIELD: &str = "bench/field/Cargo.toml";

/// Warnings are errors.
const STRICT: [&str; 3] = ["--", "-D", "warnings"];

pub(crate) fn run_fmt(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    for manifest in [FUZZ, FIELD] {
        run(&mut cargo(&["fmt", "--manifest-path", manifest, "--all", "--check"]))?;
    }
    Ok(())
}

pub(crate) fn run_clippy(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let scope = ["clippy", "--workspace", "--all-targets", "--locked"];
    run(cargo(&scope).args(STRICT))?;
    let scope = ["clippy", "--manifest-path", FUZZ, "--all-targets", "--locked"];
    run(cargo(&scope).args(STRICT))
}

/// A check of its own: whoever does not touch the bench need not build everybody else's queue.
pub(crate) fn run_field(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let scope = ["clippy", "--manifest-path", FIELD, "--workspace", "--all-targets", "--locked"];
    run(cargo(&scope).args(STRICT))
}
