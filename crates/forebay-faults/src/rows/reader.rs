//! Somebody who looks into the backlog while it is written.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::Run;
use crate::clock;
use crate::load::{Again, Load};
use crate::sheet::Findings;
use crate::sink::Sink;
use crate::stage::Stage;

const LOAD: Load = Load { clients: 16, group_events_max: 10, again: Again::Anew };

/// Row 14.
pub(super) fn beside(run: &mut Run) -> Result<Findings, String> {
    let for_s = run.size(5, 600);
    let mut stage = Stage::new(run.forebay());
    // Nothing is delivered meanwhile, so that what was acknowledged is to be seen.
    let sink = std::mem::replace(&mut stage.sink, Sink::Nowhere);
    let running = stage.start()?;
    let mut chance = run.chance.fork();
    let (forebay, stage_now) = (run.forebay(), &stage);
    let (looks, answers) = LOAD.send(&running.client, &stage.oracle, &mut chance, |_| {
        looked(forebay, stage_now, Duration::from_secs(for_s))
    })?;
    let looks = looks?;
    running.kill();
    stage.sink = sink;
    let verdict = stage.demand()?;
    let sent_away = answers.sent_away.into_inner();
    let mut findings = Findings::of(looks)
        .figure(format!("{looks} looks at a backlog that grew to {} events", verdict.acknowledged))
        .figure(format!("{sent_away} requests sent away"));
    findings.add(&verdict);
    Ok(findings)
}

/// Looks again and again; each time there must be what was acknowledged before, and nothing damaged.
fn looked(forebay: &Path, stage: &Stage, time: Duration) -> Result<u64, String> {
    let mut looks = 0;
    let mut outcome = Ok(());
    clock::comes_true(time, || {
        let acknowledged = stage.oracle.acknowledged();
        outcome = inspect(forebay, stage.data()).and_then(|found| holds(&found, acknowledged));
        looks += 1;
        outcome.is_err()
    });
    outcome.map(|()| looks)
}

fn inspect(forebay: &Path, folder: &Path) -> Result<Value, String> {
    let mut inspect = Command::new(forebay);
    let output = inspect.args(["backlog", "inspect", "--json"]).arg(folder).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("inspect: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("inspect says no JSON: {error}"))
}

fn holds(found: &Value, acknowledged: u64) -> Result<(), String> {
    let is_whole = found["damaged"] == 0 && found["lost"] == 0 && found["missing_segments"] == 0;
    if is_whole && found["events"].as_u64() >= Some(acknowledged) {
        Ok(())
    } else {
        Err(format!("{acknowledged} were acknowledged before a look that found {found}"))
    }
}
