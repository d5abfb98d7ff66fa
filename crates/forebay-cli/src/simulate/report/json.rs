//! The result as one JSON object. Its fields stay; new ones may come.

use forebay_sim::{Estimate, Report};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::simulate::figure::FIGURES;

#[derive(Serialize)]
struct Told<'a> {
    seed: u64,
    runs: usize,
    horizon_s: f64,
    warm_up_s: f64,
    is_partial: bool,
    events: u64,
    verdict: String,
    reason: &'a str,
    gears: Vec<Gear>,
    figures: InOrder<&'static str, Option<Interval>>,
    wait_s: InOrder<String, Option<f64>>,
    length_share: InOrder<String, f64>,
    beyond_share: f64,
}

#[derive(Serialize)]
struct Gear {
    load: Option<f64>,
    share: Option<Interval>,
}

/// A mean, where the true one lies, and where one more run would; a single run has no intervals.
#[derive(Serialize)]
pub(in crate::simulate) struct Interval {
    mean: f64,
    ci95: Option<[f64; 2]>,
    run95: Option<[f64; 2]>,
}

impl Interval {
    pub(in crate::simulate) fn of(estimate: &Estimate) -> Self {
        let is_known = estimate.count > 1 && estimate.ci95.iter().all(|end| end.is_finite());
        Interval {
            mean: estimate.mean,
            ci95: is_known.then_some(estimate.ci95),
            run95: is_known.then_some(estimate.run95),
        }
    }
}

/// An object whose keys keep their order.
pub(in crate::simulate) struct InOrder<K, V>(pub(in crate::simulate) Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for InOrder<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// The percentiles that are told.
pub(in crate::simulate) const PERCENTILES: [(&str, f64); 6] =
    [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

/// One JSON object.
pub(in crate::simulate) fn of(report: &Report) -> String {
    let told = Told {
        seed: report.plan.seed,
        runs: report.runs,
        horizon_s: report.plan.horizon.as_secs_f64(),
        warm_up_s: report.plan.warm_up.as_secs_f64(),
        is_partial: report.is_canceled,
        events: report.events,
        verdict: report.verdict.outcome.to_string(),
        reason: &report.verdict.reason,
        gears: gears(report),
        figures: figures(report),
        wait_s: InOrder(
            PERCENTILES
                .iter()
                .map(|(name, share)| {
                    let wait_s = report.waits.quantile_ns(*share).map(|ns| ns as f64 / 1e9);
                    ((*name).to_owned(), wait_s)
                })
                .collect(),
        ),
        length_share: InOrder(
            report
                .length_share
                .iter()
                .enumerate()
                .map(|(length, share)| (length.to_string(), *share))
                .collect(),
        ),
        beyond_share: report.beyond_share,
    };
    text(&told)
}

fn gears(report: &Report) -> Vec<Gear> {
    let loads = report.verdict.loads.iter().copied().map(Some).chain(std::iter::repeat(None));
    let shares = report.figures.gear_share.iter();
    shares
        .zip(loads)
        .map(|(share, load)| Gear { load, share: share.as_ref().map(Interval::of) })
        .collect()
}

/// Every figure, with its interval.
pub(in crate::simulate) fn figures(report: &Report) -> InOrder<&'static str, Option<Interval>> {
    let each = FIGURES
        .iter()
        .map(|figure| (figure.name, (figure.over)(&report.figures).as_ref().map(Interval::of)));
    InOrder(each.collect())
}

/// As it is printed. JSON has no number for what is not finite: that becomes `null`.
pub(in crate::simulate) fn text(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("keys are text, and nothing else can fail")
}
