//! `cargo xtask docs`: the documentation as readers and as maintainers see it.

use crate::command::{cargo, run as run_command};
use crate::failure::{Failure, no_arguments};

/// The programs go first: the library `forebay` and the program `forebay` have the same page, and
/// the library's is the one to be left for a reader. The private view comes before the public one
/// for the same reason; each finds broken links that the other cannot see.
const VIEWS: [&[&str]; 3] =
    [&["--bins", "--document-private-items"], &["--lib", "--document-private-items"], &["--lib"]];

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    for view in VIEWS {
        let mut command = cargo(&["doc", "--workspace", "--no-deps", "--locked"]);
        run_command(command.args(view).env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    Ok(())
}
