//! A figure over a grid: a heat map of two ranges, or a line along one.

use forebay_sim::{Outcome as Answer, Plan};

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Pen};
use super::color::{ACCUMULATES, ENGAGE, INK, LENGTH, MUTED, of_share, on_share};
use super::frame::{Frame, MARK, NAME, NOTE, titled};
use crate::simulate::figure::{digits, seconds};
use crate::simulate::sweep::{Point, Sweep};

const FRAME: Frame = Frame { left: 104.0, top: 104.0, width: 920.0, height: 462.0 };
/// Where the legend stands.
const LEGEND_LEFT: f64 = 1060.0;
const LEGEND_WIDTH: f64 = 18.0;

/// The picture.
pub(in crate::simulate) fn draw(sweep: &Sweep, plan: &Plan) -> String {
    let mut canvas = titled(&title(sweep), &note(sweep, plan));
    match sweep.ranges()[..] {
        [only] => line(&mut canvas, sweep, only),
        [one, other, ..] => map(&mut canvas, sweep, one, other),
        [] => {}
    }
    canvas.finish()
}

fn verdict(point: &Point) -> Option<Answer> {
    Some(point.outcome.as_ref()?.verdict.outcome)
}

fn title(sweep: &Sweep) -> String {
    let show = sweep.show;
    let values: Vec<f64> = settled(sweep).map(|(_, value)| value).collect();
    let (least, most) = ends(&values);
    let mut title = if values.is_empty() {
        format!("{}: it accumulates everywhere", name(sweep))
    } else {
        format!("{}: {} to {}", name(sweep), show.unit.show(least), show.unit.show(most))
    };
    let best = settled(sweep).min_by(|(_, one), (_, other)| one.total_cmp(other));
    if let Some((point, _)) = best {
        let places = sweep.ranges().into_iter().map(|axis| {
            let axis_of = &sweep.axes[axis];
            format!("{} {}", axis_of.knob.name, axis_of.values[point.at[axis]].label)
        });
        title += &format!(", least at {}", places.collect::<Vec<_>>().join(", "));
    }
    let growing = sweep.points.iter().filter(|point| verdict(point) == Some(Answer::Accumulates));
    match growing.count() {
        0 => title,
        count if values.is_empty() && count > 0 => title,
        count => format!("{title}; it accumulates at {count} of {}", sweep.points.len()),
    }
}

/// The figure in a few words.
fn name(sweep: &Sweep) -> String {
    let mut letters = sweep.show.title.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn note(sweep: &Sweep, plan: &Plan) -> String {
    let fixed = sweep.axes.iter().filter(|axis| !axis.is_range());
    let fixed = fixed.map(|axis| format!("--{} {}", axis.knob.name, axis.values[0].text));
    let fixed = fixed.collect::<Vec<_>>().join(" ");
    let horizon = seconds(plan.horizon.as_secs_f64());
    let rest = if fixed.is_empty() { String::new() } else { format!("; {fixed}") };
    format!(
        "{} points, {} runs of {horizon} each, seed {}{rest}",
        sweep.points.len(),
        plan.runs,
        plan.seed
    )
}

/// Where it does not accumulate: there the figure means something.
fn settled(sweep: &Sweep) -> impl Iterator<Item = (&Point, f64)> {
    let points = sweep.points.iter().filter(|point| verdict(point) != Some(Answer::Accumulates));
    points.filter_map(|point| Some((point, sweep.value(point)?)))
}

fn ends(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (least, most)
}

/// From a value to a share of the scale: by proportion where the values span far.
struct Scale {
    least: f64,
    most: f64,
    is_by_proportion: bool,
}

impl Scale {
    fn of(sweep: &Sweep) -> Self {
        let values: Vec<f64> = settled(sweep).map(|(_, value)| value).collect();
        let (least, most) = if values.is_empty() { (0.0, 1.0) } else { ends(&values) };
        Scale { least, most, is_by_proportion: least > 0.0 && most / least > 30.0 }
    }

    fn share(&self, value: f64) -> f64 {
        if self.most <= self.least {
            return 0.0;
        }
        if self.is_by_proportion {
            return (value / self.least).ln() / (self.most / self.least).ln();
        }
        (value - self.least) / (self.most - self.least)
    }

    fn value(&self, share: f64) -> f64 {
        if self.is_by_proportion {
            return self.least * (self.most / self.least).powf(share);
        }
        self.least + (self.most - self.least) * share
    }
}

fn map(canvas: &mut Canvas, sweep: &Sweep, one: usize, other: usize) {
    // The longer range below: pictures are wide.
    let len = |axis: usize| sweep.axes[axis].values.len();
    let (across, up) = if len(one) >= len(other) { (one, other) } else { (other, one) };
    let (width, height) = (FRAME.width / len(across) as f64, FRAME.height / len(up) as f64);
    let scale = Scale::of(sweep);
    canvas.rect([FRAME.left, FRAME.top, FRAME.width, FRAME.height], "#f6f7f9", 1.0);
    for point in &sweep.points {
        let (left, top) = (
            FRAME.left + width * point.at[across] as f64,
            FRAME.bottom() - height * (point.at[up] + 1) as f64,
        );
        cell(canvas, sweep, point, &scale, [left, top, width, height]);
    }
    let every = |axis: usize, most: f64| (len(axis) as f64 / most).ceil().max(1.0) as usize;
    for (at, value) in sweep.axes[across].values.iter().enumerate().step_by(every(across, 22.0)) {
        let x = FRAME.left + width * (at as f64 + 0.5);
        FRAME.mark_below(canvas, x, &value.label);
    }
    for (at, value) in sweep.axes[up].values.iter().enumerate().step_by(every(up, 24.0)) {
        FRAME.mark_left(canvas, FRAME.bottom() - height * (at as f64 + 0.5), &value.label);
    }
    FRAME.names(canvas, &axis_name(sweep, across), "");
    canvas.upward_text(FRAME.left - 78.0, FRAME.y(0.5), NAME, &axis_name(sweep, up));
    legend(canvas, sweep, &scale);
}

fn cell(canvas: &mut Canvas, sweep: &Sweep, point: &Point, scale: &Scale, place: [f64; 4]) {
    let [left, top, width, height] = place;
    let inner = [left + 0.5, top + 0.5, width - 1.0, height - 1.0];
    let answer = verdict(point);
    let is_growing = answer == Some(Answer::Accumulates);
    let (color, ink, label) = match sweep.value(point) {
        _ if is_growing => (ACCUMULATES.to_owned(), MUTED, "grows".to_owned()),
        Some(value) => {
            let share = scale.share(value);
            let plain = sweep.show.unit.show(value);
            let number = plain.split(' ').next().unwrap_or_default().to_owned();
            // Where the unit changes from cell to cell, the number needs it.
            let is_mixed = sweep.show.unit.show(scale.least).split(' ').next_back()
                != sweep.show.unit.show(scale.most).split(' ').next_back();
            (of_share(share), on_share(share), if is_mixed { plain } else { number })
        }
        None => return,
    };
    canvas.rect(inner, &color, 1.0);
    let middle = (left + width / 2.0, top + height / 2.0);
    if width > 7.6 * label.chars().count() as f64 && height > 15.0 {
        let pen = Pen { size: 12.5, color: ink, ..MARK };
        canvas.text(middle.0, middle.1 + 4.5, pen, &label);
    }
    if answer == Some(Answer::OnTheEdge) {
        canvas.dot(left + width - 6.0, top + 6.0, 2.6, ENGAGE);
    }
}

fn legend(canvas: &mut Canvas, sweep: &Sweep, scale: &Scale) {
    const PIECES: usize = 60;
    let height = FRAME.height * 0.72;
    let bottom = FRAME.top + height + 26.0;
    let piece = height / PIECES as f64;
    for at in 0..PIECES {
        let share = (at as f64 + 0.5) / PIECES as f64;
        let top = bottom - piece * (at + 1) as f64;
        canvas.rect([LEGEND_LEFT, top, LEGEND_WIDTH, piece + 0.3], &of_share(share), 1.0);
    }
    let pen = Pen { anchor: Anchor::Start, ..MARK };
    for at in 0..=4 {
        let share = f64::from(at) / 4.0;
        let y = bottom - height * share;
        canvas.text(LEGEND_LEFT + 26.0, y + 4.5, pen, &sweep.show.unit.show(scale.value(share)));
    }
    let name = Pen { anchor: Anchor::Start, size: 13.0, ..NAME };
    canvas.text(LEGEND_LEFT, FRAME.top + 10.0, name, sweep.show.name);
    let mut y = bottom + 28.0;
    let has = |wanted| sweep.points.iter().any(|point| verdict(point) == Some(wanted));
    if has(Answer::Accumulates) {
        canvas.rect([LEGEND_LEFT, y - 9.0, LEGEND_WIDTH, 18.0], ACCUMULATES, 1.0);
        canvas.text(LEGEND_LEFT + 26.0, y + 4.5, NOTE, "accumulates");
        y += 26.0;
    }
    if has(Answer::OnTheEdge) {
        canvas.dot(LEGEND_LEFT + 9.0, y, 3.0, ENGAGE);
        canvas.text(LEGEND_LEFT + 26.0, y + 4.5, NOTE, "on the edge");
    }
}

fn axis_name(sweep: &Sweep, axis: usize) -> String {
    let knob = sweep.axes[axis].knob;
    match knob.name {
        "fast" | "slow" => format!("mean pause in the {} gear (--{})", knob.name, knob.name),
        "service" => "mean time at the sink (--service)".to_owned(),
        "engage" => "shift up above (--engage)".to_owned(),
        "release" => "shift down at (--release)".to_owned(),
        "times" => "arrivals, times as often (--times)".to_owned(),
        name => format!("{name} (--{name})"),
    }
}

fn line(canvas: &mut Canvas, sweep: &Sweep, only: usize) {
    let count = sweep.axes[only].values.len();
    let values: Vec<f64> = settled(sweep).map(|(_, value)| value).collect();
    let most = if values.is_empty() { 1.0 } else { ends(&values).1 };
    let axis = Axis::up_to(most, 6.0);
    for mark in &axis.marks {
        let y = FRAME.y(mark / axis.to);
        FRAME.across(canvas, y);
        let label = if axis.to >= 1e5 { digits(*mark) } else { axis.label(*mark) };
        FRAME.mark_left(canvas, y, &label);
    }
    let width = FRAME.width / count as f64;
    let x = |point: &Point| FRAME.left + width * (point.at[only] as f64 + 0.5);
    for point in sweep.points.iter().filter(|point| verdict(point) == Some(Answer::Accumulates)) {
        let left = x(point) - width / 2.0;
        canvas.rect([left, FRAME.top, width, FRAME.height], ACCUMULATES, 0.6);
        canvas.text(x(point), FRAME.top + 18.0, MARK, "grows");
    }
    let drawn: Vec<(f64, f64)> =
        settled(sweep).map(|(point, value)| (x(point), FRAME.y(value / axis.to))).collect();
    canvas.path(&drawn, LENGTH, 2.2);
    for (x, y) in drawn {
        canvas.dot(x, y, 4.0, LENGTH);
    }
    let every = (count as f64 / 22.0).ceil().max(1.0) as usize;
    for (at, value) in sweep.axes[only].values.iter().enumerate().step_by(every) {
        FRAME.mark_below(canvas, FRAME.left + width * (at as f64 + 0.5), &value.label);
    }
    FRAME.sides(canvas);
    let left = format!("{}, {}", sweep.show.title, sweep.show.unit.axis());
    FRAME.names(canvas, &axis_name(sweep, only), "");
    let pen = Pen { color: INK, ..NAME };
    canvas.upward_text(FRAME.left - 70.0, FRAME.y(0.5), pen, &left);
}
