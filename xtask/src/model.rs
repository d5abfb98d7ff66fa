//! `cargo xtask model`: the queue and its lock under loom, which runs small cases in every
//! interleaving that has no more than so many preemptions.
//!
//! How many each case can afford stands beside it, twice: `small` is what `cargo xtask ci` waits
//! for, the large one takes minutes. `LOOM_MAX_PREEMPTIONS` sets one number for all of them.

use crate::command::{cargo, run as run_command, target_of};
use crate::failure::{Failure, no_arguments};

/// What the models are told; they read it in `FOREBAY_MODEL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Small,
    Large,
}

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    explore(size_in(args)?)
}

pub(crate) fn run_small(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    explore(Size::Small)
}

fn size_in(args: &[String]) -> Result<Size, Failure> {
    match args {
        [] => Ok(Size::Large),
        [word] if word == "small" => Ok(Size::Small),
        [word, ..] => Err(Failure::usage(format!("model takes nothing or `small`, not `{word}`"))),
    }
}

fn explore(size: Size) -> Result<(), Failure> {
    let mut command = cargo(&["test", "--package", "forebay", "--locked", "--release"]);
    command.args(["--lib", "--test", "main"]).env("RUSTFLAGS", "--cfg forebay_loom");
    if size == Size::Large {
        command.env("FOREBAY_MODEL", "large");
    }
    run_command(command.env("CARGO_TARGET_DIR", target_of("model")))
}

#[cfg(test)]
mod tests {
    use super::{Size, size_in};

    #[test]
    fn it_explores_far_unless_told_otherwise() {
        let of = |words: &[&str]| {
            size_in(&words.iter().map(ToString::to_string).collect::<Vec<_>>()).ok()
        };
        assert_eq!(of(&[]), Some(Size::Large));
        assert_eq!(of(&["small"]), Some(Size::Small));
        assert_eq!(of(&["smal"]), None);
    }
}
