//! What stands between the network and the queue: crowds that say little, floods, viewers, what each part of it costs a request,
//! and how soon the service is there.

mod cost;
mod crowd;
mod flood;
mod loris;
mod service;
mod start;
mod viewers;

use std::time::Duration;

use crate::clock;
use crate::failure::Failure;
use crate::report::Report;
use crate::setup::Setup;
use crate::wrk::Load;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// In seven rounds: the figures that are kept.
    Full,
    /// In three short rounds: to see where one is.
    Quick,
}

/// The numbers behind a [`Size`].
#[derive(Debug, Clone, Copy)]
struct Plan {
    rounds: usize,
    /// How long one load lasts.
    load_for: Duration,
}

impl Size {
    fn plan(self) -> Plan {
        match self {
            Self::Full => Plan { rounds: 7, load_for: Duration::from_secs(3) },
            Self::Quick => Plan { rounds: 3, load_for: Duration::from_secs(2) },
        }
    }

    /// When something must be wrong.
    fn at_most(self) -> Duration {
        match self {
            Self::Full => Duration::from_secs(40 * 60),
            Self::Quick => Duration::from_secs(15 * 60),
        }
    }
}

impl Plan {
    /// Clients who wait a little between an answer and the next request.
    fn honest(self) -> Load {
        Load {
            connections: 8,
            events_per_request: 1,
            first_request: 0,
            at_most: self.load_for,
            answers: None,
            pause: Duration::from_millis(6),
        }
    }

    /// As much as 64 connections can send.
    fn full_speed(self) -> Load {
        Load { connections: 64, pause: Duration::ZERO, ..self.honest() }
    }
}

/// Measures everything and reports it.
pub(crate) async fn measure(size: Size, only: &[Part]) -> Result<Report, Failure> {
    tokio::time::timeout(size.at_most(), measure_all(size.plan(), only))
        .await
        .unwrap_or_else(|_| Err(Failure::new(format!("not done within {:?}", size.at_most()))))
}

/// One part of the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// How soon the service is there, and how large its binary is
    Start,
    /// 5,000 connections that say little
    Loris,
    /// Ten times as much as a token may send
    Flood,
    /// The live page open in 20 browsers
    Viewers,
    /// What tokens, limits and encryption cost a request
    Cost,
}

async fn measure_all(plan: Plan, only: &[Part]) -> Result<Report, Failure> {
    let setup = Setup::new().await?;
    let keys = service::Keys::make(setup.folder()).await?;
    let started = clock::now();
    let mut report = Report::new("edge", setup.provenance.clone());
    report.figures = serde_json::json!({});
    let is_wanted = |part| only.is_empty() || only.contains(&part);
    if is_wanted(Part::Start) {
        report.ratios.extend(start::measure(&setup, plan).await?);
    }
    if is_wanted(Part::Loris) {
        loris::measure(&setup, &keys, plan).await?.tell(&mut report);
    }
    if is_wanted(Part::Flood) {
        flood::measure(&setup, &keys, plan).await?.tell(&mut report);
    }
    if is_wanted(Part::Viewers) {
        report.ratios.extend(viewers::measure(&setup, &keys, plan).await?);
    }
    if is_wanted(Part::Cost) {
        cost::measure(&setup, &keys, plan).await?.tell(&mut report);
    }
    report.took(started.elapsed());
    Ok(report)
}

/// What one part found.
struct Found {
    name: &'static str,
    ratios: Vec<crate::report::Ratio>,
    section: crate::report::Section,
    samples: serde_json::Value,
}

impl Found {
    fn tell(self, report: &mut Report) {
        report.ratios.extend(self.ratios);
        report.sections.push(self.section);
        report.figures[self.name] = self.samples;
    }
}
