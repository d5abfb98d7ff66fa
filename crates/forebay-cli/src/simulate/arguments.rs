//! The options of `forebay simulate` and of its two commands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use forebay_sim::{Limits, Plan, time};

use super::plan::promise;
use super::setup::knob::{self, Knob};
use super::setup::{Setup, idle};
use super::sweep::grid::{self, Axis};
use super::{Options, What, figure, help};

/// `forebay simulate`.
pub(crate) fn command() -> Command {
    let single =
        knob::all().map(|knob| option(knob).value_parser(|text: &str| knob::check(knob, text)));
    Command::new("simulate")
        .about("Simulate it under a virtual clock: will it drain or accumulate?")
        .args(single)
        .args(extent("32"))
        .args(outputs())
        .subcommand(sweep())
        .subcommand(plan())
        .args_conflicts_with_subcommands(true)
        .after_help(help::SIMULATE)
}

fn sweep() -> Command {
    let each =
        knob::all().map(|knob| option(knob).value_parser(|text: &str| grid::read(knob, text)));
    Command::new("sweep")
        .about("Simulate every point of a grid, on all cores")
        .args(each)
        .arg(
            text(
                "show",
                "FIGURE",
                "Which figure the picture and the table's end are about [default: p99_wait_s]",
            )
            .value_parser(|name: &str| figure::find(name).map(|figure| figure.name)),
        )
        .args(extent("8"))
        .args(outputs())
        .after_help(help::SWEEP)
}

fn plan() -> Command {
    let single =
        knob::all().map(|knob| option(knob).value_parser(|text: &str| knob::check(knob, text)));
    let promises = promise::PROMISES.iter().map(|known| {
        text(known.option, known.value_name, known.help)
            .help_heading("The promise, one or more")
            .value_parser(|text: &str| known.read(text))
    });
    Command::new("plan")
        .about("Search the cheapest setting that keeps a promise")
        .args(promises)
        .arg(
            text(
                "workers-max",
                "N",
                "Try up to so many workers in the fast gear [default: as --workers says]",
            )
            .value_parser(|text: &str| whole(text, 1, 1000)),
        )
        .args(single)
        .args(extent("32"))
        .args(outputs().into_iter().filter(|arg| arg.get_id() == "json"))
        .after_help(help::PLAN)
}

fn option(knob: &'static Knob) -> Arg {
    let arg = text(knob.name, knob.value_name, knob.help).help_heading(knob.heading);
    if knob.name == "sink" { arg.action(ArgAction::Append) } else { arg }
}

fn text(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value_name).allow_hyphen_values(true).help(help)
}

fn extent(runs: &'static str) -> Vec<Arg> {
    let whole =
        |text: Arg, min: u64, max: u64| text.value_parser(move |text: &str| whole(text, min, max));
    vec![
        whole(
            text("seed", "N", "Seed of all chance: the same seed gives the same result"),
            0,
            u64::MAX,
        )
        .default_value("1"),
        text("for", "TIME", "How much time each run simulates [default: 24h]").value_parser(span),
        text("warm-up", "TIME", "How much of it, from the start, does not count")
            .value_parser(warm_up)
            .default_value("0"),
        whole(text("runs", "N", "How many independent runs"), 1, 1_000_000).default_value(runs),
        whole(
            text("threads", "N", "How many threads [default: as many as there are cores]"),
            1,
            1024,
        ),
        whole(text("limit-waiting", "N", "Refuse a run in which more items wait"), 1, u64::MAX)
            .default_value("10000000"),
        whole(text("limit-events", "N", "Refuse more events than this"), 1, u64::MAX)
            .default_value("10000000000"),
    ]
}

fn outputs() -> Vec<Arg> {
    vec![
        Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("Write one JSON object to standard output"),
        text("csv", "FILE", "Write a table, too").value_parser(file),
        text("plot", "FILE", "Draw a picture, too: FILE.svg or FILE.png").value_parser(picture),
    ]
}

fn whole(text: &str, min: u64, max: u64) -> Result<u64, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("write a whole number from {min} to {max}"))
}

fn span(text: &str) -> Result<Duration, String> {
    let found = time("time", text).map_err(|error| error.to_string())?;
    if found.is_zero() {
        return Err("write a time above 0 with its unit, such as 60s or 24h".to_owned());
    }
    Ok(found)
}

fn warm_up(text: &str) -> Result<Duration, String> {
    time("warm-up", text).map_err(|error| error.to_string())
}

/// A file that can be there: better said before an hour of simulation than after it.
fn file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(format!("there is no folder {}", folder.display()))
        }
        _ if path.is_dir() => Err("this is a folder; write the name of a file".to_owned()),
        _ => Ok(path),
    }
}

fn picture(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(std::ffi::OsStr::to_str) {
        Some("svg" | "png") => file(text),
        _ => Err("write a name that ends in .svg or .png".to_owned()),
    }
}

/// What these matches ask for.
pub(crate) fn options(matches: &ArgMatches) -> Options {
    match matches.subcommand() {
        Some(("sweep", matches)) => {
            let axes = knob::all().filter_map(|knob| {
                if knob.name == "sink" {
                    return None;
                }
                matches.get_one::<Axis>(knob.name).cloned()
            });
            let sinks = matches.get_many::<Axis>("sink").into_iter().flatten().cloned();
            let show = matches.get_one::<&'static str>("show").copied().unwrap_or("p99_wait_s");
            shared(matches, What::Sweep { axes: axes.chain(sinks).collect(), show })
        }
        Some(("plan", matches)) => {
            let promises = promise::PROMISES.iter().filter_map(|known| {
                let at_most = *matches.get_one::<f64>(known.option)?;
                Some(promise::Promise { known, at_most })
            });
            let workers_max = matches.get_one::<u64>("workers-max").map(|max| *max as usize);
            let what =
                What::Plan { promises: promises.collect(), said: said(matches), workers_max };
            shared(matches, what)
        }
        _ => shared(matches, What::Single { said: said(matches) }),
    }
}

/// What was said about the model, in the order of the table.
fn said(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let each = knob::all().flat_map(|knob| {
        let texts = matches.get_many::<String>(knob.name).into_iter().flatten();
        texts.map(|text| (knob.name, text.clone()))
    });
    each.collect()
}

fn shared(matches: &ArgMatches, what: What) -> Options {
    let number = |name: &str| *matches.get_one::<u64>(name).expect("it has a default");
    let default = Plan::default();
    let threads =
        matches.get_one::<u64>("threads").map_or(default.threads, |count| *count as usize);
    Options {
        what,
        plan: Plan {
            seed: number("seed"),
            runs: number("runs") as usize,
            threads,
            warm_up: *matches.get_one::<Duration>("warm-up").expect("it has a default"),
            limits: Limits {
                waiting_max: number("limit-waiting") as usize,
                events_max: number("limit-events"),
            },
            ..default
        },
        run_for: matches.get_one::<Duration>("for").copied(),
        json: matches.get_flag("json"),
        csv: matches.try_get_one::<PathBuf>("csv").ok().flatten().cloned(),
        plot: matches.try_get_one::<PathBuf>("plot").ok().flatten().cloned(),
    }
}

/// The setup that was said.
pub(super) fn setup(said: &[(&'static str, String)]) -> Result<Setup, String> {
    let mut setup = Setup::default();
    for (name, text) in said {
        (knob::find(name).set)(&mut setup, text).map_err(|error| format!("--{name}: {error}"))?;
    }
    idle::refused(&setup, said)?;
    Ok(setup)
}
