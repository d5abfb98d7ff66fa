//! A log of one's own in front of a stream: the server is killed, is away, and comes back without what it had stored.

use std::time::Duration;

use forebay_testkit::nats::NatsServer;
use forebay_testkit::program::Signal;

use super::Run;
use super::jetstream::{LOAD, in_the_end, settings};
use crate::clock;
use crate::sheet::Findings;
use crate::stage::Stage;

/// How long the server is away, and how long it is there before, at most.
const LASTS_MS_MAX: u64 = 1_000;

/// Row 35. Each second time the store is gone, as after a loss of power; each third time the program is killed, too, and started
/// before the server is back.
pub(super) fn server_killed(run: &mut Run) -> Result<Findings, String> {
    let kills = run.count(6, 200);
    let server = NatsServer::start_new();
    let stage = Stage::new(run.forebay()).with_backlog(&server.url("events"));
    let spool = format!("[backlog]\nspool = \"disk:{}\"\n", stage.data().display());
    let stage = stage.with_settings(&settings("both").replace("[backlog]\n", &spool));
    let mut running = stage.start()?;
    let mut meanwhile = 0;
    for kill in 0..kills {
        run.tick(kill, kills);
        let [before, away] =
            [(); 2].map(|()| Duration::from_millis(run.chance.below(LASTS_MS_MAX)));
        let is_killed_too = kill % 3 == 2;
        let mut chance = run.chance.fork();
        let (taken, answers) = LOAD.send(&running.client, &stage.oracle, &mut chance, |_| {
            clock::pause(before);
            server.kill();
            if kill % 2 == 0 {
                server.wipe();
            }
            let taken = stage.oracle.acknowledged();
            clock::pause(away);
            if is_killed_too {
                running.signal(Signal::KILL);
            }
            stage.oracle.acknowledged() - taken
        })?;
        meanwhile += taken;
        if answers.sent_away.into_inner() > 0 {
            return Err(format!("it refused what the disk takes: {}", running.says()));
        }
        if is_killed_too {
            running.kill();
            running = stage.start()?;
        }
        server.start();
    }
    let verdict = in_the_end(&stage)?;
    running.settle()?;
    running.stop()?;
    let figure =
        format!("no request sent away, {meanwhile} events taken in while the server was away");
    let mut findings = Findings::of(kills).figure(figure);
    findings.add(&verdict);
    Ok(findings)
}
