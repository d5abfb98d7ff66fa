//! `cargo xtask fuzz`: random calls on the queue against the reference model, and random bytes for
//! every parser of what comes from outside, guided by which code they reach, with the address
//! sanitizer looking on. What it starts is in `fuzz/`.

use crate::command::{cargo, nightly, output, run as run_command, target_of};
use crate::failure::{Failure, no_arguments};

/// Each is a program of `fuzz/Cargo.toml`.
const TARGETS: [&str; 10] = [
    "operations",
    "json",
    "cloud_event",
    "csv",
    "form",
    "packed",
    "head",
    "columns",
    "log",
    "settings",
];

const SECONDS: u32 = 60;

const GET_IT: &str = "cargo-fuzz, or the nightly toolchain it needs, is not on this machine; this gets \
    them:\n    rustup toolchain install nightly --profile minimal\n    cargo install cargo-fuzz --locked";

/// Runs each target, or those that are named, for so many seconds. What it finds interesting stays
/// in `fuzz/corpus` for the next time, what fails in `fuzz/artifacts`.
pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    let Asked { seconds, targets } = asked(args)?;
    if output(&mut nightly("cargo", &["fuzz", "--version"])).is_err() {
        return Err(Failure::failed(GET_IT));
    }
    targets.iter().try_for_each(|target| run_target(target, seconds))
}

/// What `cargo xtask ci` runs: the seeds and some random bytes, with the stable toolchain.
pub(crate) fn run_seeds(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    run_command(&mut cargo(&["test", "--manifest-path", "fuzz/Cargo.toml", "--locked"]))
}

#[derive(Debug, PartialEq, Eq)]
struct Asked {
    seconds: u32,
    targets: Vec<&'static str>,
}

fn asked(args: &[String]) -> Result<Asked, Failure> {
    let hint = || {
        let targets = TARGETS.join(" ");
        Failure::usage(format!("fuzz takes a whole number of seconds, and targets: {targets}"))
    };
    let (seconds, names) = match args {
        [word, names @ ..] if word.starts_with(|first: char| first.is_ascii_digit()) => {
            (word.parse().ok().filter(|&seconds| seconds > 0).ok_or_else(hint)?, names)
        }
        names => (SECONDS, names),
    };
    let known = |name: &String| TARGETS.into_iter().find(|target| target == name);
    let named: Option<Vec<_>> = names.iter().map(known).collect();
    let named = named.ok_or_else(hint)?;
    Ok(Asked { seconds, targets: if named.is_empty() { TARGETS.to_vec() } else { named } })
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

    use super::{Asked, SECONDS, TARGETS, asked};

    fn asked_by(words: &[&str]) -> Option<Asked> {
        asked(&words.iter().map(ToString::to_string).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn it_runs_what_it_is_told_for_as_long_as_it_is_told() {
        let all = TARGETS.to_vec();
        assert_eq!(asked_by(&[]), Some(Asked { seconds: SECONDS, targets: all.clone() }));
        assert_eq!(asked_by(&["600"]), Some(Asked { seconds: 600, targets: all }));
        let two = Asked { seconds: 5, targets: vec!["csv", "json"] };
        assert_eq!(asked_by(&["5", "csv", "json"]), Some(two));
        for wrong in [&["0"][..], &["-1"], &["long"], &["1", "2"], &["csv", "1"], &["1x"]] {
            assert_eq!(asked_by(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn every_target_is_a_program_and_has_seeds() {
        let programs = std::fs::read_to_string("../fuzz/Cargo.toml").expect("it is there");
        for target in TARGETS {
            assert!(programs.contains(&format!("name = \"{target}\"\n")));
            assert!(Path::new(&format!("../fuzz/seeds/{target}")).is_dir());
        }
    }
}
