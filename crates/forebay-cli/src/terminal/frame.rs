//! What is around every picture: the refusal of a small terminal, the last line, the help.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph, Widget, Wrap};

use super::{COLUMNS_MIN, Help, Looks, Motion, Palette, ROWS_MIN};

/// Whether there is room; without, it says how much is needed.
pub(crate) fn fits(area: Rect, buffer: &mut Buffer) -> bool {
    let fits = area.width >= COLUMNS_MIN && area.height >= ROWS_MIN;
    if !fits {
        let (width, height) = (area.width, area.height);
        let text = format!(
            "This needs {COLUMNS_MIN} columns and {ROWS_MIN} rows, and has {width} and {height}. \
             Enlarge the terminal, or end with q."
        );
        Paragraph::new(text).wrap(Wrap { trim: true }).render(area, buffer);
    }
    fits
}

/// A frame with its title, and what is inside.
pub(crate) fn boxed(
    title: Line<'_>,
    right: Line<'_>,
    palette: &Palette,
    area: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(palette.quiet)
        .title(title)
        .title(right.right_aligned());
    let inner = block.inner(area);
    block.render(area, buffer);
    inner
}

/// The keys, and whether the picture stands still.
pub(crate) fn last_line(keys: &[(&str, &str)], looks: &Looks, area: Rect, buffer: &mut Buffer) {
    let palette = &looks.palette;
    let mut spans = vec![Span::raw(" ")];
    for (key, meaning) in keys {
        spans.push(Span::styled(format!(" {key} "), Palette::badge(Style::new())));
        spans.push(Span::styled(format!(" {meaning}   "), palette.quiet));
    }
    Line::from(spans).render(area, buffer);
    if looks.motion == Motion::Paused {
        let paused = Span::styled(" paused: p goes on ", Palette::badge(palette.fast));
        Line::from(paused).right_aligned().render(area, buffer);
    }
}

/// In the middle, over everything else, when it is asked for.
pub(crate) fn help(text: &'static str, looks: &Looks, area: Rect, buffer: &mut Buffer) {
    if looks.help == Help::Hidden {
        return;
    }
    let text = Text::raw(text);
    let (columns, rows) = (text.width() + 6, text.height() + 4);
    let length = |size: usize| Constraint::Length(u16::try_from(size).unwrap_or(u16::MAX));
    let [across] = Layout::horizontal([length(columns)]).flex(Flex::Center).areas(area);
    let [place] = Layout::vertical([length(rows)]).flex(Flex::Center).areas(across);
    Clear.render(place, buffer);
    let block = Block::bordered()
        .border_type(BorderType::Double)
        .title(" help ")
        .padding(Padding::symmetric(2, 1));
    Paragraph::new(text).block(block).render(place, buffer);
}
