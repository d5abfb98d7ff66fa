//! `forebay serve`: HTTP in, a database out, until it is told to stop.
//!
//! The first signal stops it cleanly: nothing more is accepted, what waits is delivered for as
//! long as `--drain-for` allows. The second one ends it at once.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use forebay_server::{BacklogUrl, Config, Fate, Left, Service, StartError};

use crate::outcome::Failure;
use crate::settings::Given;
use crate::signals::StopSignals;
use crate::{output, runtime};

pub(crate) mod configuration;
mod log;
mod supervisor;

/// What `forebay serve` was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    /// The file of settings; without one `./forebay.toml`, if it is there.
    pub(crate) config: Option<PathBuf>,
    /// Check and show the settings, and no more.
    pub(crate) check: bool,
    /// What the other flags say.
    pub(crate) flags: Vec<Given>,
}

/// Serves, or checks what would be served.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    let in_force =
        configuration::read(options.config.as_deref(), std::env::vars_os(), options.flags)?;
    if options.check {
        Service::check(&in_force.settings.server).map_err(|error| not_started(&error))?;
        return configuration::print(&in_force);
    }
    log::install(in_force.settings.log);
    let listener = supervisor::listener()?;
    let runtime = runtime::of_all_cores()?;
    let outcome = runtime.block_on(serve(in_force.settings.server, listener));
    // A write that hangs in the database must not hold up the end.
    runtime.shutdown_background();
    outcome
}

async fn serve(config: Config, listener: Option<TcpListener>) -> Result<(), Failure> {
    let mut signals = StopSignals::install()
        .map_err(|error| Failure::Failed(format!("cannot watch for signals: {error}")))?;
    let drain_for = Duration::from_millis(config.drain_for_ms);
    let sink = config.sink.to_string();
    let promise = match &config.backlog.url {
        BacklogUrl::Memory => {
            "backlog in memory: accepted events are lost if this process dies".to_owned()
        }
        other => format!("backlog on {other}: accepted events survive this process"),
    };
    let service = tokio::select! {
        started = start(config, listener) => started.map_err(|error| not_started(&error))?,
        _ = signals.next() => return Ok(()),
    };
    output::tell(&format!(
        "forebay is listening on http://{} (events go to {sink}; {promise})",
        service.local_addr(),
    ));

    supervisor::ready(&service);
    let signal = tokio::select! {
        signal = signals.next() => signal,
        never = supervisor::reassure(&service) => match never {},
    };
    supervisor::stopping(&service);
    output::tell(&format!(
        "{signal}: no more events are accepted; delivering what is left for up to {}, a second \
         signal ends at once",
        humantime::format_duration(drain_for),
    ));
    tokio::select! {
        left = service.stop(drain_for) => stopped(&left),
        signal = signals.next() => Err(Failure::Failed(format!(
            "ended at once by a second {signal}; what was still waiting, if anything, is lost with \
             a memory backlog, and kept by one on disk"
        ))),
    }
}

async fn start(config: Config, listener: Option<TcpListener>) -> Result<Service, StartError> {
    match listener {
        Some(listener) => Service::start_on(config, listener).await,
        None => Service::start(config).await,
    }
}

fn stopped(left: &Left) -> Result<(), Failure> {
    match (left.waiting + left.in_flight, left.fate) {
        (0, _) => {
            output::tell("forebay has stopped; 0 events left");
            Ok(())
        }
        (kept, Fate::Kept) => {
            output::tell(&format!(
                "forebay has stopped; {kept} events are kept, and delivered after the next start"
            ));
            Ok(())
        }
        (left, _) => Err(Failure::Failed(format!(
            "{left} events were not delivered and are lost with the memory backlog"
        ))),
    }
}

fn not_started(error: &StartError) -> Failure {
    let reason = error.to_string();
    match error {
        StartError::Config(_) | StartError::Tokens(_) | StartError::OpenToAll { .. } => {
            Failure::Usage(reason)
        }
        _ => Failure::Failed(reason),
    }
}
