//! The figures that have goals.

use super::other_kinds;
use super::samples::Samples;
use super::standing::{Fastest, Standing, group, ratios as ratios_to};
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::Ratio;
use crate::rounds::Spread;

/// Name, goal and meaning.
pub(super) type Wanted = (&'static str, Option<f64>, &'static str);

/// All figures of which there is something to say in this run.
pub(super) fn ratios(samples: &Samples, standings: &[Standing]) -> Result<Vec<Ratio>, Failure> {
    let found = [
        means(standings),
        threads(samples, standings),
        singles(standings),
        against_safe(samples, standings),
        other_kinds::ratios(standings),
        others(samples, standings),
    ];
    Ok(found.into_iter().flatten().collect())
}

pub(super) fn ratio(wanted: Wanted, values: Option<Vec<f64>>) -> Option<Ratio> {
    let (name, limit, what) = wanted;
    let spread = Spread::of(values?)?;
    Some(Ratio { name: name.into(), what: what.into(), goal: limit.map(Goal::at_most), spread })
}

fn means(standings: &[Standing]) -> Vec<Ratio> {
    let of = |fastest: fn(&Standing) -> Option<&Fastest>| {
        let cells = standings.iter().filter(|standing| standing.is_in_means());
        cells.filter_map(fastest).map(|fastest| fastest.ratios.clone()).collect::<Vec<_>>()
    };
    let (safe, all) = (of(|cell| cell.safe.as_ref()), of(|cell| cell.all.as_ref()));
    let vs_safe = "geometric mean over the async, pair, batch and spike cells of forebay ÷ the fastest that loses nothing";
    let vs_all = "the same ÷ the fastest of all";
    let worst = "the worst of these cells against the fastest that loses nothing; its name heads the list below";
    [
        ratio(("geomean_vs_safe", Some(0.65), vs_safe), geometric_means(&safe)),
        ratio(("geomean_vs_all", Some(0.80), vs_all), geometric_means(&all)),
        ratio(("worst_vs_safe", Some(1.10), worst), worst_of(safe)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The values of the cell with the highest median.
fn worst_of(cells: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let median = |cell: &Vec<f64>| Spread::of(cell.iter().copied()).map_or(0.0, |cell| cell.median);
    cells.into_iter().max_by(|one, other| median(one).total_cmp(&median(other)))
}

/// The mean over the cells within each round.
pub(super) fn geometric_means(cells: &[Vec<f64>]) -> Option<Vec<f64>> {
    let rounds = cells.iter().map(Vec::len).min()?;
    let mean = |round: usize| {
        let logs: f64 = cells.iter().map(|cell| cell[round].ln()).sum();
        (logs / cells.len() as f64).exp()
    };
    Some((0..rounds).map(mean).collect())
}

fn threads(samples: &Samples, standings: &[Standing]) -> Vec<Ratio> {
    let of = |end: &str| {
        let cells = standings.iter().map(|standing| standing.cell.as_str());
        let cells = cells.filter(|cell| group(cell) == "thr" && cell.ends_with(end));
        cells.filter_map(|cell| ratios_to(samples, cell, "crossbeam")).collect::<Vec<_>>()
    };
    let (bounded, unbounded) = (of("_b1024"), of("_unb"));
    let b1024 = "blocking calls at capacity 1024 ÷ crossbeam-channel, geometric mean of the shapes";
    let unb = "the same unbounded";
    let worst = "the worst of these shapes";
    [
        ratio(("thr_vs_crossbeam_b1024", Some(1.1), b1024), geometric_means(&bounded)),
        ratio(("thr_vs_crossbeam_unb", Some(1.0), unb), geometric_means(&unbounded)),
        ratio(("thr_vs_crossbeam_worst", None, worst), worst_of([bounded, unbounded].concat())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The slowest of the cells that begin and end so.
fn slowest<'a>(standings: &'a [Standing], start: &str, end: &str) -> Option<&'a Standing> {
    let cells = standings.iter();
    let cells =
        cells.filter(|standing| standing.cell.starts_with(start) && standing.cell.ends_with(end));
    cells.max_by(|one, other| one.ours.median.total_cmp(&other.ours.median))
}

fn singles(standings: &[Standing]) -> Vec<Ratio> {
    let wanted: [(Wanted, &str, &str); 5] = [
        (("trypair_unb_ns", Some(8.0), "a try_put and a try_get, unbounded"), "trypair/unb", "unb"),
        (
            (
                "batch64_ns",
                Some(3.0),
                "put_many and get_many of 64, an item; the slower of the two cells",
            ),
            "batch64/",
            "",
        ),
        (("spikeput_ns", Some(4.0), "a put of a million that nobody gets yet"), "spikeput", "put"),
        (("spikeget_ns", Some(3.0), "a get of that million"), "spikeget", "get"),
        (
            ("create_ns", Some(60.0), "making and dropping a queue; the slowest of the four cells"),
            "create/",
            "",
        ),
    ];
    let found = wanted.into_iter().filter_map(|(wanted, start, end)| {
        let spread = slowest(standings, start, end)?.ours;
        let (name, limit, what) = wanted;
        Some(Ratio { name: name.into(), what: what.into(), goal: limit.map(Goal::at_most), spread })
    });
    found.collect()
}

fn against_safe(samples: &Samples, standings: &[Standing]) -> Vec<Ratio> {
    let wanted: [(Wanted, &str, &str); 4] = [
        (("trypair_unb_vs_safe", Some(0.9), SAME_VS_SAFE), "trypair/unb", "unb"),
        (("spikeput_vs_safe", Some(0.6), SAME_VS_SAFE), "spikeput", "put"),
        (("spikeget_vs_safe", Some(1.2), SAME_VS_SAFE), "spikeget", "get"),
        (("create_vs_safe", Some(1.0), SAME_VS_SAFE), "create/", ""),
    ];
    let found = wanted.into_iter().filter_map(|(wanted, start, end)| {
        let cells = standings.iter();
        let cells = cells.filter(|cell| cell.cell.starts_with(start) && cell.cell.ends_with(end));
        let ratios = cells.filter_map(|cell| Some(cell.safe.as_ref()?.ratios.clone())).collect();
        ratio(wanted, worst_of(ratios))
    });
    found.chain(batches_against_singles(samples, standings)).collect()
}

const SAME_VS_SAFE: &str = "the same ÷ the fastest that loses nothing";

/// Hardly any peer has calls for many items on both sides; what most can do is one by one.
fn batches_against_singles(samples: &Samples, standings: &[Standing]) -> Option<Ratio> {
    let of = |end: &str| {
        let singles = format!("batch64x1/{end}");
        let singles = standings.iter().find(|standing| standing.cell == singles)?.safe.as_ref()?;
        let theirs = samples.values(&format!("batch64x1/{end}"), &singles.name, "ns")?;
        let ours = samples.values(&format!("batch64/{end}"), "forebay", "ns")?;
        Some(ours.into_iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
    };
    let what = "batch64 of forebay ÷ batch64x1, one by one, of the fastest that loses nothing";
    let worst = worst_of(["b128", "unb"].into_iter().filter_map(of).collect());
    ratio(("batch64_vs_safe_singles", Some(0.3), what), worst)
}

fn others(samples: &Samples, standings: &[Standing]) -> Vec<Ratio> {
    let ours = |cell: &str, figure: &str| samples.values(cell, "forebay", figure);
    let memory = |figure: &str| ours("memory", figure);
    let waiting = ["waiting/1s", "waiting/10s"].into_iter().find_map(|cell| {
        let (awaited, blocked) = (ours(cell, "waiting_ms")?, ours(cell, "waiting_blocked_ms")?);
        Some(awaited.iter().zip(blocked).map(|(awaited, blocked)| awaited + blocked).collect())
    });
    let quietest = |figure: &str| {
        ours("longestput", figure).and_then(Spread::of).map(|spread| vec![spread.min])
    };
    [
        ratio(
            ("pingpong_ct_vs_switch", Some(1.25), "a round trip on one thread ÷ two bare task switches; the slower of the two cells"),
            pingpong(samples, standings),
        ),
        ratio(("spike_bytes_per_item", Some(8.5), "live bytes at the top of a spike of a million u64"), memory("spike_bytes_per_item")),
        ratio(("spike_kept_bytes", Some(65_536.0), "live bytes after it was drained"), memory("spike_kept_bytes")),
        ratio(("empty_bytes", Some(512.0), "live bytes of a new queue"), memory("empty_bytes")),
        ratio(("longest_put_us", Some(50.0), "the longest of ten million puts, the consumer stopped in a get; the quietest round"), quietest("longest_put_us")),
        ratio(("longest_write_us", None, "the longest write of as many numbers into a vector with room for them, in memory nobody has touched, likewise"), quietest("longest_write_us")),
        ratio(("longest_nothing_us", None, "the longest pause of the machine in as many looks at the clock, likewise"), quietest("longest_nothing_us")),
        ratio(("waiting_ms", Some(0.0), "processor time of consumers that wait: future, task and blocking call"), waiting),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn pingpong(samples: &Samples, standings: &[Standing]) -> Option<Vec<f64>> {
    let cell = slowest(standings, "pingpong/ct_", "")?;
    let ours = samples.values(&cell.cell, "forebay", "ns")?;
    let switches = samples.floor_values("ct: wake another task and switch to it");
    Some(ours.iter().zip(switches).map(|(ours, switch)| ours / (2.0 * switch)).collect())
}
