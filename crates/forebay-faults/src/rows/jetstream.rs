//! A backlog that several processes share on a NATS server: the server is killed, and each of those who share.
//!
//! What a server of Debian 12 cannot promise is not tested: it syncs every two minutes, so a loss of power
//! loses what was acknowledged since.

use std::time::Duration;

use forebay_testkit::nats::NatsServer;
use forebay_testkit::program::Signal;

use super::Run;
use crate::clock;
use crate::load::{Again, Load};
use crate::oracle::Verdict;
use crate::sheet::Findings;
use crate::sink::{Postgres, Sink};
use crate::stage::{PATIENCE, Running, Stage};

pub(super) const LOAD: Load = Load { clients: 16, group_events_max: 8, again: Again::UnderItsKey };

/// Another consumer has a delivery after so long, and a second.
pub(super) const ACK_WAIT: Duration = Duration::from_secs(2);

/// How long a fault lasts, or work goes on before it, at most.
const LASTS_MS_MAX: u64 = 200;

pub(super) fn settings(role: &str) -> String {
    let ack_wait_ms = ACK_WAIT.as_millis();
    format!(
        "role = \"{role}\"\n[backlog]\nack_wait = \"{ack_wait_ms}ms\"\n[consumer]\nretry_ms_first = 5\nretry_ms_max = 50\n"
    )
}

/// Row 26.
pub(super) fn server_killed(run: &mut Run) -> Result<Findings, String> {
    let kills = run.count(8, 200);
    let server = NatsServer::start_new();
    let stage = Stage::new(run.forebay())
        .with_backlog(&server.url("events"))
        .with_settings(&settings("both"));
    let running = stage.start()?;
    let mut slowest = Duration::ZERO;
    for kill in 0..kills {
        run.tick(kill, kills);
        let [before, away] = [(); 2].map(|()| run.chance.below(LASTS_MS_MAX));
        let mut chance = run.chance.fork();
        let (took, _) = LOAD.send(&running.client, &stage.oracle, &mut chance, |_| {
            clock::pause(Duration::from_millis(before));
            server.kill();
            clock::pause(Duration::from_millis(away));
            server.start();
            let (began, taken) = (clock::now(), stage.oracle.acknowledged());
            clock::comes_true(PATIENCE, || stage.oracle.acknowledged() > taken);
            began.elapsed()
        })?;
        slowest = slowest.max(took);
    }
    running.settle()?;
    let verdict = in_the_end(&stage)?;
    running.stop()?;
    let figure =
        format!("traffic flows {} ms after the server is back, at most", slowest.as_millis());
    let mut findings = Findings::of(kills).figure(figure);
    findings.add(&verdict);
    Ok(findings)
}

/// Those who share a stream: one takes in, two deliver.
struct Crew {
    ingest: Stage,
    consume: Stage,
    running: [Option<Running>; 3],
    _server: NatsServer,
}

impl Crew {
    fn start(run: &Run) -> Result<Self, String> {
        let server = NatsServer::start_new();
        let sink = Sink::Postgres(Postgres::start());
        let stage = |role: &str| {
            Stage::new(run.forebay())
                .with_backlog(&server.url("events"))
                .with_settings(&settings(role))
                .with_sink(sink.clone())
        };
        let (ingest, consume) = (stage("ingest"), stage("consume"));
        let running = [Some(ingest.start()?), Some(consume.start()?), Some(consume.start()?)];
        Ok(Crew { ingest, consume, running, _server: server })
    }

    fn stage(&self, place: usize) -> &Stage {
        if place == 0 { &self.ingest } else { &self.consume }
    }

    /// Sends until `meanwhile` is over.
    fn under_load<T>(&self, run: &mut Run, meanwhile: impl FnOnce() -> T) -> Result<T, String> {
        let mut chance = run.chance.fork();
        let client = self.running[0].as_ref().ok_or("nobody takes in")?.client.clone();
        Ok(LOAD.send(&client, &self.ingest.oracle, &mut chance, |_| meanwhile())?.0)
    }

    /// Everything that was acknowledged has to arrive; then all stop.
    fn end(self) -> Result<Verdict, String> {
        let verdict = in_the_end(&self.ingest)?;
        for running in self.running.into_iter().flatten() {
            running.stop()?;
        }
        Ok(verdict)
    }
}

/// Row 27.
pub(super) fn roles_killed(run: &mut Run) -> Result<Findings, String> {
    let kills = run.count(9, 200);
    let mut crew = Crew::start(run)?;
    for kill in 0..kills {
        run.tick(kill, kills);
        let place = usize::try_from(kill % 3).expect("0 to 2");
        let before = Duration::from_millis(run.chance.below(LASTS_MS_MAX));
        let victim = crew.running[place].as_ref().ok_or("it is gone")?;
        crew.under_load(run, || {
            clock::pause(before);
            victim.signal(Signal::KILL);
        })?;
        let gone = crew.running[place].take();
        drop(gone.map(|running| running.program.wait(PATIENCE)));
        crew.running[place] = Some(crew.stage(place).start()?);
    }
    let verdict = crew.end()?;
    let mut findings = Findings::of(kills);
    findings.add(&verdict);
    Ok(findings)
}

/// Row 28.
pub(super) fn consumer_stands_still(run: &mut Run) -> Result<Findings, String> {
    let stops = run.count(2, 20);
    let crew = Crew::start(run)?;
    let mut slowest = Duration::ZERO;
    for stop in 0..stops {
        run.tick(stop, stops);
        let victim = crew.running[1 + usize::from(stop % 2 == 1)].as_ref().ok_or("it is gone")?;
        crew.under_load(run, || {
            clock::pause(Duration::from_millis(LASTS_MS_MAX));
            victim.signal(Signal::STOP);
        })?;
        // What it had is with the other, and there.
        let began = clock::now();
        in_the_end(&crew.ingest)?;
        slowest = slowest.max(began.elapsed());
        victim.signal(Signal::CONT);
    }
    let verdict = crew.end()?;
    let figure = format!(
        "what it had was in the sink {} ms later at most, of which {} ms are ack_wait",
        slowest.as_millis(),
        ACK_WAIT.as_millis()
    );
    let mut findings = Findings::of(stops).figure(figure);
    findings.add(&verdict);
    Ok(findings)
}

/// Waits until every event that was acknowledged is in the sink, once.
pub(super) fn in_the_end(stage: &Stage) -> Result<Verdict, String> {
    clock::comes_true(PATIENCE, || stage.judge().is_ok());
    let verdict = stage.judge()?;
    super::killed::nobody_is_dead(&verdict)?;
    Ok(verdict)
}
