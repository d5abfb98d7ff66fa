//! The tables of the report.

use super::contender::Contender;
use super::scenario::SCENARIOS;
use super::score::{MEASURES, badness, mean};
use super::{Findings, SEEDS};
use crate::report::Section;
use crate::rounds::Spread;

/// The rank of all, then each scenario.
pub(super) fn sections(findings: &Findings) -> Vec<Section> {
    let mut sections = vec![rank(findings)];
    for (at, scenario) in SCENARIOS.into_iter().enumerate() {
        sections.push(Section {
            title: scenario.title(),
            text: scenario.text(),
            head: &[
                "gears",
                "controller",
                "score",
                "p99 wait, s",
                "range",
                "work",
                "shifts/h",
                "recovery, s",
                "harm",
            ],
            rows: ranked(findings, |index| findings.badness_in(index, at))
                .map(|(contender, index, times)| row(findings, contender, index, at, times))
                .collect(),
        });
    }
    sections
}

/// The best first, with how many times as bad as the best controller it is.
fn ranked(
    findings: &Findings,
    badness: impl Fn(usize) -> f64,
) -> impl Iterator<Item = (Contender, usize, f64)> {
    let mut order: Vec<(Contender, usize, f64)> =
        findings.contenders.iter().enumerate().map(|(at, who)| (*who, at, badness(at))).collect();
    order.sort_by(|a, b| a.2.total_cmp(&b.2));
    let best = order.iter().find(|(who, ..)| who.method.is_controller()).map_or(0.0, |who| who.2);
    order.into_iter().map(move |(who, at, bad)| (who, at, (bad - best).exp()))
}

fn row(findings: &Findings, who: Contender, index: usize, at: usize, times: f64) -> Vec<String> {
    let mut cells = vec![who.table.name().to_owned(), who.method.name().to_owned(), score(times)];
    for (number, measure) in MEASURES.iter().enumerate() {
        let values = findings.outcomes[at][index].iter().filter_map(measure.of);
        let Some(spread) = Spread::of(values) else {
            cells.push("–".to_owned());
            continue;
        };
        cells.push(figure(spread.median));
        if number == 0 {
            cells.push(format!("{}–{}", figure(spread.min), figure(spread.max)));
        }
    }
    cells
}

fn rank(findings: &Findings) -> Section {
    let row = |(who, index, times): (Contender, usize, f64)| {
        let mut cells =
            vec![who.table.name().to_owned(), who.method.name().to_owned(), score(times)];
        cells.extend((0..SCENARIOS.len()).map(|at| {
            let best = (0..findings.contenders.len())
                .filter(|other| findings.contenders[*other].method.is_controller())
                .map(|other| findings.badness_in(other, at))
                .fold(f64::INFINITY, f64::min);
            score((findings.badness_in(index, at) - best).exp())
        }));
        cells
    };
    Section {
        title: "Rank",
        text: "How many times as bad as the best controller, over all scenarios and in each: the weighted geometric mean of the \
               ratios. Weights: p99 wait 3, work 2, recovery 2, harm 2, shifts 1; those that a scenario does not have are left out. To each value \
               is added what makes no difference: 1 s, nothing, 5 s, 1, 600 an hour. *Work* is the workers' time at the sink, \
               in vain or not, as a multiple of what the same items would take in batches of 80. The gears *workers* are 1 to 8 \
               workers with batches of 5; *batch first* are one worker with batches of 5, 13, 30 and 80, then 2 to 5 workers with 80. A batch \
               takes 80 ms and 4 ms for each of its items. Fixed gears are there to be compared with and are nobody's best.",
        head: &[
            "gears",
            "controller",
            "score",
            "step",
            "sawtooth",
            "bursts",
            "daily",
            "slow",
            "dead",
            "contention",
        ],
        rows: ranked(findings, |index| findings.badness(index)).map(row).collect(),
    }
}

impl Findings {
    /// In a scenario, on average over the seeds.
    fn badness_in(&self, contender: usize, scenario: usize) -> f64 {
        mean(self.outcomes[scenario][contender].iter().map(badness))
    }

    /// Over all scenarios.
    pub(super) fn badness(&self, contender: usize) -> f64 {
        mean((0..SCENARIOS.len()).map(|scenario| self.badness_in(contender, scenario)))
    }

    /// Over all scenarios, for each seed.
    pub(super) fn badness_by_seed(&self, contender: usize) -> [f64; SEEDS] {
        std::array::from_fn(|seed| {
            mean(self.outcomes.iter().map(|scenario| badness(&scenario[contender][seed])))
        })
    }
}

fn score(times: f64) -> String {
    format!("{times:.2}")
}

fn figure(value: f64) -> String {
    match value {
        _ if value >= 100.0 => format!("{value:.0}"),
        _ if value >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
