//! `cargo xtask miri`: the queue's tests under the interpreter that finds undefined behavior.

use crate::command::{nightly, output, run as run_command};
use crate::failure::{Failure, no_arguments};

const GET_IT: &str = "Miri is not on this machine; this gets it:\n    \
    rustup toolchain install nightly --profile minimal --component miri --component rust-src";

/// Whether this machine has Miri. It comes with a nightly toolchain only.
fn is_present() -> bool {
    output(&mut nightly("cargo", &["miri", "--version"])).is_ok()
}

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    if !is_present() {
        return Err(Failure::failed(GET_IT));
    }
    let mut command = nightly("cargo", &["miri", "test", "--package", "forebay"]);
    // To find the names for a backtrace takes the interpreter minutes, and many tests panic on purpose.
    command.env("MIRIFLAGS", "-Zmiri-strict-provenance").env("RUST_BACKTRACE", "0");
    run_command(&mut command)
}
