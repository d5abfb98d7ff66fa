//! forebay measured against others, side by side. `cargo run --release -p forebay-bench` says how.
//!
//! The only place of the workspace that depends on competitors. Everything a bench starts is a process of its own, talks
//! over the loopback only, and is stopped again, also after Ctrl-C.

#![expect(clippy::print_stderr, reason = "a bench tells its progress there")]

// The benches.
mod cluster;
mod controllers;
mod durable;
mod edge;
mod pool;
mod queue;
mod serve;
mod sim;

// Who is measured, and where their rows go.
mod contender;
mod rival;
mod server;
mod setup;
mod sink;

// With what it is measured.
mod clock;
mod rounds;
mod status;
mod usage;
mod wrk;

// What comes of it.
mod failure;
mod goals;
mod provenance;
mod report;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use cluster::BareArgs;
use durable::PartArgs;
use failure::Failure;
use queue::QueueArgs;
use report::Report;
use rival::RivalArgs;
use serve::Size;

/// forebay measured against others, side by side.
///
/// Figures go to standard output, progress to standard error; the last line on standard output is one JSON object with the
/// ratios, the goals and the names of those that were missed. A full run is kept in bench/results. What each bench does and
/// how to read it: bench/README.md.
#[derive(Debug, Parser)]
#[command(name = "forebay-bench", arg_required_else_help = true, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

const EXAMPLES: &str = "Examples:
  cargo run --release -p forebay-bench -- serve --quick    the goals, in about 3 minutes
  cargo run --release -p forebay-bench -- serve            everything, in about 15 minutes, kept in bench/results
  cargo run --release -p forebay-bench -- queue --quick    the queue against its strongest peers, in about 2 minutes
  cargo run --release -p forebay-bench -- queue            against all of them, kept in bench/results
  cargo run --release -p forebay-bench -- sim              the simulator, in about 3 minutes, kept in bench/results
  cargo run --release -p forebay-bench -- pool             the pool against tokio's loops and streams, in half a minute, kept too
  cargo run --release -p forebay-bench -- controllers      the score table of all controllers, kept in bench/results
  cargo run --release -p forebay-bench -- durable          the backlog on disk, in about 12 minutes, kept in bench/results
  cargo run --release -p forebay-bench -- edge             crowds, floods, viewers, TLS, in about 12 minutes, kept in bench/results
  cargo run --release -p forebay-bench -- cluster          one backlog for several processes, in about 5 minutes, kept in bench/results
  cargo run --release -p forebay-bench -- controllers --real   the best of them on PostgreSQL under pgbench, in about 5 minutes
  cargo run --release -p forebay-bench -- queue --cells 'ct/*b128,spike' --peers kanal,tokio";

#[derive(Debug, Subcommand)]
enum Bench {
    /// `forebay serve` against handlers that insert each request themselves
    Serve {
        /// Measure only what has goals, in fewer and shorter rounds, and keep nothing
        #[arg(long)]
        quick: bool,
    },
    /// The queue against every other async channel, cell by cell
    Queue(QueueArgs),
    /// The simulator against SimPy and Ciw
    Sim,
    /// The pool against loops and streams over tokio's channel, with a handler that does nothing
    Pool,
    /// Every controller in every scenario, simulated: which one should decide
    Controllers {
        /// The best of them, and what they are compared with, on a real PostgreSQL that pgbench works on, too
        #[arg(long)]
        real: bool,
    },
    /// The backlog on disk: acknowledged events/s against what the disk allows, against other engines and against other servers
    Durable {
        /// Measure only what has goals, in fewer and shorter rounds, and keep nothing
        #[arg(long)]
        quick: bool,
        /// Measure only these parts, and keep nothing
        #[arg(long, value_delimiter = ',')]
        only: Vec<durable::Part>,
    },
    /// What stands before the queue: slow connections, floods, viewers, what tokens and TLS cost, the start
    Edge {
        /// Measure in fewer and shorter rounds, and keep nothing
        #[arg(long)]
        quick: bool,
        /// Measure only these parts, and keep nothing
        #[arg(long, value_delimiter = ',')]
        only: Vec<edge::Part>,
    },
    /// One backlog for several processes on a NATS server, against a bare publisher and puller
    Cluster {
        /// Measure only what has goals, in fewer and shorter rounds, and keep nothing
        #[arg(long)]
        quick: bool,
    },
    /// Be the bare publisher or puller that `cluster` measures (it starts these)
    Bare(BareArgs),
    /// Be one of the handlers that forebay is measured against (the benches start these)
    Rival(RivalArgs),
    /// Be one of the processes that `durable` measures (it starts these)
    DurablePart(PartArgs),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if cfg!(debug_assertions) {
        eprintln!("a debug build measures nothing of use: run with --release");
        return ExitCode::from(2);
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Failure::because("starting the runtime", error)),
    };
    match runtime.block_on(run(arguments.bench)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(&failure),
    }
}

fn failed(failure: &Failure) -> ExitCode {
    eprintln!("forebay-bench failed: {failure}");
    ExitCode::FAILURE
}

async fn run(bench: Bench) -> Result<(), Failure> {
    match bench {
        Bench::Rival(arguments) => rival::run(arguments).await,
        Bench::Bare(arguments) => cluster::run_bare(arguments).await,
        Bench::DurablePart(arguments) => {
            let part = tokio::task::spawn_blocking(move || durable::run_part(&arguments));
            part.await.map_err(|error| Failure::because("a part", error))?
        }
        Bench::Serve { quick: true } => show(serve::measure(Size::Quick)).await,
        Bench::Serve { quick: false } => keep(serve::measure(Size::Full)).await,
        Bench::Durable { quick, only } => {
            let size = if quick { durable::Size::Quick } else { durable::Size::Full };
            let measuring = durable::measure(size, &only);
            if quick || !only.is_empty() { show(measuring).await } else { keep(measuring).await }
        }
        Bench::Edge { quick, only } => {
            let size = if quick { edge::Size::Quick } else { edge::Size::Full };
            let measuring = edge::measure(size, &only);
            if quick || !only.is_empty() { show(measuring).await } else { keep(measuring).await }
        }
        Bench::Cluster { quick: true } => show(cluster::measure(cluster::Size::Quick)).await,
        Bench::Cluster { quick: false } => keep(cluster::measure(cluster::Size::Full)).await,
        Bench::Sim => keep(sim::measure()).await,
        Bench::Pool => keep(pool::measure()).await,
        Bench::Controllers { real: true } => keep(controllers::measure_real()).await,
        Bench::Controllers { real: false } => {
            let choice = unless_stopped(controllers::measure()).await?;
            eprintln!("kept in {}", choice.report.keep()?.display());
            print_with(&choice.report, &choice.verdict())
        }
        Bench::Queue(arguments) => {
            let findings = unless_stopped(queue::measure(&arguments)).await?;
            if arguments.is_whole() {
                let page = findings.report.keep()?;
                findings.keep_chart(&page)?;
                eprintln!("kept in {}", page.display());
            }
            print(&findings.report)
        }
    }
}

/// Writes one line of JSON to standard output.
fn say(value: &serde_json::Value) -> Result<(), Failure> {
    writeln!(std::io::stdout().lock(), "{value}")
        .map_err(|error| Failure::because("writing to standard output", error))
}

/// Measures and prints what comes of it.
async fn show(measuring: impl Future<Output = Result<Report, Failure>>) -> Result<(), Failure> {
    print(&unless_stopped(measuring).await?)
}

/// The same, and keeps it.
async fn keep(measuring: impl Future<Output = Result<Report, Failure>>) -> Result<(), Failure> {
    let report = unless_stopped(measuring).await?;
    eprintln!("kept in {}", report.keep()?.display());
    print(&report)
}

/// Dropping a measurement stops every process that it has started.
async fn unless_stopped<T>(
    measuring: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        measured = measuring => measured,
        stopped = stop_asked() => Err(stopped),
    }
}

fn print(report: &Report) -> Result<(), Failure> {
    print_with(report, &report.verdict())
}

fn print_with(report: &Report, verdict: &serde_json::Value) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}\n{verdict}", report.markdown())
        .map_err(|error| Failure::because("writing the report", error))
}

/// Waits for SIGINT or SIGTERM, and says so.
async fn stop_asked() -> Failure {
    let (mut interrupt, mut terminate) =
        match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
            (Ok(interrupt), Ok(terminate)) => (interrupt, terminate),
            (Err(error), _) | (_, Err(error)) => {
                return Failure::because("listening for signals", error);
            }
        };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Failure::new("stopped before the end")
}
