//! The length over time: a column for each moment, the gear below it, thresholds across.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::history::{Column, History};
use super::number;
use super::palette::Palette;
use crate::simulate::figure::seconds;

/// A column of eighths of a row.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// Columns between two marks of the time.
const BETWEEN_MARKS: u16 = 20;

/// Where the gears begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thresholds {
    pub(crate) engage_above: u64,
    pub(crate) release_at: u64,
}

/// What is drawn.
#[derive(Debug)]
pub(crate) struct Chart<'a> {
    pub(crate) history: &'a History,
    pub(crate) thresholds: Option<Thresholds>,
    pub(crate) palette: &'a Palette,
}

/// Where it is drawn: the plot, with the gears and the time below it.
struct Plot {
    area: Rect,
    top: u64,
}

impl Chart<'_> {
    /// Draws it. Needs some twenty columns and four rows to show anything.
    pub(crate) fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let labels = self.labels();
        let right = labels.iter().flatten().map(|(_, text)| width(text)).max().unwrap_or(0);
        let longest = self.longest(usize::from(area.width));
        let top = top(longest.max(self.thresholds.map_or(0, |at| at.engage_above + 1)));
        let left = width(&number::count(top)).max(4) + 1;
        if area.width < left + right + 8 || area.height < 4 {
            return;
        }
        let columns = area.width - left - right;
        let plot = Plot {
            area: Rect { x: area.x + left, width: columns, height: area.height - 2, ..area },
            top,
        };
        self.axis(&plot, left, buffer);
        self.columns(&plot, buffer);
        for (at, text) in labels.iter().flatten() {
            self.threshold(&plot, *at, text, buffer);
        }
        self.gears(&plot, left, buffer);
        self.time(&plot, buffer);
    }

    fn labels(&self) -> [Option<(u64, String)>; 2] {
        let Some(Thresholds { engage_above, release_at }) = self.thresholds else {
            return [None, None];
        };
        let label = |word: &str, at| Some((at, format!(" {word} {}", number::count(at))));
        [label("fast above", engage_above), label("slow at", release_at)]
    }

    fn longest(&self, columns: usize) -> u64 {
        self.history.latest(columns).filter_map(|column| column.length).max().unwrap_or(0)
    }

    /// The scale on the left: the top, the middle, the ground.
    fn axis(&self, plot: &Plot, left: u16, buffer: &mut Buffer) {
        let Plot { area, top } = *plot;
        for y in area.top()..area.bottom() {
            buffer.set_string(area.x - 1, y, "│", self.palette.quiet);
        }
        let mut mark = |value: u64| {
            let text = number::count(value);
            let (x, y) = (area.x - left, plot.row(value));
            buffer.set_string(area.x - 1, y, "┤", self.palette.quiet);
            buffer.set_string(x + left - 1 - width(&text), y, text, Style::new());
        };
        mark(top);
        if area.height >= 5 && top.is_multiple_of(2) {
            mark(top / 2);
        }
        mark(0);
    }

    /// The lengths, newest on the right.
    fn columns(&self, plot: &Plot, buffer: &mut Buffer) {
        for (x, column) in self.placed(plot) {
            let Some(length) = column.length else { continue };
            let style = self.palette.gear(column.gear);
            let mut eighths = plot.eighths(length);
            // Something that waits is seen, however little it is beside the rest.
            if length > 0 {
                eighths = eighths.max(1);
            }
            for y in (plot.area.top()..plot.area.bottom()).rev() {
                let here = eighths.min(8);
                eighths -= here;
                if here > 0 {
                    let block = EIGHTHS[usize::try_from(here).unwrap_or(8)];
                    buffer.set_string(x, y, block, style);
                }
            }
        }
    }

    /// A line behind the columns, with its meaning on the right.
    fn threshold(&self, plot: &Plot, at: u64, text: &str, buffer: &mut Buffer) {
        let y = plot.row(at);
        for x in plot.area.left()..plot.area.right() {
            if buffer[(x, y)].symbol() == " " {
                buffer.set_string(x, y, "┄", self.palette.mark);
            }
        }
        buffer.set_string(plot.area.right(), y, text, self.palette.mark);
    }

    /// A line as thick as the gear is fast.
    fn gears(&self, plot: &Plot, left: u16, buffer: &mut Buffer) {
        let y = plot.area.bottom();
        buffer.set_string(plot.area.x - left, y, "gear", self.palette.quiet);
        for (x, column) in self.placed(plot) {
            if column.length.is_some() {
                let line = if column.gear == 0 { "─" } else { "▀" };
                buffer.set_string(x, y, line, self.palette.gear(column.gear));
            }
        }
    }

    /// How long ago a column was.
    fn time(&self, plot: &Plot, buffer: &mut Buffer) {
        let (y, right) = (plot.area.bottom() + 1, plot.area.right());
        buffer.set_string(right - 3, y, "now", self.palette.quiet);
        let mut ago = BETWEEN_MARKS;
        while ago + 4 < plot.area.width {
            let time = seconds(self.history.column().as_secs_f64() * f64::from(ago));
            let text = format!("{} ago", time.replace(".0 ", " "));
            let x = (right - 1 - ago).saturating_sub(width(&text) / 2);
            if x > plot.area.x && x + width(&text) < right - 4 {
                buffer.set_string(x, y, text, self.palette.quiet);
            }
            ago += BETWEEN_MARKS;
        }
    }

    /// Each column and where it stands.
    fn placed(&self, plot: &Plot) -> impl Iterator<Item = (u16, &Column)> {
        let columns = self.history.latest(usize::from(plot.area.width));
        let first = plot.area.right() - u16::try_from(columns.len()).unwrap_or(plot.area.width);
        (first..).zip(columns)
    }
}

impl Plot {
    fn eighths(&self, length: u64) -> u64 {
        let all = u128::from(self.area.height) * 8;
        let eighths = u128::from(length) * all / u128::from(self.top);
        u64::try_from(eighths.min(all)).unwrap_or(u64::MAX)
    }

    /// The row that this length reaches into.
    fn row(&self, length: u64) -> u16 {
        let below = self.eighths(length).saturating_sub(1) / 8;
        let below = u16::try_from(below).unwrap_or(0).min(self.area.height - 1);
        self.area.bottom() - 1 - below
    }
}

/// The end of the scale: the next number that is read at a glance.
fn top(longest: u64) -> u64 {
    if longest <= 10 {
        return longest.max(2).next_multiple_of(2);
    }
    let magnitude = 10_u64.pow(longest.ilog10());
    [2, 4, 6, 8, 10]
        .into_iter()
        .filter_map(|step| magnitude.checked_mul(step))
        .find(|top| *top >= longest)
        .unwrap_or(u64::MAX)
}

fn width(text: &str) -> u16 {
    u16::try_from(text.chars().count()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_scale_ends_at_a_number_that_is_read_at_a_glance() {
        let tops = [0, 1, 6, 7, 10, 11, 99, 100, 101, 4_001, u64::MAX].map(top);
        assert_eq!(tops, [2, 2, 6, 8, 10, 20, 100, 200, 200, 6_000, u64::MAX]);
    }

    #[test]
    fn the_newest_column_stands_on_the_right_and_reaches_its_length() {
        let mut history = History::new(Duration::from_secs(1));
        for (at, length) in [0, 4, 8].into_iter().enumerate() {
            history.advance(Duration::from_secs(at as u64));
            history.set(length, usize::from(length > 5));
        }
        let palette = Palette::plain();
        let thresholds = Some(Thresholds { engage_above: 5, release_at: 0 });
        let area = Rect::new(0, 0, 34, 6);
        let mut buffer = Buffer::empty(area);
        Chart { history: &history, thresholds, palette: &palette }.draw(area, &mut buffer);
        let rows: Vec<String> =
            (0..6).map(|y| (0..34).map(|x| buffer[(x, y)].symbol()).collect::<String>()).collect();
        assert_eq!(
            rows,
            [
                "   8┤               █             ",
                "    │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄█ fast above 5",
                "    │              ██             ",
                "   0┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄██ slow at 0   ",
                "gear              ──▀             ",
                "                  now             ",
            ]
        );
    }

    #[test]
    fn a_place_too_small_for_it_stays_empty() {
        let (history, palette) = (History::new(Duration::from_secs(1)), Palette::plain());
        for (width, height) in [(0, 0), (3, 9), (90, 3)] {
            let area = Rect::new(0, 0, width, height);
            let mut buffer = Buffer::empty(area);
            Chart { history: &history, thresholds: None, palette: &palette }
                .draw(area, &mut buffer);
            assert_eq!(buffer, Buffer::empty(area));
        }
    }
}
