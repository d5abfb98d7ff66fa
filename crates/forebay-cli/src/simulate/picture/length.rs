//! The length of the queue over time, with the gears shaded and the thresholds drawn.

use std::time::Duration;

use forebay::Step;
use forebay_sim::{Report, Trace, Trouble};

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Pen};
use super::color::{ENGAGE, GEAR, INK, LENGTH, RELEASE};
use super::frame::{Frame, MARK, NOTE, WIDTH, titled};
use super::words;
use crate::simulate::figure::{digits, seconds};
use crate::simulate::report::text::capitalized;
use crate::simulate::setup::Setup;

const FRAME: Frame = Frame { left: 84.0, top: 116.0, width: 960.0, height: 446.0 };
/// With more changes than this in the picture, columns of one point are drawn instead.
const CHANGES_MAX: usize = 1500;
const COLUMNS: usize = 960;
/// How high a line beside the frame has to be so that it can be read.
const LINE_HEIGHT: f64 = 15.0;
/// So much fits on a line below the title.
const LINE_CHARS: usize = 165;
const TROUBLE_HEIGHT: f64 = 7.0;
const FLAPS_MAX: u32 = 1000;

/// The picture, of the first run.
pub(in crate::simulate) fn draw(setup: &Setup, report: &Report) -> String {
    let Some(trace) = &report.trace else { return String::new() };
    let horizon_s = report.plan.horizon.as_secs_f64();
    let (time, unit_s, unit) = Axis::of_time(horizon_s);
    let steps = setup.steps();
    let highest = steps.iter().map(|step| step.engage_above + 1).max().unwrap_or(1);
    let longest = trace.points.iter().map(|point| point.len).max().unwrap_or(0);
    let length = Axis::whole_up_to(longest.max(highest.min(longest * 4 + 4)) as f64, 6.0);

    let (set, troubles) = note(setup, report);
    let mut canvas = titled(&title(report), &set);
    canvas.text(28.0, 84.0, NOTE, &troubles);
    let scene = Scene { trace, horizon_ns: horizon_s * 1e9, top: length.to };
    scene.gears(&mut canvas, setup.count());
    for mark in &length.marks {
        let y = FRAME.y(mark / length.to);
        FRAME.across(&mut canvas, y);
        FRAME.mark_left(&mut canvas, y, &length.label(*mark));
    }
    for mark in &time.marks {
        FRAME.mark_below(&mut canvas, FRAME.x(mark / time.to), &time.label(*mark));
    }
    let is_dense = trace.points.len() > CHANGES_MAX;
    if is_dense {
        scene.columns(&mut canvas);
        scene.means(&mut canvas, report);
    } else {
        scene.steps(&mut canvas);
    }
    scene.troubles(&mut canvas, &setup.troubles);
    thresholds(&mut canvas, &steps, length.to);
    FRAME.sides(&mut canvas);
    let windows = report.each.first().map_or(1, |run| run.window_lengths.len());
    legend(&mut canvas, setup.count(), is_dense.then_some(windows));
    FRAME.names(&mut canvas, &format!("time since the start, {unit}"), "items that wait");
    debug_assert!(unit_s > 0.0);
    canvas.finish()
}

/// The finding.
fn title(report: &Report) -> String {
    let figures = &report.figures;
    let mean = |found: Option<forebay_sim::Estimate>| found.map_or(0.0, |found| found.mean);
    let mut title = format!(
        "{}: mean length {}",
        capitalized(&report.verdict.to_string()),
        digits(mean(figures.mean_length))
    );
    if let Some(wait) = figures.mean_wait_s {
        title += &format!(", a wait of {}", seconds(wait.mean));
    }
    if figures.gear_share.len() > 1 {
        title +=
            &format!("; it shifts up {} times an hour", digits(mean(figures.shifts_up_per_hour)));
    }
    title
}

/// What was set, in two lines at most: the second says what befalls the sink.
fn note(setup: &Setup, report: &Report) -> (String, String) {
    let plan = &report.plan;
    let horizon = seconds(plan.horizon.as_secs_f64());
    let runs = match report.runs {
        1 => format!("one run of {horizon}"),
        runs => format!("figures over {runs} runs of {horizon}; the first is drawn"),
    };
    let set = format!("{}; {}", words::arrivals(setup), words::consumer(setup));
    let runs = format!("Seed {}, {runs}", plan.seed);
    let troubles: Vec<String> = setup.troubles.iter().map(words::trouble).collect();
    let troubles = capitalized(&troubles.join("; "));
    if set.chars().count() + runs.chars().count() <= LINE_CHARS {
        return (format!("{set}. {runs}"), troubles);
    }
    let below = if troubles.is_empty() { runs } else { format!("{troubles}. {runs}") };
    (set, below)
}

/// What is drawn, and how large that is.
struct Scene<'a> {
    trace: &'a Trace,
    horizon_ns: f64,
    top: f64,
}

impl Scene<'_> {
    fn x(&self, at_ns: u64) -> f64 {
        FRAME.x((at_ns as f64 / self.horizon_ns).min(1.0))
    }

    fn y(&self, length: f64) -> f64 {
        FRAME.y(length / self.top)
    }

    /// Faster gears behind everything: the faster, the stronger. What is narrower than a column
    /// is drawn as strong as its share of the column.
    fn gears(&self, canvas: &mut Canvas, count: usize) {
        let fastest = count.saturating_sub(1).max(1) as f64;
        let until_ns = self.trace.gears_until_ns.unwrap_or(u64::MAX).min(self.horizon_ns as u64);
        let ends = self.trace.gears.iter().skip(1).map(|gear| gear.at_ns).chain([until_ns]);
        let spans: Vec<(u64, u64, f64)> = self
            .trace
            .gears
            .iter()
            .zip(ends)
            .map(|(gear, end_ns)| (gear.at_ns, end_ns, gear.gear as f64 / fastest))
            .filter(|(_, _, strength)| *strength > 0.0)
            .collect();
        let (top, height) = (FRAME.top, FRAME.height);
        if spans.len() <= COLUMNS / 6 {
            for (from_ns, to_ns, strength) in spans {
                let (from, to) = (self.x(from_ns), self.x(to_ns));
                canvas.rect([from, top, to - from, height], GEAR, 0.30 * strength);
            }
            return;
        }
        let column_ns = self.horizon_ns / COLUMNS as f64;
        let mut strengths = vec![0.0; COLUMNS];
        for (from_ns, to_ns, strength) in spans {
            let (from, to) = (from_ns as f64 / column_ns, to_ns as f64 / column_ns);
            let last = (to as usize).min(COLUMNS - 1);
            for (column, sum) in strengths.iter_mut().enumerate().take(last + 1).skip(from as usize)
            {
                let covered = to.min(column as f64 + 1.0) - from.max(column as f64);
                *sum += strength * covered.max(0.0);
            }
        }
        for (column, strength) in strengths.iter().enumerate().filter(|(_, one)| **one > 0.01) {
            let left = FRAME.x(column as f64 / COLUMNS as f64);
            canvas.rect([left, top, 1.02, height], GEAR, 0.45 * strength.min(1.0));
        }
    }

    /// When the sink is dead or slow, along the upper edge.
    fn troubles(&self, canvas: &mut Canvas, troubles: &[Trouble]) {
        let whole = Duration::from_nanos(self.horizon_ns as u64);
        for trouble in troubles {
            let spans = match *trouble {
                Trouble::Dead { from, to } | Trouble::Slow { from, to, .. } => vec![(from, to)],
                Trouble::Flaps { up, down } => {
                    let count = (self.horizon_ns / (up + down).as_nanos().max(1) as f64) as usize;
                    // More would be one bar.
                    let each = 0..=u32::try_from(count).unwrap_or(u32::MAX).min(FLAPS_MAX);
                    let down_at = |turn: u32| (up + down).saturating_mul(turn) + up;
                    each.map(|turn| (down_at(turn), down_at(turn) + down)).collect()
                }
                _ => Vec::new(),
            };
            for (from, to) in spans.into_iter().filter(|(from, _)| *from < whole) {
                let x = |at: Duration| self.x(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX));
                let (left, right) = (x(from), x(to.min(whole)));
                canvas.rect([left, FRAME.top, right - left, TROUBLE_HEIGHT], ENGAGE, 0.75);
            }
        }
    }

    /// Every change.
    fn steps(&self, canvas: &mut Canvas) {
        let mut line = Vec::new();
        let mut last = 0;
        for point in &self.trace.points {
            let x = self.x(point.at_ns);
            line.push((x, self.y(last as f64)));
            line.push((x, self.y(point.len as f64)));
            last = point.len;
        }
        line.push((FRAME.right(), self.y(last as f64)));
        canvas.path(&line, LENGTH, 2.0);
    }

    /// From the shortest to the longest in each column.
    fn columns(&self, canvas: &mut Canvas) {
        let mut ends: Vec<Option<(usize, usize)>> = vec![None; COLUMNS];
        for point in &self.trace.points {
            let column = (point.at_ns as f64 / self.horizon_ns * COLUMNS as f64) as usize;
            let end = &mut ends[column.min(COLUMNS - 1)];
            let (low, high) = end.unwrap_or((point.len, point.len));
            *end = Some((low.min(point.len), high.max(point.len)));
        }
        let (mut above, mut below) = (Vec::new(), Vec::new());
        let mut last = (0, 0);
        for (column, end) in ends.into_iter().enumerate() {
            last = end.unwrap_or(last);
            let x = FRAME.x((column as f64 + 0.5) / COLUMNS as f64);
            above.push((x, self.y(last.1 as f64)));
            below.push((x, self.y(last.0 as f64)));
        }
        above.extend(below.into_iter().rev());
        canvas.area(&above, LENGTH, 0.38);
    }

    /// The mean length of each window.
    fn means(&self, canvas: &mut Canvas, report: &Report) {
        let Some(run) = report.each.first() else { return };
        let windows = &run.window_lengths;
        let warm_up = report.plan.warm_up.as_nanos() as f64 / self.horizon_ns;
        let point = |(at, mean): (usize, &f64)| {
            let share = warm_up + (1.0 - warm_up) * (at as f64 + 0.5) / windows.len() as f64;
            (FRAME.x(share), self.y(*mean))
        };
        let line: Vec<(f64, f64)> = windows.iter().enumerate().map(point).collect();
        canvas.path(&line, "#ffffff", 5.0);
        canvas.path(&line, INK, 2.2);
    }
}

/// Where it shifts up, and where down. Labels stand beside their lines; where these are close,
/// above each other.
fn thresholds(canvas: &mut Canvas, steps: &[Step], top: f64) {
    let mut lines: Vec<(usize, &'static str, String)> = Vec::new();
    for step in steps {
        let (up, down) = (step.engage_above, step.release_at);
        lines.push((down, RELEASE, format!("shift down at {down}")));
        lines.push((up, ENGAGE, format!("shift up above {up}")));
    }
    lines.retain(|(length, ..)| *length as f64 <= top);
    lines.sort_by_key(|(length, ..)| *length);
    let mut free = f64::INFINITY;
    for (length, color, label) in lines {
        let y = FRAME.y(length as f64 / top);
        canvas.line([FRAME.left, y, FRAME.right(), y], color, 1.6, "7 5");
        let at = (y + 4.5).min(free);
        // What does not fit is in the line alone.
        if at >= FRAME.top {
            let pen = Pen { color, weight: 600, anchor: Anchor::Start, ..MARK };
            canvas.text(FRAME.right() + 10.0, at, pen, &label);
        }
        free = at - LINE_HEIGHT;
    }
}

fn legend(canvas: &mut Canvas, gears: usize, windows: Option<usize>) {
    let y = FRAME.top - 13.0;
    let mut x = FRAME.left;
    let mut entry = |canvas: &mut Canvas, label: &str| {
        let at = x;
        canvas.text(x + 30.0, y + 4.5, NOTE, label);
        x += 58.0 + 6.9 * label.chars().count() as f64;
        at
    };
    match windows {
        None => {
            let at = entry(canvas, "items that wait");
            canvas.line([at, y, at + 22.0, y], LENGTH, 2.5, "");
        }
        Some(windows) => {
            let at = entry(canvas, "from the fewest to the most that wait");
            canvas.rect([at, y - 7.0, 22.0, 14.0], LENGTH, 0.38);
            let at = entry(canvas, &format!("mean of each {windows}th of the time"));
            canvas.line([at, y, at + 22.0, y], INK, 2.2, "");
        }
    }
    if gears > 1 {
        let label = match (gears, windows) {
            (2, None) => "fast gear",
            (2, Some(_)) => "fast gear: the stronger, the more of the time",
            _ => "faster gears: the stronger, the faster",
        };
        let at = entry(canvas, label);
        canvas.rect([at, y - 7.0, 22.0, 14.0], GEAR, 0.4);
    }
    debug_assert!(x < WIDTH);
}
