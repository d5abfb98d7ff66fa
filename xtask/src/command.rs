//! Starting other programs: each is announced by the line one could type oneself.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// The `cargo` that started us, so that a `+toolchain` on the command line reaches every step.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

/// `program args`, started without a standard input: nothing here ever asks.
pub(crate) fn program(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(args);
    command
}

/// `program +nightly args`, for what only a nightly toolchain can do. Ours is the stable one, and
/// which compiler that is must not be inherited.
pub(crate) fn nightly(name: &str, args: &[&str]) -> Command {
    let mut command = program(name, &["+nightly"]);
    command.args(args).env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC").env_remove("RUSTDOC");
    command
}

/// Where to build with flags that change every crate: in a folder of its own, since the ordinary
/// build would start from nothing afterwards.
pub(crate) fn target_of(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    target.join(name)
}

/// Announces the command and runs it; its output goes where ours goes.
///
/// # Errors
/// The program is missing, or ended with anything but success.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = shown(command);
    println!("==> {line}");
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Failure::failed(format!("cannot start `{line}`: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::failed(format!("`{line}` failed: {status}")))
    }
}

/// Runs the command quietly and returns its standard output.
///
/// # Errors
/// The program is missing, or failed; what it said on standard error is in the message.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let line = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::failed(format!("cannot start `{line}`: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::failed(format!("`{line}` failed: {}\n{said}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The command as one would type it: set variables first, programs without their folder.
pub(crate) fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy();
    let set = command.get_envs().filter_map(|(key, value)| {
        Some(format!("{}={}", key.to_string_lossy(), quoted(&value?.to_string_lossy())))
    });
    let args = command.get_args().map(|arg| quoted(&arg.to_string_lossy()));
    set.chain([name.into_owned()]).chain(args).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    if word.contains(|c: char| c.is_whitespace() || "'\"&|;<>$*".contains(c)) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{nightly, output, program, run, shown};

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = program("/usr/bin/env", &["sh", "-c", "echo a b"]);
        command.env("LEVEL", "one two");
        assert_eq!(shown(&command), "LEVEL='one two' env sh -c 'echo a b'");
    }

    #[test]
    fn a_nightly_tool_does_not_inherit_which_compiler_is_ours() {
        let command = nightly("cargo", &["miri", "test"]);
        assert_eq!(shown(&command), "cargo +nightly miri test");
        let cleared: Vec<_> = command.get_envs().map(|(key, _)| key).collect();
        assert_eq!(cleared, ["RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"]);
    }

    #[test]
    fn a_failing_or_missing_program_is_an_error_that_names_it() {
        let failed = run(&mut program("false", &[])).expect_err("false fails").to_string();
        assert!(failed.starts_with("`false` failed"), "{failed}");
        let missing = output(&mut program("no-such-program", &[])).expect_err("it is missing");
        assert!(missing.to_string().starts_with("cannot start `no-such-program`"), "{missing}");
    }
}
