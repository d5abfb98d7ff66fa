//! `forebay serve`: HTTP in, a database out, until it is told to stop.
//!
//! The first signal stops it cleanly: nothing more is accepted, what waits is delivered for as
//! long as `--drain-for` allows. The second one ends it at once. SIGHUP makes it read its settings
//! again.

use std::net::TcpListener;
use std::path::PathBuf;

use forebay_server::{BacklogUrl, Config, Fate, Left, Role, Service, StartError};

use crate::outcome::Failure;
use crate::settings::Given;
use crate::signals::{ReloadSignal, StopSignals};
use crate::{output, runtime};

pub(crate) mod configuration;
mod log;
mod reload;
mod supervisor;
mod traces;
use log::Log;
use reload::Reload;

/// What `forebay serve` was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    /// The file of settings; without one `./forebay.toml`, if it is there.
    pub(crate) config: Option<PathBuf>,
    /// Check and show the settings, try what they name, and no more.
    pub(crate) check: bool,
    /// What the other flags say.
    pub(crate) flags: Vec<Given>,
}

/// Serves, or checks what would be served.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    let Options { config: file, check: _, flags } = &options;
    let in_force = configuration::read(file.as_deref(), std::env::vars_os(), flags.clone())?;
    if options.check {
        Service::check(&in_force.settings.server).map_err(|error| not_started(&error))?;
        configuration::print(&in_force)?;
        return try_out(&in_force.settings.server);
    }
    let log = Log::install(in_force.settings.log.clone(), in_force.settings.log_format);
    let listener = supervisor::listener()?;
    let traces = traces::install(&in_force.settings.server.otel)?;
    let runtime = runtime::of_all_cores()?;
    let reload = Reload {
        file: options.config,
        flags: options.flags,
        latest: in_force.clone(),
        started: in_force,
        log,
    };
    let outcome = runtime.block_on(serve(reload, listener));
    // A write that hangs in the database must not hold up the end.
    runtime.shutdown_background();
    traces.end();
    outcome
}

/// Says of everything that would be opened whether it would do. Nothing is made or changed.
fn try_out(config: &Config) -> Result<(), Failure> {
    let trials = runtime::of_all_cores()?.block_on(Service::try_out(config));
    let trials = trials.map_err(|error| not_started(&error))?;
    output::tell("ok     settings: each of them can be");
    trials.iter().for_each(|trial| output::tell(&trial.to_string()));
    match trials.iter().filter(|trial| trial.outcome.is_err()).count() {
        0 => Ok(()),
        wrong => Err(Failure::Failed(format!("{wrong} of {} would not work", trials.len() + 1))),
    }
}

async fn serve(mut reload: Reload, listener: Option<TcpListener>) -> Result<(), Failure> {
    let unwatched = |error| Failure::Failed(format!("cannot watch for signals: {error}"));
    let mut signals = StopSignals::install().map_err(unwatched)?;
    let mut reloads = ReloadSignal::install().map_err(unwatched)?;
    let config = reload.started.settings.server.clone();
    let sink = config.sink.to_string();
    let scheme = if config.tls.is_on() { "https" } else { "http" };
    let promise = match &config.backlog.url {
        BacklogUrl::Memory => {
            "backlog in memory: accepted events are lost if this process dies".to_owned()
        }
        BacklogUrl::Nats(address) => {
            let spool =
                config.backlog.spool.folder.as_ref().filter(|_| config.role != Role::Consume);
            let before = spool.map_or_else(String::new, |folder| {
                format!("on this machine's disk first, disk:{}, then ", folder.display())
            });
            format!("backlog {before}on {address}, role {}", config.role)
        }
        other => format!("backlog on {other}: accepted events survive this process"),
    };
    let service = tokio::select! {
        started = start(config, listener) => started.map_err(|error| not_started(&error))?,
        _ = signals.next() => return Ok(()),
    };
    reload.log.tell(&format!(
        "forebay is listening on {scheme}://{} (events go to {sink}; {promise})",
        service.local_addr(),
    ));

    supervisor::ready(&service);
    let signal = loop {
        tokio::select! {
            signal = signals.next() => break signal,
            () = reloads.next() => {
                supervisor::reloading();
                reload.now(&service);
                supervisor::ready(&service);
            }
            never = supervisor::reassure(&service) => match never {},
        }
    };
    let drain_for = reload.drain_for();
    supervisor::stopping(&service);
    reload.log.tell(&format!(
        "{signal}: no more events are accepted; delivering what is left for up to {}, a second \
         signal ends at once",
        humantime::format_duration(drain_for),
    ));
    tokio::select! {
        left = service.stop(drain_for) => stopped(&left, &reload.log),
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

fn stopped(left: &Left, log: &Log) -> Result<(), Failure> {
    match (left.waiting + left.in_flight, left.fate) {
        (0, _) => {
            log.tell("forebay has stopped; 0 events left");
            Ok(())
        }
        (kept, Fate::Kept) => {
            log.tell(&format!(
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
        StartError::Config(_)
        | StartError::Tokens(_)
        | StartError::Tls(_)
        | StartError::OpenToAll { .. } => Failure::Usage(reason),
        _ => Failure::Failed(reason),
    }
}
