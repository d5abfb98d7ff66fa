//! `cargo xtask fmt` and `cargo xtask clippy`: how the source looks.

use crate::command::{cargo, run};
use crate::failure::{Failure, no_arguments};

pub(crate) fn run_fmt(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

pub(crate) fn run_clippy(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let scope = ["clippy", "--workspace", "--all-targets", "--locked"];
    run(cargo(&scope).args(["--", "-D", "warnings"]))
}
