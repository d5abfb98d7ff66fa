//! `cargo xtask model`: the queue's wait protocol, every interleaving of small cases, under loom.

use std::path::PathBuf;

use crate::command::{cargo, run as run_command};
use crate::failure::{Failure, no_arguments};

/// Builds in a folder of its own, since the flag changes every crate and would otherwise have the
/// ordinary build start from nothing afterwards.
pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    let mut command = cargo(&["test", "--package", "forebay", "--locked", "--release"]);
    command.args(["--lib", "--test", "main"]).env("RUSTFLAGS", "--cfg forebay_loom");
    run_command(command.env("CARGO_TARGET_DIR", target.join("model")))
}
