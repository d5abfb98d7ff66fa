//! What a plan came to, told.

use forebay_sim::{Distribution, Plan};
use serde::Serialize;

use super::promise::Promise;
use super::score::{pressure_per_s, runs_kept};
use super::search::{Found, Setting, unseen};
use crate::simulate::figure::digits;
use crate::simulate::report::json::{self, InOrder, Interval};
use crate::simulate::{Options, Said};

/// For people; the setting that was found.
pub(super) fn text(
    setting: &Setting,
    promises: &[Promise],
    options: &Options,
    before: &Said,
) -> String {
    let plan = &options.plan;
    let arrivals = setting.model.arrivals.per_s();
    let candidate = setting.candidate;
    let mut lines = vec![format!(
        "Shift up above {}, down at {}, pause for {} in the fast gear{}",
        candidate.engage,
        candidate.release,
        setting.setup.fast,
        match candidate.workers {
            1 => String::new(),
            workers => format!(", with {workers} workers"),
        }
    )];
    lines.push(String::new());
    for (at, promise) in promises.iter().enumerate() {
        lines.push(kept(promise, at, setting));
    }
    lines.push(format!(
        "promised is the mean over the runs; of single ones {} of {} keep it all, and {} of {} with \
         numbers not seen before (seed {})",
        runs_kept(&setting.outcome, promises),
        setting.outcome.each.len(),
        runs_kept(&setting.again, promises),
        setting.again.each.len(),
        unseen(plan.seed)
    ));
    lines.push(format!(
        "{} items a second come; the sink is pressed for {} a second, the least that was found",
        digits(arrivals),
        digits(pressure_per_s(&setting.model, &setting.outcome))
    ));
    format!(
        "{}\n\nFor forebay.toml:\n\n{}\nTo repeat it:\n\n  {}",
        lines.join("\n"),
        indented(&toml(setting)),
        command(setting, options, before)
    )
}

fn kept(promise: &Promise, at: usize, setting: &Setting) -> String {
    if promise.is_about_the_worst() {
        let worst = setting.outcome.each.iter().chain(&setting.again.each);
        let worst = worst.map(|run| run[at]).fold(0.0, f64::max);
        return format!("{}; {} in all runs", promise.told(), promise.show(worst));
    }
    let found = |of: &super::Outcome| promise.over(&of.figures);
    match (found(&setting.outcome), found(&setting.again)) {
        (Some(first), Some(again)) => format!(
            "{}; it is {} (95 % sure: {} to {}), again {}",
            promise.told(),
            promise.show(first.mean),
            promise.show(first.ci95[0]),
            promise.show(first.ci95[1]),
            promise.show(again.mean)
        ),
        _ => promise.told(),
    }
}

/// What to write into forebay.toml: everything that makes a gear of `serve`. Its pauses are always as
/// long as each other: a pause by chance becomes its mean.
fn toml(setting: &Setting) -> String {
    let setup = &setting.setup;
    let workers = setup.workers.map_or((1, 1), |span| (span.slow, span.fast));
    let ms = |pause: &Distribution| (pause.mean_s() * 1000.0).round();
    format!(
        "[consumer]\n\
         engage_above = {}\n\
         release_at = {}\n\
         slow_batch_events_max = {}\n\
         slow_writers = {}\n\
         slow_pause_ms = {}\n\
         fast_batch_events_max = {}\n\
         writers = {}\n\
         fast_pause_ms = {}\n",
        setup.engage,
        setup.release,
        setup.batch.slow,
        workers.0,
        ms(&setup.slow),
        setup.batch.fast,
        workers.1,
        ms(&setup.fast),
    )
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// The command that simulates the setting again.
fn command(setting: &Setting, options: &Options, before: &Said) -> String {
    let plan = &options.plan;
    let default = Plan::default();
    let mut words = vec!["forebay simulate".to_owned()];
    for (name, text) in setting.candidate.said(&setting.setup, before) {
        words.push(format!("--{name} {}", quoted(&text)));
    }
    let horizon_s = plan.horizon.as_secs_f64();
    if plan.horizon != default.horizon {
        words.push(format!("--for {horizon_s}s"));
    }
    if !plan.warm_up.is_zero() {
        words.push(format!("--warm-up {}s", plan.warm_up.as_secs_f64()));
    }
    if plan.runs != default.runs {
        words.push(format!("--runs {}", plan.runs));
    }
    if plan.seed != default.seed {
        words.push(format!("--seed {}", plan.seed));
    }
    words.join(" ")
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-:/=,+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// What is done so far: the best there is by now.
pub(super) fn interrupted(found: &Found) -> String {
    let tried = format!("interrupted: {} settings were tried", found.tried);
    let nearest = found.nearest.as_ref().map(|nearest| &nearest.setup);
    let Some(setup) = nearest.or(found.first.as_ref().map(|(setup, _)| setup)) else {
        return format!("{tried}, none to the end");
    };
    let workers = match setup.workers {
        Some(span) => format!(" --workers {}:{}", span.slow, span.fast),
        None => String::new(),
    };
    let how = match &found.first {
        Some((_, score)) if score.is_kept() => "keeps the promise in its first few runs".to_owned(),
        Some((_, score)) if (1e-6..1e6).contains(&score.missed_by) => {
            format!("misses the promise by {} %", digits(score.missed_by * 100.0))
        }
        Some(_) => "does not keep the promise".to_owned(),
        None => "is not sure to keep the promise".to_owned(),
    };
    format!(
        "{tried}; the best so far {how}: --engage {} --release {} --fast {}{workers}",
        setup.engage, setup.release, setup.fast
    )
}

/// That there is none, and what comes nearest.
pub(super) fn none(found: &Found, promises: &[Promise]) -> String {
    let asked: Vec<String> = promises.iter().map(Promise::told).collect();
    let asked = asked.join("; ");
    let Some(nearest) = &found.nearest else {
        return format!("no setting of {} tried keeps it: {asked}", found.tried);
    };
    let reached: Vec<String> = promises
        .iter()
        .filter_map(|promise| Some(promise.show(promise.over(&nearest.outcome.figures)?.mean)))
        .collect();
    format!(
        "no setting of {} tried keeps it: {asked}. The nearest reaches {}: --engage {} --release \
         {} --fast {}. A shorter --slow or more --workers-max may help",
        found.tried,
        reached.join("; "),
        nearest.candidate.engage,
        nearest.candidate.release,
        nearest.setup.fast
    )
}

#[derive(Serialize)]
struct Told {
    seed: u64,
    runs: usize,
    horizon_s: f64,
    is_partial: bool,
    tried: usize,
    is_kept: bool,
    setting: Option<InOrder<&'static str, String>>,
    pressure_per_s: Option<f64>,
    verdict: Option<String>,
    promises: Vec<PromiseTold>,
    runs_kept: Option<[usize; 2]>,
    toml: Option<String>,
    command: Option<String>,
}

#[derive(Serialize)]
struct PromiseTold {
    figure: &'static str,
    at_most: f64,
    found: Option<Interval>,
    again: Option<Interval>,
}

/// How much of a search was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    /// Somebody interrupted it.
    Partial,
}

/// One JSON object; where nothing was found, the setting is the nearest one.
pub(super) fn json(
    found: &Found,
    promises: &[Promise],
    options: &Options,
    before: &Said,
    extent: Extent,
) -> String {
    let plan = &options.plan;
    let setting = found.setting.as_ref().or(found.nearest.as_ref());
    let said = |setting: &Setting| setting.candidate.said(&setting.setup, &Vec::new());
    let told = Told {
        seed: plan.seed,
        runs: plan.runs,
        horizon_s: plan.horizon.as_secs_f64(),
        is_partial: extent == Extent::Partial,
        tried: found.tried,
        is_kept: found.setting.is_some(),
        setting: setting.map(|setting| InOrder(said(setting))),
        pressure_per_s: setting.map(|setting| pressure_per_s(&setting.model, &setting.outcome)),
        verdict: setting.map(|setting| setting.outcome.verdict.outcome.to_string()),
        promises: promises
            .iter()
            .map(|promise| {
                let of = |outcome: &super::Outcome| {
                    promise.over(&outcome.figures).as_ref().map(Interval::of)
                };
                PromiseTold {
                    figure: promise.name(),
                    at_most: promise.at_most,
                    found: setting.and_then(|setting| of(&setting.outcome)),
                    again: setting.and_then(|setting| of(&setting.again)),
                }
            })
            .collect(),
        runs_kept: setting.map(|setting| {
            [runs_kept(&setting.outcome, promises), runs_kept(&setting.again, promises)]
        }),
        toml: setting.map(toml),
        command: setting.map(|setting| command(setting, options, before)),
    };
    json::text(&told)
}
