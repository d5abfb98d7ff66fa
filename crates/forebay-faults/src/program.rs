//! The program under test: where it is, and building it.

use std::path::PathBuf;
use std::process::Command;

/// Builds it as this program was built, and says where it is.
///
/// # Errors
/// It cannot be built.
pub(crate) fn built() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    // `target/PROFILE/forebay-faults`, or `target/PROFILE/deps/…` for its tests.
    let mut folder = own.parent().ok_or("a program is in a folder")?;
    if folder.ends_with("deps") {
        folder = folder.parent().ok_or("deps is in a folder")?;
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--locked", "--package", "forebay-cli"]);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let status = cargo.current_dir(root).status();
    let status = status.map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err("`cargo build --package forebay-cli` failed".to_owned());
    }
    Ok(folder.join("forebay"))
}
