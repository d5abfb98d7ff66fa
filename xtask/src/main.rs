//! The chores of this workspace, one word each: `cargo xtask WORD`.
//!
//! What a machine can check is checked here and not asked for in prose: the layers between the
//! crates, the sizes of files and functions, the names, the documents. Every command says what it
//! runs before it runs it, never asks, and exits 0 when done, 1 when failed, 2 on wrong usage.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks there")]

mod command;
mod failure;

// What one needs before and while writing.
mod setup;
mod test;

// Everything else that has to hold, together and one by one.
mod book;
mod ci;
mod clock;
mod deny;
mod docs;
mod faults;
mod fuzz;
mod layers;
mod lint;
mod miri;
mod model;
mod package;
mod soak;
mod tidy;
mod tsan;
mod wasm;

use std::path::PathBuf;
use std::process::ExitCode;

use failure::Failure;

/// What a word does with the arguments behind it.
type Work = fn(&[String]) -> Result<(), Failure>;

/// One word of `cargo xtask WORD`.
struct Chore {
    name: &'static str,
    takes: &'static str,
    does: &'static str,
    run: Work,
}

/// In the order a newcomer needs them; the help prints this table.
const CHORES: [Chore; 19] = [
    Chore {
        name: "test",
        takes: "[-- ARGS]",
        does: "setup, then every test: cargo test --workspace --locked ARGS",
        run: test::run,
    },
    Chore {
        name: "ci",
        takes: "",
        does: "everything else that must hold: all the checks below, with a summary",
        run: ci::run,
    },
    Chore {
        name: "setup",
        takes: "[bench]",
        does: "installs what the tests (or the benches) need and this machine lacks",
        run: setup::run,
    },
    Chore {
        name: "fmt",
        takes: "",
        does: "is the source formatted? (cargo fmt --all writes it)",
        run: lint::run_fmt,
    },
    Chore {
        name: "clippy",
        takes: "",
        does: "clippy over everything, warnings are errors",
        run: lint::run_clippy,
    },
    Chore {
        name: "field",
        takes: "",
        does: "the same over bench/field and bench/clients, where the competitors are",
        run: lint::run_field,
    },
    Chore {
        name: "docs",
        takes: "",
        does: "the documentation, private items too, warnings are errors",
        run: docs::run,
    },
    Chore {
        name: "book",
        takes: "",
        does: "draws the book's pictures and builds it into target/book (with mdbook)",
        run: book::run,
    },
    Chore {
        name: "package",
        takes: "",
        does: "what one installs, in target/dist: a static binary, a Debian package",
        run: package::run,
    },
    Chore {
        name: "model",
        takes: "[small]",
        does: "every interleaving of small cases, under loom; `small`, as in ci, explores less far",
        run: model::run,
    },
    Chore {
        name: "miri",
        takes: "",
        does: "the queue's tests under Miri (a nightly component, not on every machine)",
        run: miri::run,
    },
    Chore {
        name: "tsan",
        takes: "",
        does: "the queue's tests under ThreadSanitizer (with a nightly toolchain)",
        run: tsan::run,
    },
    Chore {
        name: "wasm",
        takes: "",
        does: "does the queue build for WebAssembly? (rustup gets the target)",
        run: wasm::run,
    },
    Chore {
        name: "fuzz",
        takes: "[SECONDS] [TARGET...]",
        does: "random calls against the reference model, bytes for every parser (nightly, cargo-fuzz; 60 seconds each)",
        run: fuzz::run,
    },
    Chore {
        name: "faults",
        takes: "[OPTIONS]",
        does: "kill, power loss, failing disks and databases; every acknowledged event is demanded",
        run: faults::run,
    },
    Chore {
        name: "soak",
        takes: "[TIMES]",
        does: "the queue's random and racing tests 200 (or TIMES) times as often; minutes",
        run: soak::run,
    },
    Chore {
        name: "deny",
        takes: "[advisories]",
        does: "licenses, duplicates and sources of what we depend on (or known holes)",
        run: deny::run,
    },
    Chore {
        name: "tidy",
        takes: "",
        does: "sizes, names, tests and documents, by this repository's rules",
        run: tidy::run,
    },
    Chore { name: "layers", takes: "", does: "who may depend on whom", run: layers::run },
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match go_to_root().and_then(|()| dispatch(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Every chore works from the workspace's root, wherever it was called.
fn go_to_root() -> Result<(), Failure> {
    let Some(own_folder) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        return Ok(()); // Started without cargo: the caller chose the folder.
    };
    let root = PathBuf::from(own_folder).join("..");
    std::env::set_current_dir(&root)
        .map_err(|error| Failure::failed(format!("cannot enter {}: {error}", root.display())))
}

fn dispatch(args: &[String]) -> Result<(), Failure> {
    let Some((word, rest)) = args.split_first() else {
        print!("{}", help());
        return Ok(());
    };
    if matches!(word.as_str(), "help" | "-h" | "--help") {
        print!("{}", help());
        return Ok(());
    }
    match CHORES.iter().find(|chore| chore.name == word) {
        Some(chore) => (chore.run)(rest),
        None => Err(Failure::usage(format!("there is no `{word}`\n\n{}", help()))),
    }
}

fn help() -> String {
    let mut text = String::from(
        "The chores of this workspace.\n\n    cargo xtask test    before you start, and after each change\n    \
         cargo xtask ci      before you hand it in\n\nUsage: cargo xtask WORD\n\n",
    );
    for Chore { name, takes, does, .. } in &CHORES {
        let usage = format!("{name} {takes}");
        text.push_str(&format!("    {usage:<18}{does}\n"));
    }
    text.push_str("\nExit code: 0 done, 1 failed, 2 wrong usage.\n");
    text
}

#[cfg(test)]
mod tests {
    use super::{CHORES, dispatch, help};

    fn exit_code_of(args: &[&str]) -> u8 {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        dispatch(&args).map_or_else(|failure| failure.exit_code(), |()| 0)
    }

    #[test]
    fn the_help_names_every_chore() {
        for chore in &CHORES {
            assert!(help().contains(&format!("    {} ", chore.name)), "{} is missing", chore.name);
        }
    }

    #[test]
    fn an_unknown_word_is_wrong_usage() {
        assert_eq!(exit_code_of(&["tets"]), 2);
        assert_eq!(exit_code_of(&["tidy", "everything"]), 2);
        assert_eq!(exit_code_of(&["setup", "bnech"]), 2);
        assert_eq!(exit_code_of(&["deny", "bans"]), 2);
        assert_eq!(exit_code_of(&["fuzz", "long"]), 2);
        assert_eq!(exit_code_of(&["soak", "often"]), 2);
        assert_eq!(exit_code_of(&["model", "large"]), 2);
    }
}
