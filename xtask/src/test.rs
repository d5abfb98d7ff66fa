//! `cargo xtask test`: the README's test command, for a machine with Rust and Debian.

use crate::command::{cargo, run as run_command};
use crate::failure::Failure;
use crate::setup;

/// What is not in the program by itself, and is tested with it.
const FEATURES: [&str; 2] = ["--features", "forebay-cli/otel"];

/// Installs what is missing, then runs every test of the workspace, documentation included.
pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    let extra = match args.split_first() {
        None => &[],
        Some((first, rest)) if first == "--" => rest,
        Some((first, _)) => {
            let hint = format!("put what cargo test should get behind `--`, like: -- {first}");
            return Err(Failure::usage(hint));
        }
    };
    println!("step 1 of 2: what the tests need on this machine");
    setup::for_tests()?;
    println!("step 2 of 2: every test of the workspace, examples in the documentation included");
    run_command(cargo(&["test", "--workspace", "--locked"]).args(FEATURES).args(extra))
}
