//! `cargo xtask fmt`, `cargo xtask clippy` and `cargo xtask field`: how the source looks.

use crate::command::{cargo, run};
use crate::failure::{Failure, no_arguments};

/// The fuzzer, the field of the queue bench and the clients of the durable one are workspaces of their own.
const FUZZ: &str = "fuzz/Cargo.toml";
const FIELD: &str = "bench/field/Cargo.toml";
const CLIENTS: &str = "bench/clients/Cargo.toml";

/// Warnings are errors.
const STRICT: [&str; 3] = ["--", "-D", "warnings"];

pub(crate) fn run_fmt(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    for manifest in [FUZZ, FIELD, CLIENTS] {
        run(&mut cargo(&["fmt", "--manifest-path", manifest, "--all", "--check"]))?;
    }
    Ok(())
}

pub(crate) fn run_clippy(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let scope = ["clippy", "--workspace", "--all-targets", "--locked"];
    run(cargo(&scope).args(STRICT))?;
    // What is there without the feature, and in its place with it.
    let scope = ["clippy", "--package", "forebay-cli", "--package", "forebay-server"];
    let with = ["--features", "forebay-cli/otel", "--all-targets", "--locked"];
    run(cargo(&scope).args(with).args(STRICT))?;
    let scope = ["clippy", "--manifest-path", FUZZ, "--all-targets", "--locked"];
    run(cargo(&scope).args(STRICT))
}

/// A check of its own: whoever does not touch the bench need not build everybody else's queue.
pub(crate) fn run_field(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    for manifest in [FIELD, CLIENTS] {
        let scope = ["clippy", "--manifest-path", manifest, "--workspace", "--all-targets"];
        run(cargo(&scope).arg("--locked").args(STRICT))?;
    }
    Ok(())
}
