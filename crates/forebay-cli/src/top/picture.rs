//! The picture of a service: its figures, its length over time, its routes, what is wrong.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use super::routes;
use super::status::{Figures, Status};
use super::watch::Watch;
use crate::simulate::figure::{digits, seconds};
use crate::terminal::chart::Chart;
use crate::terminal::{Looks, Palette, frame, number};

const KEYS: [(&str, &str); 3] = [("q", "end"), ("p", "pause the picture"), ("?", "help")];

const HELP: &str = "\
The service is asked for /status twice a second; rates are those of the
last five seconds. The chart is the length of all routes together.

green    as it should be          yellow   in the fast gear
red      the sink is down, or the backlog stands still

dead     events that the database refused: forebay backlog dead list
flight   events that are being written now

q, Ctrl-C   end                   p   stop the picture
Ctrl-Z      to the shell (fg)     ?   this";

/// Draws everything.
pub(super) fn draw(watch: &Watch, looks: &Looks, area: Rect, buffer: &mut Buffer) {
    if !frame::fits(area, buffer) {
        return;
    }
    let routes = watch.status().map_or(1, |status| status.routes.len().max(1));
    let routes = u16::try_from(routes).unwrap_or(u16::MAX).min(area.height / 4);
    let rows = [
        Constraint::Length(1),
        Constraint::Length(3),
        Constraint::Fill(1),
        Constraint::Length(routes + 3),
        Constraint::Length(4),
        Constraint::Length(1),
    ];
    let [title, figures, chart, table, wrong, keys] = Layout::vertical(rows).areas(area);
    let palette = &looks.palette;
    self::title(watch, palette, title, buffer);
    if let Some(status) = watch.status() {
        self::figures(watch, status, palette, figures, buffer);
    }
    self::chart(watch, palette, chart, buffer);
    let name = Line::styled(" routes ", palette.quiet);
    let inner = frame::boxed(name, Line::default(), palette, table, buffer);
    routes::draw(watch, palette, inner, buffer);
    self::wrong(watch, palette, wrong, buffer);
    frame::last_line(&KEYS, looks, keys, buffer);
    frame::help(HELP, looks, area, buffer);
}

fn title(watch: &Watch, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let url = Span::styled(format!("  {}", watch.url), palette.quiet);
    Line::from(vec![Span::styled(" forebay top ", Palette::badge(Style::new())), url])
        .render(area, buffer);
    let right = match (&watch.silence, watch.status()) {
        (Some(_), Some(_)) => Span::styled(" connection lost ", Palette::badge(palette.bad)),
        (Some(_), None) => Span::styled(" no connection ", Palette::badge(palette.bad)),
        (None, Some(status)) => {
            let up = number::clock(std::time::Duration::from_secs_f64(status.uptime_s.max(0.0)));
            Span::styled(format!("version {}, up {up} ", status.version), palette.quiet)
        }
        (None, None) => Span::styled("asking … ", palette.quiet),
    };
    Line::from(right).right_aligned().render(area, buffer);
}

fn figures(watch: &Watch, status: &Status, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let Figures { consumer, sink, .. } = &status.figures;
    let figures = &status.figures;
    let rates = watch.rates();
    let batch = rates.and_then(|rates| rates.batch);
    let workers = consumer.writers_max.map_or_else(
        || number::count(consumer.writers_busy),
        |max| format!("{} of {}", number::count(consumer.writers_busy), number::count(max)),
    );
    let write = consumer.last_write_ms.map_or_else(
        || sink.state.clone(),
        |ms| format!("{} ({})", sink.state, seconds(ms / 1000.0)),
    );
    let unknown = || "–".to_owned();
    let plain = if watch.silence.is_some() { palette.quiet } else { palette.strong };
    let state = if figures.is_bad() { palette.bad } else { palette.good };
    let rows = [
        vec![
            ("waiting", number::count(figures.waiting), plain),
            ("bytes", number::bytes(figures.bytes), plain),
            ("oldest", seconds(figures.oldest_age_s), plain),
            ("in", rates.map_or_else(unknown, |rates| number::rate(rates.accepted)), plain),
            ("out", rates.map_or_else(unknown, |rates| number::rate(rates.gone)), plain),
        ],
        vec![
            ("gear", figures.gear.to_uppercase(), palette.gear(consumer.gear_number)),
            ("workers", workers, plain),
            ("batch", batch.map_or_else(unknown, digits), plain),
            ("in flight", number::count(figures.in_flight), plain),
            ("shifts", number::count(consumer.shifts), plain),
        ],
        vec![
            ("sink", write, state),
            ("accepted", number::count(figures.accepted), plain),
            ("delivered", number::count(figures.delivered), plain),
            ("durability", figures.durability.clone(), plain),
        ],
    ];
    for (row, figures) in area.rows().zip(rows) {
        let mut spans = vec![Span::raw(" ")];
        for (name, value, style) in figures {
            spans.push(Span::styled(format!("{name} "), palette.quiet));
            spans.push(Span::styled(format!("{value}   "), style));
        }
        Line::from(spans).render(row, buffer);
    }
}

fn chart(watch: &Watch, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let title = Line::styled(" events that wait, over time ", palette.quiet);
    let right = watch.status().map_or_else(Line::default, |status| {
        let figures = &status.figures;
        let style = palette.gear(figures.consumer.gear_number);
        Line::from(vec![
            Span::styled(" gear ", palette.quiet),
            Span::styled(format!(" {} ", figures.gear.to_uppercase()), Palette::badge(style)),
        ])
    });
    let inner = frame::boxed(title, right, palette, area, buffer);
    let chart = Chart { history: &watch.history, thresholds: watch.thresholds(), palette };
    chart.draw(inner, buffer);
}

/// The most pressing first.
fn wrong(watch: &Watch, palette: &Palette, area: Rect, buffer: &mut Buffer) {
    let mut said: Vec<Line<'_>> = Vec::new();
    if let Some(silence) = &watch.silence {
        let since = seconds((watch.now - silence.since).as_secs_f64());
        let text = format!("{}; no answer for {since}, asked twice a second", silence.reason);
        said.push(Line::styled(text, palette.bad));
    }
    let routes = watch.status().map(|status| &status.routes);
    for (name, figures) in routes.into_iter().flatten() {
        said.extend(wrong_with(name, figures).into_iter().map(Line::raw));
    }
    let title = Line::styled(" errors ", palette.quiet);
    let inner = frame::boxed(title, Line::default(), palette, area, buffer);
    if said.is_empty() {
        said.push(Line::styled("none", palette.quiet));
    }
    let more = said.len().saturating_sub(usize::from(inner.height));
    Paragraph::new(said).wrap(Wrap { trim: true }).render(inner, buffer);
    if more > 0 {
        let more = Span::styled(format!(" {more} more "), palette.quiet);
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        Line::from(more).right_aligned().render(last, buffer);
    }
}

fn wrong_with(name: &str, figures: &Figures) -> Vec<String> {
    let mut said = Vec::new();
    if figures.sink.state == "down" {
        let reason = figures.sink.reason.as_deref().unwrap_or("it does not say why");
        let hint = figures.sink.hint.as_ref().map_or_else(String::new, |hint| format!(" ({hint})"));
        said.push(format!("{name}: the sink is down: {reason}{hint}"));
    }
    if let Some(stalled_s) = figures.stalled_s {
        said.push(format!("{name}: the backlog has stood still for {}", seconds(stalled_s)));
    }
    let counts = [
        (figures.dead, "dead letters"),
        (figures.dropped, "dropped"),
        (figures.damaged, "damaged places set aside"),
        (figures.consumer.panics, "writers panicked"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let errors = figures.sink.errors.iter().filter(|(_, count)| **count > 0);
    let counted: Vec<String> = counts
        .map(|(count, what)| format!("{what} {}", number::count(count)))
        .chain(errors.map(|(class, count)| format!("{class} {}", number::count(*count))))
        .collect();
    if !counted.is_empty() {
        said.push(format!("{name}: {}", counted.join(", ")));
    }
    said
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;

    const FIRST: &str = r#"{"version":"0.1.0","uptime_s":3600,"waiting":900,"bytes":90000,
        "oldest_age_s":1.5,"in_flight":256,"accepted":20000,"delivered":18844,"dropped":0,"dead":0,
        "gear":"fast","durability":"disk","sink":{"state":"up"},
        "consumer":{"gear_number":1,"writers_busy":4,"writers_max":4,"batches":70,"shifts":3,
        "last_write_ms":12,"engage_above":1000,"release_at":0},"routes":{}}"#;
    const SECOND: &str = r#"{"version":"0.1.0","uptime_s":3602,"waiting":1250,"bytes":125000,
        "oldest_age_s":2.25,"in_flight":256,"accepted":22000,"delivered":20493,"dropped":0,"dead":1,
        "gear":"fast","durability":"disk","sink":{"state":"up"},
        "consumer":{"gear_number":1,"writers_busy":4,"writers_max":4,"batches":80,"shifts":3,
        "last_write_ms":12,"engage_above":1000,"release_at":0},
        "routes":{"default":{"gear":"fast","waiting":1250,"oldest_age_s":2.25,"in_flight":256,
        "dead":1,"sink":{"state":"up","errors":{"refused":1,"busy":0}},
        "consumer":{"gear_number":1}},
        "orders":{"gear":"slow","sink":{"state":"down","reason":"connection refused",
        "hint":"is it running?"}}}}"#;

    fn watch() -> Watch {
        let start = clock::now();
        let mut watch = Watch::new(start, "http://127.0.0.1:8080");
        for (seconds, text) in [(1, FIRST), (3, SECOND)] {
            let status = serde_json::from_str(text).expect("an answer of ours");
            watch.hear(Ok(status), start + Duration::from_secs(seconds));
        }
        watch
    }

    /// A row a line, without the blanks at the ends.
    fn drawn(watch: &Watch, rows: u16) -> Vec<String> {
        let area = Rect::new(0, 0, 80, rows);
        let mut buffer = Buffer::empty(area);
        draw(watch, &Looks::new(Palette::plain()), area, &mut buffer);
        let row = |y| (0..80).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..rows).map(|y| row(y).trim_end().to_owned()).collect()
    }

    #[test]
    fn a_picture_of_a_busy_service_with_one_sink_down() {
        assert_eq!(
            drawn(&watch(), 26),
            [
                " forebay top   http://127.0.0.1:8080                  version 0.1.0, up 1:00:02",
                " waiting 1,250   bytes 122 KiB   oldest 2.25 s   in 1,000/s   out 825/s",
                " gear FAST   workers 4 of 4   batch 165   in flight 256   shifts 3",
                " sink up (12.0 ms)   accepted 22,000   delivered 20,493   durability disk",
                "╭ events that wait, over time ───────────────────────────────────── gear  FAST ╮",
                "│2,000┤                                                                        │",
                "│     │                                                                        │",
                "│     │                                                                        │",
                "│     │                                                      █                 │",
                "│1,000┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▄▄█ fast above 1,000│",
                "│     │                                                    ███                 │",
                "│     │                                                    ███                 │",
                "│    0┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄███ slow at 0       │",
                "│gear                                                      ▀▀▀                 │",
                "│                40 s ago            20 s ago              now                 │",
                "╰──────────────────────────────────────────────────────────────────────────────╯",
                "╭ routes ──────────────────────────────────────────────────────────────────────╮",
                "│  route      gear   waiting   oldest        in       out flight  dead sink    │",
                "│● default    fast     1,250   2.25 s         –         –    256     1 up      │",
                "│● orders     slow         0      0 s         –         –      0     0 down    │",
                "╰──────────────────────────────────────────────────────────────────────────────╯",
                "╭ errors ──────────────────────────────────────────────────────────────────────╮",
                "│default: dead letters 1, refused 1                                            │",
                "│orders: the sink is down: connection refused (is it running?)                 │",
                "╰──────────────────────────────────────────────────────────────────────────────╯",
                "  q  end    p  pause the picture    ?  help",
            ]
        );
    }

    #[test]
    fn a_lost_connection_is_said_and_what_was_known_stays() {
        let mut watch = watch();
        let later = clock::now() + Duration::from_secs(10);
        watch.hear(Err("Connection refused".to_owned()), later);
        let text = drawn(&watch, 24).join("\n");
        assert!(text.contains("connection lost") && text.contains("Connection refused"), "{text}");
        assert!(text.contains("waiting 1,250") && text.contains("in –   out –"), "{text}");
    }

    #[test]
    fn more_routes_than_there_is_room_for_are_counted() {
        let start = clock::now();
        let mut watch = Watch::new(start, "http://127.0.0.1:8080");
        let route = |at: usize| (format!("r{at}"), Figures::default());
        let routes = (0..50).map(route).collect();
        watch.hear(Ok(Status { uptime_s: 1.0, routes, ..Status::default() }), start);
        let text = drawn(&watch, 24).join("\n");
        assert!(text.contains("45 more"), "{text}");
        assert_eq!(text.matches("● r").count(), 5, "{text}");
    }
}
