//! Everything about the model that can be said, in one table: the options of `simulate`, what a
//! sweep can go through, and the command that repeats a setting.

use std::time::Duration;

use forebay::WhenFull;
use forebay_sim::{Distribution, Style, time};

use super::controller::Choice;
use super::span::Span;
use super::{Setup, misfortune, replayed};

/// One thing that can be said.
pub(in crate::simulate) struct Knob {
    /// Its option, without the dashes.
    pub(in crate::simulate) name: &'static str,
    pub(in crate::simulate) value_name: &'static str,
    pub(in crate::simulate) help: &'static str,
    pub(in crate::simulate) heading: &'static str,
    /// What a range of it is.
    pub(in crate::simulate) range: Range,
    /// Sets it; the error says what would be right.
    pub(in crate::simulate) set: fn(&mut Setup, &str) -> Result<(), String>,
}

/// What a range of it is.
#[derive(Clone, Copy)]
pub(in crate::simulate) enum Range {
    /// It has none.
    None,
    /// Whole numbers.
    Whole,
    /// Any numbers.
    Number,
    /// Means of a distribution, whose shape is kept.
    Mean(fn(&Setup) -> Distribution),
}

const CONSUMER: &str = "The consumer";
const QUEUE: &str = "The queue";
const PRODUCER: &str = "The producer";

const fn knob(
    name: &'static str,
    value_name: &'static str,
    help: &'static str,
    set: fn(&mut Setup, &str) -> Result<(), String>,
) -> Knob {
    Knob { name, value_name, help, heading: CONSUMER, range: Range::None, set }
}

impl std::fmt::Debug for Knob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Knob").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Knob {
    const fn of(self, heading: &'static str) -> Self {
        Self { heading, ..self }
    }

    const fn over(self, range: Range) -> Self {
        Self { range, ..self }
    }
}

/// Sets a field to what is read.
macro_rules! put {
    ($field:ident, $read:expr) => {
        |setup, text| {
            setup.$field = $read(text)?;
            Ok(())
        }
    };
}

static KNOBS: &[Knob] = &[
    knob(
        "arrivals",
        "TIMES",
        "When items come: the gaps between them, or bursts:10:0.5:30s:60s, or daily:2:0.8:24h \
         [default: 250ms..1500ms]",
        put!(arrivals, |text: &str| text.parse().map_err(text_of)),
    )
    .of(PRODUCER),
    knob(
        "times",
        "FACTOR",
        "Arrivals so many times as often [default: 1]",
        put!(times, |text: &str| number(text, 1e-6, 1e6)),
    )
    .of(PRODUCER)
    .over(Range::Number),
    knob(
        "replay",
        "FILE",
        "Items come as the timestamps in this file have it; --for is then its span, if not given",
        put!(replay, |text: &str| Ok::<_, String>(Some(text.into()))),
    )
    .of(PRODUCER),
    knob(
        "format",
        "FORMAT",
        "Where its timestamps stand: csv:COLUMN, ndjson:FIELD or access-log [default: access-log]",
        put!(format, |text: &str| replayed::read(text).map(Some)),
    )
    .of(PRODUCER),
    knob("slow", "TIMES", "The pause in the slowest gear [default: 1000ms..2000ms]", {
        put!(slow, times)
    })
    .over(Range::Mean(|setup| setup.slow)),
    knob("fast", "TIMES", "The pause in the fastest gear [default: 200ms..600ms]", {
        put!(fast, times)
    })
    .over(Range::Mean(|setup| setup.fast)),
    knob(
        "engage",
        "N",
        "Shift up above this length [default: 5]",
        put!(engage, |text: &str| whole(text, 1, LENGTH_MAX)),
    )
    .over(Range::Whole),
    knob(
        "release",
        "N",
        "Shift down at this length [default: 0]",
        put!(release, |text: &str| whole(text, 0, LENGTH_MAX)),
    )
    .over(Range::Whole),
    knob(
        "controller",
        "NAME",
        "Who decides about the gear: gears (thresholds), fixed, proportional, delay, aimd, \
         gradient or combined; settings follow, as in proportional:drain_within=2s,tolerance=0.1 \
         [default: gears]",
        put!(controller, Choice::read),
    ),
    knob(
        "gears",
        "N",
        "How many gears, from --slow to --fast; thresholds are then at every --engage items more \
         [default: 2 with thresholds, else 8]",
        put!(gears, |text: &str| whole(text, 1, forebay::GEARS_MAX).map(Some)),
    ),
    knob(
        "tick",
        "TIME",
        "Ask the controller this often [default: 100ms, as a pool does; thresholds whenever a \
         worker looks for an item]",
        put!(tick, |text: &str| Ok::<_, String>(Some(positive_time(text)?))),
    ),
    knob(
        "service",
        "TIMES",
        "How long a batch takes at the sink, in every gear [default: 0]",
        put!(service, times),
    )
    .over(Range::Mean(|setup| setup.service)),
    knob(
        "per-item",
        "TIMES",
        "How long each item of it takes on top [default: 0]",
        put!(per_item, times),
    ),
    knob(
        "batch",
        "N",
        "Items taken at once, at most; or SLOW:FAST, by gear [default: 1]",
        put!(batch, |text: &str| Span::read(text, 1_000_000)),
    )
    .over(Range::Whole),
    knob(
        "workers",
        "N",
        "How many consumers; or SLOW:FAST, by gear [default: 1; 1:GEARS with a ceiling]",
        put!(workers, |text: &str| Span::read(text, 100_000).map(Some)),
    )
    .over(Range::Whole),
    knob(
        "style",
        "STYLE",
        "pause-then-get, as the two loops do it, or get-then-serve, as queueing theory has it \
         [default: pause-then-get]",
        put!(style, style),
    ),
    knob(
        "sink",
        "TROUBLE",
        "What befalls the sink: slow:5min..10min:10, dead:5min..10min, flaps:50s:10s, \
         contention:4:0.1; retry:100ms:100ms:30s says how failures are repeated; can be repeated",
        misfortune::add,
    ),
    knob(
        "capacity",
        "N",
        "How many items can wait [default: as many as come]",
        put!(capacity, |text: &str| whole(text, 1, usize::MAX).map(Some)),
    )
    .of(QUEUE)
    .over(Range::Whole),
    knob(
        "when-full",
        "WHAT",
        "What a full queue does: wait, reject, drop-newest or drop-oldest [default: wait]",
        put!(when_full, when_full),
    )
    .of(QUEUE),
];

/// A length beyond is none that a queue in memory has.
const LENGTH_MAX: usize = 1_000_000_000;

/// All of them, in the order they are told.
pub(in crate::simulate) fn all() -> std::slice::Iter<'static, Knob> {
    KNOBS.iter()
}

/// The knob of this option.
pub(in crate::simulate) fn find(name: &str) -> &'static Knob {
    all().find(|knob| knob.name == name).expect("only names of the table are asked for")
}

/// Whether it can be set to this, apart from all others.
pub(in crate::simulate) fn check(knob: &Knob, text: &str) -> Result<String, String> {
    (knob.set)(&mut Setup::default(), text)?;
    Ok(text.to_owned())
}

fn text_of(error: forebay_sim::SimError) -> String {
    error.to_string()
}

fn times(text: &str) -> Result<Distribution, String> {
    if text.trim() == "0" {
        return Ok(Distribution::ZERO);
    }
    text.parse().map_err(text_of)
}

fn positive_time(text: &str) -> Result<Duration, String> {
    let found = time("tick", text).map_err(text_of)?;
    if found < Duration::from_micros(1) {
        return Err("write a time from 1us to 100 years, such as 100ms".to_owned());
    }
    Ok(found)
}

fn whole(text: &str, min: usize, max: usize) -> Result<usize, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("write a whole number from {min} to {max}"))
}

fn number(text: &str, min: f64, max: f64) -> Result<f64, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("write a number from {min} to {max}"))
}

fn style(text: &str) -> Result<Style, String> {
    match text {
        "pause-then-get" => Ok(Style::PauseThenGet),
        "get-then-serve" => Ok(Style::GetThenServe),
        _ => Err("write pause-then-get or get-then-serve".to_owned()),
    }
}

fn when_full(text: &str) -> Result<WhenFull, String> {
    match text {
        "wait" => Ok(WhenFull::Wait),
        "reject" => Ok(WhenFull::Reject),
        "drop-newest" => Ok(WhenFull::DropNewest),
        "drop-oldest" => Ok(WhenFull::DropOldest),
        _ => Err("write wait, reject, drop-newest or drop-oldest".to_owned()),
    }
}
