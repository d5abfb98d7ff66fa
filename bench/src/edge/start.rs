//! How soon the service is there, and how large its binary is.

use std::time::Duration;

use tokio::process::Command;

use super::Plan;
use crate::clock;
use crate::contender::Contender;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::Ratio;
use crate::server::{Server, free_address};
use crate::setup::Setup;
use crate::sink::SinkKind;
use crate::status::get;

const READY_WITHIN: Duration = Duration::from_secs(20);

/// Each start is of a new backlog.
pub(super) async fn measure(setup: &Setup, plan: Plan) -> Result<Vec<Ratio>, Failure> {
    eprintln!("starts: {} of them", 3 * plan.rounds);
    let mut starts_ms = Vec::new();
    for _ in 0..3 * plan.rounds {
        starts_ms.push(start(setup).await?.as_secs_f64() * 1e3);
    }
    Ok(vec![
        Ratio::of(
            "start_to_ready_ms",
            "from starting the process, on an empty backlog, until /readyz says 200",
            Some(Goal::at_most(100.0)),
            starts_ms,
        )?,
        Ratio::of(
            "binary_mib",
            "the binary, stripped",
            Some(Goal::at_most(25.0)),
            [stripped(setup).await? as f64 / f64::from(1 << 20)],
        )?,
    ])
}

async fn start(setup: &Setup) -> Result<Duration, Failure> {
    let sink = setup.empty_sink(SinkKind::Sqlite).await?;
    let address = free_address()?;
    let mut command = Contender::FOREBAY_SQLITE.command(setup, Some(&sink))?;
    command.arg("--listen").arg(address.to_string());
    let started = clock::now();
    let server = Server::spawn(command, address, setup.folder().join("server.log"))?;
    let ready = async {
        // Nobody answers at first.
        while !get(address, "/readyz").await.is_ok_and(|said| said.starts_with("HTTP/1.1 200")) {
            clock::pause(Duration::from_millis(1)).await;
        }
    };
    let ready = tokio::time::timeout(READY_WITHIN, ready).await;
    let took = started.elapsed();
    ready.map_err(|_| Failure::new(format!("not ready within {READY_WITHIN:?}")))?;
    server.stop().await?;
    Ok(took)
}

async fn stripped(setup: &Setup) -> Result<u64, Failure> {
    let path = setup.folder().join("stripped");
    let failed = |error| Failure::because("stripping the binary", error);
    let status = Command::new("strip").arg("-o").arg(&path).arg(&setup.forebay).status().await;
    if !status.map_err(failed)?.success() {
        return Err(Failure::new("strip (of binutils) does not take the binary"));
    }
    Ok(std::fs::metadata(&path).map_err(failed)?.len())
}
