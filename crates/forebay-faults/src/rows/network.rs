//! Three hosts around a stream: one takes in, one has the server, one delivers; and the wires between them fail.

use std::time::Duration;

use forebay_testkit::nats::NatsServer;

use super::Run;
use super::jetstream::{LOAD, in_the_end, settings};
use crate::clock;
use crate::hosts::{Host, Way, Wire};
use crate::sheet::Findings;
use crate::sink::{Sink, count_sqlite};
use crate::stage::{PATIENCE, Running, Stage};

const WAYS: [Way; 3] = [Way::Both, Way::FromTheFirst, Way::FromTheSecond];

/// As fast as a bad line: a group takes some milliseconds, those behind it wait.
const SLOW_KBIT: u64 = 2_000;

/// The hosts; who takes in and who delivers have a wire each to the server.
struct Site {
    ingest: Host,
    consume: Host,
    server: Host,
}

/// What runs there.
struct Crew<'h> {
    site: &'h Site,
    wires: [Wire<'h>; 2],
    stage: Stage,
    ingest: Running,
    consume: Running,
    _server: NatsServer,
}

impl Site {
    fn new() -> Result<Self, String> {
        Ok(Site { ingest: Host::new()?, consume: Host::new()?, server: Host::new()? })
    }

    fn crew(&self, run: &Run) -> Result<Crew<'_>, String> {
        let wires = [
            Wire::between(&self.ingest, &self.server, 1)?,
            Wire::between(&self.consume, &self.server, 2)?,
        ];
        // Whoever delivers comes by the other wire to the same server.
        let everywhere = [0, 0, 0, 0].into();
        let server = self.server.inside(|| NatsServer::start_at(everywhere));
        let url =
            |wire: &Wire<'_>| server.url("events").replace("0.0.0.0", &wire.address(1).to_string());
        let stage = Stage::new(run.forebay())
            .with_backlog(&url(&wires[0]))
            .with_settings(&settings("ingest"));
        let ingest = self.ingest.inside(|| stage.start())?;
        let delivering = Stage::new(run.forebay())
            .with_backlog(&url(&wires[1]))
            .with_settings(&settings("consume"))
            .with_sink(stage.sink.clone());
        let consume = self.consume.inside(|| delivering.start())?;
        Ok(Crew { site: self, wires, stage, ingest, consume, _server: server })
    }
}

impl Crew<'_> {
    /// Sends until `meanwhile` is over.
    fn under_load<T: Send>(
        &self,
        run: &mut Run,
        meanwhile: impl FnOnce() -> T + Send,
    ) -> Result<T, String> {
        let mut chance = run.chance.fork();
        let Crew { site, stage, ingest, .. } = self;
        let send = || LOAD.send(&ingest.client, &stage.oracle, &mut chance, |_| meanwhile());
        Ok(site.ingest.inside(send)?.0)
    }

    /// How long it takes until something more is acknowledged and something more is in the sink.
    fn flows(&self) -> Result<Duration, String> {
        let Stage { oracle, sink: Sink::Sqlite(sink), .. } = &self.stage else {
            return Err("this row has a file as its sink".to_owned());
        };
        let count = || count_sqlite(sink).map_err(|error| error.to_string());
        let began = clock::now();
        let (taken, there) = (oracle.acknowledged(), count()?);
        let goes_on = clock::comes_true(PATIENCE, || {
            oracle.acknowledged() > taken && count().is_ok_and(|now| now > there)
        });
        match goes_on {
            true => Ok(began.elapsed()),
            false => Err("the wire is there again, and nothing goes through".to_owned()),
        }
    }

    fn end(self, mut findings: Findings) -> Result<Findings, String> {
        let verdict = in_the_end(&self.stage)?;
        self.ingest.stop()?;
        self.consume.stop()?;
        findings.add(&verdict);
        Ok(findings)
    }
}

/// Row 29.
pub(super) fn cut(run: &mut Run) -> Result<Findings, String> {
    let (rounds, lasts_ms_max) = (run.size(1, 20), run.size(2_000, 20_000));
    let site = Site::new()?;
    let crew = site.crew(run)?;
    let (mut slowest, mut longest, mut cuts) = (Duration::ZERO, Duration::ZERO, 0);
    for _ in 0..rounds {
        for (wire, way) in crew.wires.iter().flat_map(|wire| WAYS.map(|way| (wire, way))) {
            run.tick(cuts, rounds * 6);
            let lasts = Duration::from_millis(200 + run.chance.below(lasts_ms_max));
            let flows = crew.under_load(run, || {
                clock::pause(Duration::from_millis(100));
                wire.cut(way)?;
                clock::pause(lasts);
                wire.heal()?;
                crew.flows()
            })??;
            (slowest, longest, cuts) = (slowest.max(flows), longest.max(lasts), cuts + 1);
        }
    }
    let figure = format!(
        "either wire, both ways and each alone, for {} ms at most; traffic flows {} ms after a wire is there again, at most",
        longest.as_millis(),
        slowest.as_millis()
    );
    crew.end(Findings::of(cuts).figure(figure))
}

/// Row 30.
pub(super) fn slow(run: &mut Run) -> Result<Findings, String> {
    let lasts = Duration::from_secs(run.size(3, 60));
    let site = Site::new()?;
    let crew = site.crew(run)?;
    let mut figures = Vec::new();
    for (wire, whose) in crew.wires.iter().zip(["takes in", "delivers"]) {
        wire.slow_down(SLOW_KBIT)?;
        let before = crew.stage.oracle.acknowledged();
        crew.under_load(run, || clock::pause(lasts))?;
        let taken = crew.stage.oracle.acknowledged() - before;
        let per_s = taken / lasts.as_secs();
        figures.push(format!("{SLOW_KBIT} kbit/s for who {whose}: {per_s} events/s taken in"));
        wire.heal()?;
    }
    let findings = Findings { figures, ..Findings::of(2) };
    crew.end(findings)
}
