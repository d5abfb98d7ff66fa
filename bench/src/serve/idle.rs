//! What `serve` and `demo` use while nothing happens.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::clock;
use crate::contender::Contender;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::Ratio;
use crate::server::Server;
use crate::setup::Setup;
use crate::sink::SinkKind;
use crate::status::Status;
use crate::usage::{Ticks, voluntary_switches};
use crate::wrk::Load;

const WATCHED_FOR: Duration = Duration::from_secs(10);
const SETTLES_FOR: Duration = Duration::from_secs(2);

/// Some traffic before the idleness: a service that has never worked is too easily idle.
const TRAFFIC: Load = Load {
    connections: 8,
    events_per_request: 100,
    first_request: 0,
    at_most: Duration::from_secs(10),
    answers: Some(100),
    pause: Duration::ZERO,
};

/// What one process used during [`WATCHED_FOR`].
struct Idle {
    ticks: f64,
    switches_per_s: f64,
}

/// Watches both at once: an idle process does not disturb another.
pub(super) async fn measure(setup: &Setup) -> Result<Vec<Ratio>, Failure> {
    eprintln!("idle: serve after 10,000 delivered events, and demo, for {WATCHED_FOR:?}");
    let sink = setup.empty_sink(SinkKind::Sqlite).await?;
    let serve =
        Server::start(setup, Contender::FOREBAY_SQLITE.command(setup, Some(&sink))?).await?;
    setup.wrk.run(serve.address, TRAFFIC).await?;
    Status::drained(serve.address, Duration::from_secs(30)).await?;
    let mut demo = demo(setup)?;
    let demo_process = demo.id().ok_or_else(|| Failure::new("demo ended at once"))?;
    clock::pause(SETTLES_FOR).await;
    let (serve_idle, demo_idle) = tokio::try_join!(watch(serve.process), watch(demo_process))?;
    serve.stop().await?;
    demo.kill().await.map_err(|error| Failure::because("ending demo", error))?;
    let (none, two) = (Some(Goal::at_most(0.0)), Some(Goal::at_most(2.0)));
    Ok(vec![
        Ratio::of(
            "idle_ticks_10s_serve",
            "processor ticks of an idle `serve` in 10 s",
            none,
            [serve_idle.ticks],
        )?,
        Ratio::of(
            "idle_switches_per_s_serve",
            "its voluntary context switches a second, all threads",
            two,
            [serve_idle.switches_per_s],
        )?,
        Ratio::of(
            "idle_ticks_10s_demo",
            "processor ticks of `demo --speed 0.001` in 10 s",
            none,
            [demo_idle.ticks],
        )?,
        Ratio::of(
            "idle_switches_per_s_demo",
            "its voluntary context switches a second, all threads",
            two,
            [demo_idle.switches_per_s],
        )?,
    ])
}

/// At a thousandth of its speed the first item comes after four minutes at the earliest.
fn demo(setup: &Setup) -> Result<tokio::process::Child, Failure> {
    Command::new(&setup.forebay)
        .args(["demo", "--seed", "1", "--speed", "0.001"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failure::because("starting demo", error))
}

async fn watch(process: u32) -> Result<Idle, Failure> {
    let (ticks, switches) = (Ticks::of(process)?, voluntary_switches(process)?);
    clock::pause(WATCHED_FOR).await;
    let ticks = Ticks::of(process)?.since(ticks);
    // A thread that ended takes its switches with it, hence no plain subtraction.
    let switches = voluntary_switches(process)?.saturating_sub(switches);
    Ok(Idle { ticks: ticks.0 as f64, switches_per_s: switches as f64 / WATCHED_FOR.as_secs_f64() })
}
