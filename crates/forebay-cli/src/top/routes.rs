//! A row for each route, whose color says its state before one reads.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Cell, Row, Table, Widget};

use super::status::Figures;
use super::watch::Watch;
use crate::simulate::figure::seconds;
use crate::terminal::{Palette, number};

const HEADINGS: [&str; 9] =
    ["  route", "gear", "waiting", "oldest", "in", "out", "flight", "dead", "sink"];
const WIDTHS: [Constraint; 9] = [
    Constraint::Fill(1),
    Constraint::Length(4),
    Constraint::Length(9),
    Constraint::Length(8),
    Constraint::Length(9),
    Constraint::Length(9),
    Constraint::Length(6),
    Constraint::Length(5),
    Constraint::Length(8),
];
/// Text on the left, figures on the right.
const IS_FIGURE: [bool; 9] = [false, false, true, true, true, true, true, true, false];

/// Draws as many as there is room for; the last row says how many more there are.
pub(super) fn draw(watch: &Watch, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let Some(status) = watch.status() else { return };
    let room = usize::from(area.height).saturating_sub(1);
    let all = status.routes.len();
    let shown = if all > room { room.saturating_sub(1) } else { all };
    let mut rows: Vec<Row<'_>> = status
        .routes
        .iter()
        .take(shown)
        .map(|(name, figures)| row(watch, palette, name, figures))
        .collect();
    if shown < all {
        rows.push(Row::new([Cell::from(format!("  {} more", all - shown))]));
    }
    let headings = HEADINGS.map(str::to_owned);
    let header = Row::new(aligned(headings)).style(palette.quiet);
    Table::new(rows, WIDTHS).header(header).column_spacing(1).render(area, buffer);
}

fn row<'a>(watch: &Watch, palette: &Palette, name: &'a str, figures: &'a Figures) -> Row<'a> {
    let rates = watch.rates_of_route(name);
    let state = state(figures, palette);
    let cells = aligned([
        name.to_owned(),
        figures.gear.clone(),
        number::count(figures.waiting),
        seconds(figures.oldest_age_s),
        rates.map_or_else(unknown, |rates| number::rate(rates.accepted)),
        rates.map_or_else(unknown, |rates| number::rate(rates.gone)),
        number::count(figures.in_flight),
        number::count(figures.dead),
        figures.sink.state.clone(),
    ]);
    let mut cells = cells.to_vec();
    let name = vec![Span::styled("● ", state), Span::raw(name)];
    cells[0] = Cell::from(Line::from(name));
    cells[1] = Cell::from(figures.gear.as_str()).style(palette.gear(figures.consumer.gear_number));
    cells[8] = Cell::from(figures.sink.state.as_str()).style(state);
    if figures.dead > 0 {
        cells[7] = cells[7].clone().style(palette.bad);
    }
    Row::new(cells)
}

fn unknown() -> String {
    "–".to_owned()
}

/// Bad before fast before good.
pub(super) fn state(figures: &Figures, palette: &Palette) -> Style {
    if figures.is_bad() {
        palette.bad
    } else if figures.consumer.gear_number > 0 {
        palette.fast
    } else {
        palette.good
    }
}

fn aligned(texts: [String; 9]) -> [Cell<'static>; 9] {
    let mut is_figure = IS_FIGURE.into_iter();
    texts.map(|text| {
        let line = Line::from(text);
        let is_figure = is_figure.next().unwrap_or_default();
        Cell::from(if is_figure { line.right_aligned() } else { line })
    })
}
