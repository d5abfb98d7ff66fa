//! The picture of the two loops: the queue between them, its length over time, their last lines.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::lane;
use super::story::{RATE_COLUMNS, Story};
use crate::simulate::figure::{digits, seconds};
use crate::terminal::chart::Chart;
use crate::terminal::{Looks, Palette, frame, number};

const KEYS: [(&str, &str); 3] = [("q", "end"), ("p", "pause the picture"), ("?", "help")];

const HELP: &str = "\
A producer writes an item every 0.25 to 1.5 s and puts it into the queue;
each block is one item, with its number. A consumer reads the oldest one.

above 5 items   it changes to the fast gear and pauses 0.2 to 0.6 s
at none         it changes back to the slow gear and pauses 1 to 2 s

All times are those of the system: at --speed 10 its second takes a tenth.

q, Ctrl-C   end                   p   stop the picture, not the loops
Ctrl-Z      to the shell (fg)     ?   this";

/// Draws everything.
pub(super) fn draw(story: &Story, looks: &Looks, area: Rect, buffer: &mut Buffer) {
    if !frame::fits(area, buffer) {
        return;
    }
    let rows = [
        Constraint::Length(1),
        Constraint::Length(5),
        Constraint::Fill(1),
        Constraint::Length(4),
        Constraint::Length(2),
        Constraint::Length(1),
    ];
    let [title, queue, chart, lines, figures, keys] = Layout::vertical(rows).areas(area);
    let palette = &looks.palette;
    self::title(story, palette, title, buffer);
    self::queue(story, palette, queue, buffer);
    self::chart(story, palette, chart, buffer);
    self::lines(story, palette, lines, buffer);
    self::figures(story, palette, figures, buffer);
    frame::last_line(&KEYS, looks, keys, buffer);
    frame::help(HELP, looks, area, buffer);
}

fn title(story: &Story, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let mut spans = vec![
        Span::styled(" forebay demo ", Palette::badge(Style::new())),
        Span::styled(format!("  seed {}", story.seed), palette.quiet),
    ];
    if (story.speed - 1.0).abs() > f64::EPSILON {
        spans.push(Span::styled(format!("   speed x{}", story.speed), palette.quiet));
    }
    Line::from(spans).render(area, buffer);
    let mut clock = number::clock(story.run_time);
    if let Some(run_for) = story.run_for {
        clock += &format!(" of {}", number::clock(run_for));
    }
    Line::from(format!("{clock} ")).right_aligned().render(area, buffer);
}

fn queue(story: &Story, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let waiting = story.waiting.len();
    let items = if waiting == 1 { "item waits" } else { "items wait" };
    let title = Line::from(vec![
        Span::styled(" producer ▸ put ", palette.quiet),
        Span::styled(format!(" {} {items} ", number::count(waiting as u64)), palette.strong),
    ]);
    let right = Line::styled(" get ▸ consumer ", palette.quiet);
    let inner = frame::boxed(title, right, palette, area, buffer);
    let lane = Rect { x: inner.x + 1, width: inner.width - 2, ..inner };
    let items = story.waiting.iter().map(|(item, _)| *item);
    lane::draw(items, story.thresholds.engage_above, palette, lane, buffer);
}

fn chart(story: &Story, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let name = if story.gear == 0 { " SLOW " } else { " FAST " };
    let title = Line::styled(" items that wait, over time ", palette.quiet);
    let right = Line::from(vec![
        Span::styled(" gear ", palette.quiet),
        Span::styled(name, Palette::badge(palette.gear(story.gear))),
    ]);
    let inner = frame::boxed(title, right, palette, area, buffer);
    let chart = Chart { history: &story.history, thresholds: Some(story.thresholds), palette };
    chart.draw(inner, buffer);
}

/// What `forebay demo` would have printed last.
fn lines(story: &Story, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let title = Line::styled(" the last lines of the two loops ", palette.quiet);
    let inner = frame::boxed(title, Line::default(), palette, area, buffer);
    let rows = [("producer", story.writing), ("consumer", story.reading)];
    for (row, (name, last)) in inner.rows().zip(rows) {
        let said = last.map_or_else(|| "…".to_owned(), |happening| happening.to_string());
        let spans = vec![
            Span::styled(format!(" {name}  "), palette.quiet),
            Span::styled(said, palette.strong),
        ];
        Line::from(spans).render(row, buffer);
    }
}

fn figures(story: &Story, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let (put, got) = story.history.rates(RATE_COLUMNS);
    let wait = story.mean_wait_s().map_or_else(|| "none yet".to_owned(), seconds);
    let [slow, fast] = story.time_in.map(|time| time.as_secs_f64());
    let gear = |time: f64| format!("{} ({})", number::share(time, slow + fast), seconds(time));
    let first = [
        ("in", number::rate(put)),
        ("out", number::rate(got)),
        ("mean wait", wait),
        ("mean length", digits(story.mean_length())),
        ("written", number::count(story.written)),
    ];
    let second = [
        ("slow", gear(slow)),
        ("fast", gear(fast)),
        ("shifts up", number::count(story.ups)),
        ("down", number::count(story.downs)),
        ("read", number::count(story.read)),
    ];
    for (row, figures) in area.rows().zip([first, second]) {
        let mut spans = vec![Span::raw(" ")];
        for (name, value) in figures {
            spans.push(Span::styled(format!("{name} "), palette.quiet));
            spans.push(Span::styled(format!("{value}   "), palette.strong));
        }
        Line::from(spans).render(row, buffer);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use forebay::Gears;

    use super::super::super::happening::Happening;
    use super::super::super::{Options, Show};
    use super::*;
    use crate::clock;
    use crate::terminal::{Help, Motion, When};

    /// What the picture says, a row a line, without the blanks at the ends.
    fn drawn(story: &Story, looks: &Looks, columns: u16, rows: u16) -> Vec<String> {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        draw(story, looks, area, &mut buffer);
        let row = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..rows).map(|y| row(y).trim_end().to_owned()).collect()
    }

    /// Eight seconds: seven items come, one is read, and the consumer shifts up.
    fn story() -> Story {
        let start = clock::now();
        let at = |ms| start + Duration::from_millis(ms);
        let options = Options {
            seed: Some(3),
            run_for: Some(Duration::from_secs(60)),
            speed: 2.0,
            show: Show::Picture,
            color: When::Never,
        };
        let mut story = Story::new(start, 3, &options);
        let items = [0.25, 0.721, 1.0, 1.499, 0.333, 0.5, 0.9];
        for (nth, item) in (1..).zip(items) {
            story.tell(Happening::Wrote(item), at(nth * 500));
        }
        story.tell(Happening::Read(0.25, 6), at(3600));
        let shift = Gears::default().observe(6).expect("6 is above 5");
        story.tell(Happening::Shifted(shift), at(3600));
        story.advance(at(4000));
        story
    }

    #[test]
    fn a_picture_of_six_items_in_the_fast_gear() {
        let looks = Looks::new(Palette::plain());
        assert_eq!(
            drawn(&story(), &looks, 80, 24),
            [
                " forebay demo   seed 3   speed x2                                  0:04 of 1:00",
                "╭ producer ▸ put  6 items wait ──────────────────────────────── get ▸ consumer ╮",
                "│                                                                              │",
                "│                                0.9     0.5    0.333   1.499    1.0    0.721  │",
                "│                                                                              │",
                "╰──────────────────────────────────────────────────────────────────────────────╯",
                "╭ items that wait, over time ────────────────────────────────────── gear  FAST ╮",
                "│   8┤                                                          ▁              │",
                "│    │                                                         ▂█▂             │",
                "│    │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▃███ fast above 5│",
                "│   4┤                                                       ▄████             │",
                "│    │                                                      ▅█████             │",
                "│    │                                                     ▆██████             │",
                "│   0┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▇███████ slow at 0   │",
                "│gear                                                    ───────▀▀             │",
                "│                    40 s ago            20 s ago              now             │",
                "╰──────────────────────────────────────────────────────────────────────────────╯",
                "╭ the last lines of the two loops ─────────────────────────────────────────────╮",
                "│ producer  Writing 0.9                                                        │",
                "│ consumer  Reading 0.25 and the queue still has 6 elements                    │",
                "╰──────────────────────────────────────────────────────────────────────────────╯",
                " in 0.88/s   out 0.12/s   mean wait 6.20 s   mean length 3.40   written 7",
                " slow 90 % (7.20 s)   fast 10 % (800 ms)   shifts up 1   down 0   read 1",
                "  q  end    p  pause the picture    ?  help",
            ]
        );
    }

    #[test]
    fn it_fills_a_large_terminal_to_its_edges() {
        let rows = drawn(&story(), &Looks::new(Palette::colored()), 213, 60);
        assert_eq!(rows.len(), 60);
        assert_eq!(rows[1].chars().count(), 213);
        assert!(rows[59].starts_with("  q  end"));
        assert!(rows.iter().any(|row| row.contains("slow at 0")));
    }

    #[test]
    fn a_terminal_too_small_is_told_how_large_it_has_to_be() {
        for (columns, rows) in [(79, 24), (80, 23), (1, 1)] {
            let text = drawn(&story(), &Looks::new(Palette::plain()), columns, rows).concat();
            assert!(text.starts_with('T') && !text.contains("producer"), "{text}");
        }
    }

    #[test]
    fn pause_and_help_are_seen() {
        let mut looks = Looks::new(Palette::plain());
        let text = |looks: &Looks| drawn(&story(), looks, 80, 24).join("\n");
        assert!(!text(&looks).contains("paused") && !text(&looks).contains("Ctrl-Z"));
        looks.motion = Motion::Paused;
        looks.help = Help::Shown;
        assert!(text(&looks).contains("paused: p goes on") && text(&looks).contains("Ctrl-Z"));
    }
}
