//! `cargo xtask deny`: what we depend on, by the rules in `deny.toml`.

use crate::command::{cargo, output, run as run_command};
use crate::failure::Failure;

/// The version that `deny.toml` is written for; another one that is already here will do.
const VERSION: &str = "0.20.2";

/// Without an argument it checks what needs no network; known holes come from a list that is
/// downloaded, so they are asked for by name and never stop an offline build.
pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    let checks: &[&str] = match args {
        [] => &["licenses", "bans", "sources"],
        [word] if word == "advisories" => &["advisories"],
        [word, ..] => {
            let hint = format!("deny takes nothing or `advisories`, not `{word}`");
            return Err(Failure::usage(hint));
        }
    };
    install_if_missing()?;
    run_command(cargo(&["deny", "--workspace", "--all-features", "check"]).args(checks))
}

fn install_if_missing() -> Result<(), Failure> {
    if output(&mut cargo(&["deny", "--version"])).is_ok() {
        return Ok(());
    }
    println!("cargo-deny is not on this machine: building it, which takes some minutes, once");
    run_command(cargo(&["install", "cargo-deny", "--locked"]).args(["--version", VERSION]))
}
