//! The program `forebay`: what was asked for is parsed, run, and turned into an exit code.
//!
//! Results go to standard output, text for people to standard error. Exit codes: 0 done,
//! 1 failed, 2 wrong usage.

use std::process::ExitCode;

mod arguments;
mod outcome;

// The commands.
mod backlog;
mod demo;
mod ready;
mod serve;
mod simulate;
mod token;
mod top;

// What comes with the program.
mod completions;
mod manual;

// What the commands are told.
mod settings;

// What the world gives: time, chance, signals, standard output, services, the terminal.
mod chance;
mod clock;
mod output;
mod progress;
mod remote;
mod runtime;
mod signals;
mod terminal;

fn main() -> ExitCode {
    let outcome = match arguments::parse() {
        arguments::Command::Demo(options) => demo::run(&options),
        arguments::Command::Simulate(options) => simulate::run(*options),
        arguments::Command::Serve(options) => serve::run(options),
        arguments::Command::Backlog(options) => backlog::run(options),
        arguments::Command::Token(options) => token::run(&options),
        arguments::Command::Top(options) => top::run(&options),
        arguments::Command::Ready(options) => ready::run(&options),
        arguments::Command::Settings => settings::reference::print(),
        arguments::Command::Completions(shell) => completions::print(shell),
        arguments::Command::Manual(folder) => manual::write(&folder),
    };
    outcome::exit_code(outcome)
}
