//! The tables of the report.

use super::other_kinds;
use super::samples::Samples;
use super::standing::{Fastest, Standing, group, is_of_other_kind};
use crate::report::Section;
use crate::rounds::Spread;

/// All tables that this run has something for.
pub(super) fn sections(samples: &Samples, standings: &[Standing]) -> Vec<Section> {
    let all = [
        worst(standings),
        cells(samples, standings),
        other_kinds::section(samples, standings),
        machine(samples),
        memory(samples),
        longest_puts(samples),
        struck(samples),
    ];
    all.into_iter().filter(|section| !section.rows.is_empty()).collect()
}

/// The peers that everybody knows.
pub(super) const KNOWN: [&str; 4] = ["tokio", "flume", "async-channel", "kanal"];

fn cells(samples: &Samples, standings: &[Standing]) -> Section {
    let cells = standings.iter().filter(|standing| !is_of_other_kind(&standing.cell));
    Section {
        title: "Cells",
        text: "Nanoseconds an item (a put and a get; a round trip for pingpong; a queue for create), the median over \
               the rounds. `ratio` is forebay ÷ that peer within a round, the median of these. `floor` is forebay ÷ \
               what the machine takes for the same without a queue, where there is such a thing: a VecDeque on one \
               thread, a ring of numbers between two cores, bare wake-ups, a malloc. In batch64 who has calls for many \
               items may use them, if they are faster; batch64x1 is one by one for everybody.",
        head: &[
            "cell",
            "forebay",
            "fastest that loses nothing",
            "ns",
            "ratio",
            "fastest of all",
            "ns",
            "ratio",
            "floor",
            "tokio",
            "flume",
            "async-channel",
            "kanal",
            "naive",
        ],
        rows: cells.map(|standing| cell_row(samples, standing)).collect(),
    }
}

fn cell_row(samples: &Samples, standing: &Standing) -> Vec<String> {
    let ours = standing.ours.median;
    let floor = floor_ns(samples, &standing.cell).map_or_else(none, |floor| times(ours / floor));
    let mut row = vec![standing.cell.clone(), format!("**{}**", ns(ours))];
    row.extend(fastest_columns(standing.safe.as_ref()));
    row.extend(fastest_columns(standing.all.as_ref()));
    row.push(floor);
    row.extend(KNOWN.iter().chain(&["naive"]).map(|name| {
        samples.ns(&standing.cell, name).map_or_else(none, |spread| ns(spread.median))
    }));
    row
}

pub(super) fn fastest_columns(fastest: Option<&Fastest>) -> [String; 3] {
    match fastest {
        Some(fastest) => [fastest.name.clone(), ns(fastest.ns), times(fastest.ratio())],
        None => [none(), none(), none()],
    }
}

/// What the machine takes for what a cell does, if nothing had to wait, be counted, closed or given back.
fn floor_ns(samples: &Samples, cell: &str) -> Option<f64> {
    let of = |name: &str| samples.floor(name).map(|spread| spread.median);
    let is_tight = cell.ends_with("b1");
    match group(cell) {
        "trypair" | "readypair" => of("VecDeque push and pop"),
        "batch64" | "batch64x1" => of("VecDeque 64 pushes, 64 pops, per pair"),
        "ct" if !is_tight => of("VecDeque 64 pushes, 64 pops, per pair"),
        "spikeput" => of("VecDeque push of a million"),
        "create" => of("malloc and free of 64 bytes"),
        "mt2" | "ct2" | "tbo" | "thr" if !is_tight => of("ring across two cores, per number"),
        "pingpong" => {
            let one_way = match cell.split(['/', '_']).nth(1)? {
                "ct" => of("ct: wake another task and switch to it"),
                "mt2" => of("mt2: wake another task, by a kept waker, and switch to it"),
                _ => of("block_on: wake another thread, by a kept waker, and switch to it"),
            };
            one_way.map(|one_way| 2.0 * one_way)
        }
        _ => None,
    }
}

fn worst(standings: &[Standing]) -> Section {
    const SHOWN: usize = 10;
    let mut rows: Vec<(&Standing, &Fastest)> = standings
        .iter()
        .filter(|standing| standing.is_in_means())
        .filter_map(|standing| Some((standing, standing.safe.as_ref()?)))
        .collect();
    rows.sort_by(|(_, one), (_, other)| other.ratio().total_cmp(&one.ratio()));
    let row = |(standing, safe): (&Standing, &Fastest)| {
        let spread = Spread::of(safe.ratios.iter().copied());
        vec![
            standing.cell.clone(),
            times(safe.ratio()),
            spread.map_or_else(none, |spread| format!("{:.2}–{:.2}", spread.min, spread.max)),
            ns(standing.ours.median),
            format!("{} {}", safe.name, ns(safe.ns)),
        ]
    };
    Section {
        title: "Where forebay stands worst",
        text: "The cells of the means with the highest ratio to the fastest that loses nothing.",
        head: &["cell", "ratio", "range", "forebay", "against"],
        rows: rows.into_iter().take(SHOWN).map(row).collect(),
    }
}

fn machine(samples: &Samples) -> Section {
    let row = |name: &str| {
        let spread = samples.floor(name)?;
        let range = format!("{}–{}", ns(spread.min), ns(spread.max));
        Some(vec![name.to_owned(), ns(spread.median), range])
    };
    Section {
        title: "What the machine allows",
        text: "Nanoseconds, once a round. Of figures that two threads make together the lowest says what the cores can \
               do, and the range what the neighbours let them.",
        head: &["figure", "ns", "range"],
        rows: samples.floors().into_iter().filter_map(row).collect(),
    }
}

const MEMORY: [&str; 5] = [
    "empty_bytes",
    "used_once_bytes",
    "spike_bytes_per_item",
    "peak_bytes_per_item",
    "spike_kept_bytes",
];

fn memory(samples: &Samples) -> Section {
    Section {
        title: "Memory",
        text: "Live bytes by the allocator's own count: of a new queue; after one item went through; per item at the \
               top of a spike of a million u64, and at most while it grew; after the spike was drained.",
        head: &["contender", "empty", "used once", "per item", "per item at most", "kept"],
        rows: rows_of(samples, "memory", &MEMORY, |value| {
            if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
        }),
    }
}

const LONGEST: [&str; 3] = ["longest_put_us", "longest_write_us", "longest_nothing_us"];

fn longest_puts(samples: &Samples) -> Section {
    Section {
        title: "The longest of ten million puts",
        text: "Microseconds, the quietest of the rounds, while the only consumer waits in a get and never runs; \
               beside it what the machine does to a thread: the longest write of as many numbers into a vector with \
               room for them, in memory that nobody has touched, and the longest pause in as many looks at the clock \
               with nothing between them.",
        head: &["contender", "longest put", "longest write", "longest pause"],
        rows: rows_of(samples, "longestput", &LONGEST, |value| format!("{value:.1}")),
    }
}

/// A row for each contender that was in the cell: the lowest value of each figure.
fn rows_of(
    samples: &Samples,
    cell: &str,
    figures: &[&str],
    said: fn(f64) -> String,
) -> Vec<Vec<String>> {
    let row = |name: &String| {
        let lowest = |figure: &&str| Some(Spread::of(samples.values(cell, name, figure)?)?.min);
        let values: Option<Vec<f64>> = figures.iter().map(lowest).collect();
        Some(std::iter::once(name.clone()).chain(values?.into_iter().map(said)).collect())
    };
    samples.roster.iter().filter_map(|contender| row(&contender.name)).collect()
}

fn struck(samples: &Samples) -> Section {
    let row = |(cell, contender, why): (&str, &str, &str)| {
        vec![cell.to_owned(), contender.to_owned(), why.to_owned()]
    };
    Section {
        title: "Who did not come to an end",
        text: "One failure takes a peer out of a cell. A hang is a hang: nobody was slow by a factor of three hundred.",
        head: &["cell", "contender", "why"],
        rows: samples.struck().map(row).collect(),
    }
}

/// Nanoseconds as they are read best.
pub(super) fn ns(value: f64) -> String {
    match value {
        _ if value >= 1000.0 => format!("{:.1} k", value / 1000.0),
        _ if value >= 100.0 => format!("{value:.0}"),
        _ => format!("{value:.1}"),
    }
}

fn times(ratio: f64) -> String {
    format!("{ratio:.2}")
}

fn none() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::ns;

    #[test]
    fn nanoseconds_have_as_many_digits_as_say_something() {
        assert_eq!(
            [ns(8.06), ns(99.94), ns(212.8), ns(26_700.0)],
            ["8.1", "99.9", "213", "26.7 k"]
        );
    }
}
