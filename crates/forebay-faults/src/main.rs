//! The fault sheet: the real program is killed, loses power, meets full, slow and failing disks and
//! databases; and somebody who knows nothing of how it works demands every event it acknowledged.
//!
//! `cargo xtask faults` builds and runs it.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks there")]

// Whoever remembers.
mod event;
mod oracle;

// The program, what it is fed with, and where that ends up.
mod clock;
mod hosts;
mod load;
mod program;
mod proxy;
mod sink;
mod stage;

// What is done to it.
mod rows;
mod trace;

mod document;
mod sheet;

use std::io::IsTerminal as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use forebay_testkit::chance::Chance;
use forebay_testkit::seed;

use rows::{Form, JETSTREAM, ROWS, Row, Run};
use sheet::{Findings, Sheet};

/// Injects faults into the real program and demands every acknowledged event.
#[derive(Debug, Parser)]
#[command(name = "forebay-faults", args_conflicts_with_subcommands = true)]
struct Command {
    #[command(subcommand)]
    trace: Option<Trace>,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Subcommand)]
enum Trace {
    /// Runs a program with another one between it and the kernel (for the rows themselves).
    Trace {
        /// What to do to it.
        plan: PathBuf,
        /// The program and its arguments.
        #[arg(last = true, required = true)]
        program: Vec<String>,
    },
}

#[derive(Debug, Args)]
struct Options {
    /// The sizes for every change, in some minutes; without it those for a release.
    #[arg(long)]
    short: bool,
    /// Only the rows about a backlog on NATS JetStream.
    #[arg(long, conflicts_with = "rows")]
    jetstream: bool,
    /// Repeats a run: the number that it printed.
    #[arg(long)]
    seed: Option<u64>,
    /// The program under test, built already; without it, it is built.
    #[arg(long, value_name = "PROGRAM")]
    forebay: Option<PathBuf>,
    /// So many faults, where a row has a number of them, and not as many as the form says.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    times: Option<u64>,
    /// Writes what comes of each row into docs/faults.md, in the place of its last run.
    #[arg(long)]
    write: bool,
    /// Prints the sheet as JSON on standard output.
    #[arg(long)]
    json: bool,
    /// Only these rows; without any, all.
    rows: Vec<u32>,
}

fn main() -> ExitCode {
    let Command { trace, options } = Command::parse();
    if let Some(Trace::Trace { plan, program }) = trace {
        return match trace::run(&plan, &program) {
            Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)),
            Err(why) => {
                eprintln!("forebay-faults trace: {why}");
                ExitCode::FAILURE
            }
        };
    }
    match run(&options) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("forebay-faults: {why}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<ExitCode, String> {
    let rows = chosen(if options.jetstream { &JETSTREAM } else { &options.rows })?;
    let forebay = match &options.forebay {
        None => program::built()?,
        // It is started in other folders than this one.
        Some(path) => {
            path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?
        }
    };
    let form = if options.short { Form::Short } else { Form::Long };
    let seed = options.seed.unwrap_or_else(seed::fresh);
    let mut sheet = Sheet::new(command(options, seed), seed);
    eprintln!("to repeat this run: {}", sheet.command());
    // A panic is a row that failed; it is told with the others.
    std::panic::set_hook(Box::new(|_| {}));
    for row in rows {
        // Each row draws its own numbers, so that it can be repeated alone.
        let chance = Chance::new(seed ^ u64::from(row.number));
        let mut run = Run { forebay: forebay.clone(), form, times: options.times, chance, row };
        run.tick(0, 1);
        let began = clock::now();
        let outcome = injected(row, &mut run);
        sheet.add(row, began.elapsed(), outcome);
        let clear = if std::io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
        eprintln!("{clear}{}", sheet.last_line());
        if options.write {
            // At once: a long run may not come to its end.
            document::write(form, &sheet, &again(options, seed))?;
        }
    }
    eprintln!("\n{}\n\n{}\nto repeat: {}", sheet.markdown(), sheet.sentence(), sheet.command());
    if options.json {
        println!("{}", sheet.json());
    }
    Ok(if sheet.failed().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn injected(row: &Row, run: &mut Run) -> Result<Findings, String> {
    catch_unwind(AssertUnwindSafe(|| (row.inject)(run))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Err(text.unwrap_or_else(|| "it panicked".to_owned()))
    })
}

fn chosen(numbers: &[u32]) -> Result<Vec<&'static Row>, String> {
    if numbers.is_empty() {
        return Ok(ROWS.iter().collect());
    }
    let row = |number: &u32| {
        let all = || ROWS.iter().map(|row| row.number.to_string()).collect::<Vec<_>>().join(" ");
        let row = ROWS.iter().find(|row| row.number == *number);
        row.ok_or_else(|| format!("there is no row {number}; there are {}", all()))
    };
    numbers.iter().map(row).collect()
}

fn command(options: &Options, seed: u64) -> String {
    let mut command = String::from("cargo xtask faults");
    if options.short {
        command.push_str(" --short");
    }
    if options.jetstream {
        command.push_str(" --jetstream");
    }
    command.push_str(&format!(" {}", again(options, seed)));
    for row in &options.rows {
        command.push_str(&format!(" {row}"));
    }
    command
}

/// What makes a row the same again.
fn again(options: &Options, seed: u64) -> String {
    let times = options.times.map_or_else(String::new, |times| format!(" --times {times}"));
    format!("--seed {seed}{times}")
}
