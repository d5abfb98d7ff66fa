//! `cargo xtask fuzz`: random calls on the queue against the reference model, and random bytes for
//! every parser of what comes from outside, guided by which code they reach, with the address
//! sanitizer looking on. What it starts is in `fuzz/`.

use crate::command::{cargo, nightly, output, run as run_command, target_of};
use crate::failure::{Failure, no_arguments};

/// Each is a file in `fuzz/targets`.
const TARGETS: [&str; 8] =
    ["operations", "json", "cloud_event", "csv", "form", "packed", "head", "columns"];

const SECONDS: u32 = 60;

const GET_IT: &str = "cargo-fuzz, or the nightly toolchain it needs, is not on this machine; this gets \
    them:\n    rustup toolchain install nightly --profile minimal\n    cargo install cargo-fuzz --locked";

/// Runs each target for so many seconds. What it finds interesting stays in `fuzz/corpus` for the
/// next time, what fails in `fuzz/artifacts`.
pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    let seconds = seconds_in(args)?;
    if output(&mut nightly("cargo", &["fuzz", "--version"])).is_err() {
        return Err(Failure::failed(GET_IT));
    }
    TARGETS.iter().try_for_each(|target| run_target(target, seconds))
}

/// What `cargo xtask ci` runs: the seeds and some random bytes, with the stable toolchain.
pub(crate) fn run_seeds(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    run_command(&mut cargo(&["test", "--manifest-path", "fuzz/Cargo.toml", "--locked"]))
}

fn seconds_in(args: &[String]) -> Result<u32, Failure> {
    let hint = || Failure::usage("fuzz takes nothing or a whole number of seconds, 1 or more");
    match args {
        [] => Ok(SECONDS),
        [word] => word.parse().ok().filter(|&seconds| seconds > 0).ok_or_else(hint),
        _ => Err(hint()),
    }
}

fn run_target(target: &str, seconds: u32) -> Result<(), Failure> {
    let found = format!("fuzz/corpus/{target}");
    std::fs::create_dir_all(&found)
        .map_err(|error| Failure::failed(format!("cannot make {found}: {error}")))?;
    let mut command = nightly("cargo", &["fuzz", "run", "--fuzz-dir", "fuzz", target]);
    // The first folder gets what is new; the other one is as it is in the repository.
    command.args([&found, &format!("fuzz/seeds/{target}")]);
    command.args(["--", &format!("-max_total_time={seconds}"), "-max_len=600"]);
    run_command(command.env("CARGO_TARGET_DIR", target_of("fuzz")))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{SECONDS, TARGETS, seconds_in};

    fn seconds_of(words: &[&str]) -> Option<u32> {
        seconds_in(&words.iter().map(ToString::to_string).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn it_runs_for_as_long_as_it_is_told() {
        assert_eq!(seconds_of(&[]), Some(SECONDS));
        assert_eq!(seconds_of(&["600"]), Some(600));
        for wrong in [&["0"][..], &["-1"], &["long"], &["1", "2"]] {
            assert_eq!(seconds_of(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn every_target_is_a_file_and_has_seeds() {
        for target in TARGETS {
            assert!(Path::new(&format!("../fuzz/targets/{target}.rs")).is_file());
            assert!(Path::new(&format!("../fuzz/seeds/{target}")).is_dir());
        }
    }
}
