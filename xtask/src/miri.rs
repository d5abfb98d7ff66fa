//! `cargo xtask miri`: the queue's tests under the interpreter that finds undefined behavior.

use crate::command::{output, program, run as run_command};
use crate::failure::{Failure, no_arguments};

const GET_IT: &str = "Miri is not on this machine; this gets it:\n    \
    rustup toolchain install nightly --profile minimal --component miri --component rust-src";

/// Whether this machine has Miri. It comes with a nightly toolchain only.
fn is_present() -> bool {
    output(&mut program("cargo", &["+nightly", "miri", "--version"])).is_ok()
}

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    if !is_present() {
        return Err(Failure::failed(GET_IT));
    }
    let mut command = program("cargo", &["+nightly", "miri", "test", "--package", "forebay"]);
    // Ours is the stable toolchain's; the nightly one must not inherit which compiler that is.
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC").env_remove("RUSTDOC");
    run_command(command.env("MIRIFLAGS", "-Zmiri-strict-provenance"))
}
