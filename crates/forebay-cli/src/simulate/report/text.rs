//! The result for people.

use std::fmt::Write;

use forebay_sim::{Estimate, Model, Report};

use super::json::PERCENTILES;
use crate::simulate::figure::{FIGURES, Unit, digits, seconds};

/// More lengths than this are put together.
const BARS_MAX: usize = 24;
const BAR_WIDTH: f64 = 44.0;

/// The whole report.
pub(in crate::simulate) fn of(model: &Model, report: &Report) -> String {
    let plan = &report.plan;
    let runs = if report.runs == 1 { "run" } else { "runs" };
    let horizon = seconds(plan.horizon.as_secs_f64());
    let verdict = report.verdict.to_string();
    let blocks = [
        format!("{}: {}", capitalized(&verdict), report.verdict.reason),
        format!(
            "{} {runs} of {horizon}, seed {}, {} events",
            report.runs, plan.seed, report.events
        ),
        figures(report),
        gears(model, report),
        waits(report),
        lengths(report),
    ];
    blocks.join("\n\n")
}

/// The first letter large.
pub(in crate::simulate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn figures(report: &Report) -> String {
    let width = FIGURES.iter().map(|figure| figure.title.len()).max().unwrap_or(0);
    let mut text = format!("{:width$}  {:>10}   95 % interval", "figure", "mean");
    for figure in FIGURES {
        let Some(found) = (figure.over)(&report.figures) else {
            let _ = write!(text, "\n{:width$}  {:>10}", figure.title, "none");
            continue;
        };
        // Where nothing of it ever happened, there is nothing to tell.
        let may_be_left_out = figure.unit == Unit::Share || figure.name == "mean_busy";
        if found.mean == 0.0 && found.deviation == 0.0 && may_be_left_out {
            continue;
        }
        let (mean, interval) = shown(figure.unit, &found);
        let _ = write!(text, "\n{:width$}  {mean:>10}   {interval}", figure.title);
    }
    text
}

/// The mean, and its interval: with as many digits as it takes to tell them apart.
fn shown(unit: Unit, found: &Estimate) -> (String, String) {
    let (factor, name) = match unit {
        Unit::Seconds => (1.0, "s"),
        Unit::Items => (1.0, ""),
        Unit::Share => (100.0, "%"),
        Unit::PerHour => (1.0, "/h"),
        Unit::PerSecond => (1.0, "/s"),
    };
    let half = found.half_width() * factor;
    let digits = match half {
        half if half > 0.0 && half.is_finite() => {
            (1.0 - half.log10().floor()).clamp(0.0, decimals_max(found.mean * factor)) as usize
        }
        _ => 2,
    };
    // Student's interval knows nothing of what cannot be: less than none, more than all.
    let most = if unit == Unit::Share { 1.0 } else { f64::INFINITY };
    let number = |value: f64| format!("{:.digits$}", value.clamp(0.0, most) * factor);
    let mean = format!("{} {name}", number(found.mean)).trim_end().to_owned();
    let (from, to) = (number(found.ci95[0]), number(found.ci95[1]));
    let interval = match found.count {
        1 => "one run has none".to_owned(),
        _ if from == to => "the same in all runs".to_owned(),
        _ => format!("{from} to {to}"),
    };
    (mean, interval)
}

/// With more decimals a number of this size would say more than is known of it: percentiles are
/// edges of buckets, within 1 %.
fn decimals_max(size: f64) -> f64 {
    if size > 0.0 { (3.0 - size.log10().floor()).clamp(0.0, 6.0) } else { 2.0 }
}

fn gears(model: &Model, report: &Report) -> String {
    let mut text = "gear   load      share of the time   pause".to_owned();
    let each = report.figures.gear_share.iter().zip(&report.verdict.loads).zip(&model.gears);
    for (gear, ((share, load), speed)) in each.enumerate() {
        let share = share.as_ref().map_or(0.0, |share| share.mean) * 100.0;
        let _ = write!(
            text,
            "\n{:>4}   {:>7}   {:>7} %           {}",
            name(gear, model.gears.len()),
            format!("{:.1} %", load * 100.0),
            digits(share),
            speed.pause
        );
        if speed.workers > 1 {
            let _ = write!(text, ", {} workers", speed.workers);
        }
        if speed.batch > 1 {
            let _ = write!(text, ", batches of {}", speed.batch);
        }
    }
    text
}

/// Two gears have names, as in the options and in pictures.
fn name(gear: usize, count: usize) -> String {
    match (gear, count) {
        (0, 2) => "slow".to_owned(),
        (1, 2) => "fast".to_owned(),
        _ => gear.to_string(),
    }
}

fn waits(report: &Report) -> String {
    let mut text = "waiting time, all runs together".to_owned();
    for (name, share) in PERCENTILES {
        if let Some(ns) = report.waits.quantile_ns(share) {
            let _ = write!(text, "\n{name:>8}  {}", seconds(ns as f64 / 1e9));
        }
    }
    text
}

fn lengths(report: &Report) -> String {
    let shares = &report.length_share;
    let step = shares.len().div_ceil(BARS_MAX).max(1);
    let bars: Vec<f64> = shares.chunks(step).map(|some| some.iter().sum()).collect();
    let most = bars.iter().copied().fold(report.beyond_share, f64::max).max(f64::MIN_POSITIVE);
    let mut text = "length, and share of the time".to_owned();
    for (at, share) in bars.iter().enumerate() {
        let (from, to) = (at * step, (at * step + step - 1).min(shares.len() - 1));
        let label = if from == to { from.to_string() } else { format!("{from} to {to}") };
        bar(&mut text, &label, *share, most);
    }
    if report.beyond_share > 0.0 {
        bar(&mut text, "beyond", report.beyond_share, most);
    }
    text
}

fn bar(text: &mut String, label: &str, share: f64, most: f64) {
    let eighths = (share / most * BAR_WIDTH * 8.0).round() as usize;
    let mut drawn = "█".repeat(eighths / 8);
    drawn.extend(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(eighths % 8).copied());
    let _ = write!(text, "\n{label:>12}  {:>6.2} %  {drawn}", share * 100.0);
    while text.ends_with(' ') {
        text.pop();
    }
}
