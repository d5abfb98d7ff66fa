//! `forebay completions SHELL`: what a shell has to know to complete our command line.

use std::io::{self, Write};

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::arguments;
use crate::outcome::Failure;

/// The shells that are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl ValueEnum for Shell {
    fn value_variants<'a>() -> &'a [Self] {
        &[Shell::Bash, Shell::Zsh, Shell::Fish]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }))
    }
}

/// Prints the script.
pub(crate) fn print(shell: Shell) -> Result<(), Failure> {
    let generator = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    // Written in one piece: the generator panics when nobody reads.
    let mut script = Vec::new();
    clap_complete::generate(generator, &mut arguments::forebay(), "forebay", &mut script);
    io::stdout().write_all(&script).map_err(|error| Failure::of_output(&error))
}
