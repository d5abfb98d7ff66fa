//! The two loops under a stopped clock: hours of the system in a moment.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::runtime::Builder;
use tokio::time::Instant;

use super::*;

/// One printed line and when, in milliseconds from the start.
type Line = (u64, String);

/// Standard output with a clock beside it.
#[derive(Clone)]
struct Paper {
    start: Instant,
    lines: Rc<RefCell<Vec<Line>>>,
}

impl Write for Paper {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let ms = u64::try_from((clock::now() - self.start).as_millis()).expect("a short run");
        let written = text.len();
        let text = String::from_utf8(text.to_vec()).expect("the lines are text");
        let mut lines = self.lines.borrow_mut();
        match lines.last_mut() {
            Some((_, last)) if !last.ends_with('\n') => last.push_str(&text),
            _ => lines.push((ms, text)),
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All that was printed in this time.
fn lines(seed: u64, speed: f64, run_for: Duration) -> Vec<Line> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime of one thread starts").block_on(async {
        let paper = Paper { start: clock::now(), lines: Rc::default() };
        let (queue, tally) = (Queue::unbounded(), Tally::default());
        let loops = two_loops(&queue, &tally, (seed, speed), Timer::Ticking, || paper.clone());
        let cut = tokio::time::timeout(run_for, loops).await;
        assert!(cut.is_err(), "the loops run for ever, seed {seed}");
        paper.lines.take()
    })
}

/// The lengths that the consumer reports, and when.
fn lengths(lines: &[Line]) -> impl Iterator<Item = (u64, usize)> {
    lines.iter().filter_map(|(ms, line)| {
        let (_, tail) = line.strip_prefix("Reading ")?.split_once(" and the queue still has ")?;
        let length = tail.strip_suffix(" elements\n").expect("the line has its form");
        Some((*ms, length.parse().expect("a length is a number")))
    })
}

/// When the consumer changed up and when it changed down, by its own report: it looks at the
/// length right after it printed it.
fn shifts(lines: &[Line]) -> Vec<u64> {
    let mut shifts = Vec::new();
    for (ms, length) in lengths(lines) {
        let is_fast = shifts.len() % 2 == 1;
        if (!is_fast && length > 5) || (is_fast && length == 0) {
            shifts.push(ms);
        }
    }
    shifts
}

fn mean(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred values")]
    let count = values.len() as f64;
    values.iter().sum::<f64>() / count
}

fn near(figure: &str, measured: f64, expected: f64, tolerance: f64) {
    let off = (measured - expected).abs();
    assert!(off <= tolerance, "{figure}: {measured}, expected {expected} ± {tolerance}");
}

/// Tolerances: four standard errors of the mean of 200 runs, from the measured deviations.
#[test]
fn the_first_cycle_is_as_long_as_measured_on_another_implementation() {
    let runs: Vec<_> =
        (0..200).map(|seed| shifts(&lines(seed, 1.0, Duration::from_secs(120)))).collect();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of two minutes")]
    let seconds = |ms: u64| ms as f64 / 1000.0;
    let ups: Vec<f64> = runs.iter().filter_map(|run| Some(seconds(*run.first()?))).collect();
    let downs: Vec<f64> =
        runs.iter().filter_map(|run| Some(seconds(run.get(1)? - run.first()?))).collect();
    assert!(downs.len() > 195, "{} runs of 200 made a whole cycle", downs.len());
    near("first change up, s", mean(&ups), 13.70, 4.0 * 3.58 / 200_f64.sqrt());
    near("from up to down, s", mean(&downs), 4.39, 4.0 * 0.96 / 200_f64.sqrt());
}

#[test]
fn over_hours_the_depth_and_the_shifts_are_those_of_the_system() {
    let hours = 20;
    let lines = lines(1, 1.0, Duration::from_secs(hours * 3600));
    let ups = u32::try_from(shifts(&lines).len().div_ceil(2)).expect("a few thousand");
    near("changes up per hour", f64::from(ups) / 20.0, 212.7, 6.0);

    let (mut area, mut length, mut since) = (0, 0, 0);
    for (ms, line) in &lines {
        area += length * (ms - since);
        since = *ms;
        length = if line.starts_with("Writing") { length + 1 } else { length - 1 };
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let average = area as f64 / since as f64;
    near("time-average length", average, 3.50, 0.08);
}

/// What each item waited, in nanoseconds, of items so far apart that they tell nothing of each
/// other: a round trip of the gears takes some twenty.
fn waits_ns(seed: u64) -> Vec<u64> {
    let mut put = std::collections::VecDeque::new();
    let mut waits = Vec::new();
    for (ms, line) in lines(seed, 1.0, Duration::from_secs(80_000)) {
        if line.starts_with("Writing") {
            put.push_back(ms);
        } else {
            waits.push((ms - put.pop_front().expect("nothing is read before")) * 1_000_000);
        }
    }
    let mut waits = Vec::from_iter(waits.into_iter().step_by(40));
    waits.sort_unstable();
    waits
}

/// Kolmogorov and Smirnov: the distance that one sample in a hundred exceeds by chance.
#[expect(clippy::cast_precision_loss, reason = "a few thousand values")]
fn distance_max(sample: &[u64]) -> f64 {
    1.63 / (sample.len() as f64).sqrt()
}

#[test]
fn items_wait_as_long_as_the_simulator_says() {
    let simulated = |model: &forebay_sim::Model| {
        let plan = forebay_sim::Plan::default();
        let report = forebay_sim::simulate(model, &plan, &forebay_sim::Watch::default());
        report.expect("a model that can be simulated").waits
    };
    let sample = waits_ns(1);
    let model = forebay_sim::Model::two_loops();
    let distance = simulated(&model).distance_from(&sample);
    assert!(distance <= distance_max(&sample), "{distance} of {}", sample.len());

    // It is no test that could not fail: a gear that engages one item later is told apart.
    let gears = forebay::Gears::two(6, 0).expect("a band");
    let other = forebay_sim::Model { control: forebay_sim::Control::Gears(gears), ..model };
    assert!(simulated(&other).distance_from(&sample) > 2.0 * distance_max(&sample));
}

#[test]
fn every_item_is_read_once_in_the_order_written_and_the_count_is_right() {
    let mut queue = std::collections::VecDeque::new();
    for (_, line) in lines(3, 1.0, Duration::from_secs(3600)) {
        let line = line.trim_end();
        if let Some(item) = line.strip_prefix("Writing ") {
            queue.push_back(item.to_owned());
        } else {
            let item = queue.pop_front().expect("nothing is read before it is written");
            let left = queue.len();
            assert_eq!(line, format!("Reading {item} and the queue still has {left} elements"));
        }
    }
}

#[test]
fn the_same_seed_writes_the_same_numbers_at_the_same_time_and_another_seed_others() {
    let minute = Duration::from_secs(60);
    assert_eq!(lines(1, 1.0, minute), lines(1, 1.0, minute));
    assert_ne!(lines(1, 1.0, minute), lines(2, 1.0, minute));
}

#[test]
fn speed_divides_the_time_and_leaves_the_numbers() {
    let written = |lines: Vec<Line>| {
        let writing = lines.into_iter().filter(|(_, line)| line.starts_with("Writing"));
        writing.collect::<Vec<_>>()
    };
    let slow = written(lines(5, 1.0, Duration::from_secs(600)));
    let fast = written(lines(5, 10.0, Duration::from_secs(60)));
    assert!(slow.len().abs_diff(fast.len()) <= 1);
    for ((slow_ms, slow), (fast_ms, fast)) in slow.iter().zip(&fast) {
        assert_eq!(slow, fast);
        // The clock of the loops ticks in whole milliseconds.
        assert!((slow_ms / 10).abs_diff(*fast_ms) <= 2, "{slow_ms} ms, {fast_ms} ms");
    }
}
