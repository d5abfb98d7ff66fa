//! A bar chart as SVG. It brings its own ground, light or dark as the reader's system is, so that it can be read on any
//! page.

use std::fmt::Write;

/// Everything that is to be seen.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) legend: Vec<(Look, &'static str)>,
    pub(super) panels: Vec<Panel>,
    pub(super) notes: Vec<String>,
}

/// A few bars with one scale.
pub(super) struct Panel {
    pub(super) what: String,
    pub(super) cell: String,
    pub(super) bars: Vec<Bar>,
}

/// One bar, and what stands behind its end.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) said: String,
    pub(super) look: Look,
}

/// What a bar is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Ours,
    Safe,
    Lossy,
}

impl Look {
    fn class(self) -> &'static str {
        match self {
            Look::Ours => "o",
            Look::Safe => "s",
            Look::Lossy => "l",
        }
    }
}

const WIDTH: usize = 800;
const MARGIN: usize = 20;
const COLUMNS: usize = 3;
const GUTTER: usize = 25;
const PANEL: usize = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GUTTER) / COLUMNS;
const LABEL: usize = 103;
const FIGURE: usize = 44;
const BAR: usize = 11;
const BAR_STEP: usize = 16;
const HEAD: usize = 36;
const PANEL_GAP: usize = 22;
const LINE: usize = 16;
const TOP: usize = 98;

const STYLE: &str = "text{font:11.5px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2328}\
    .h{font-size:16px;font-weight:600}.t,.b{font-weight:600}.m{fill:#59636e;font-size:11px}\
    .g{fill:#fff;stroke:#d1d9e0}.o{fill:#0969da}.s{fill:#8c959f}.l{fill:none;stroke:#8c959f}\
    @media(prefers-color-scheme:dark){text{fill:#f0f6fc}.m{fill:#9198a1}\
    .g{fill:#0d1117;stroke:#3d444d}.o{fill:#4493f8}.s{fill:#656c76}.l{stroke:#7d8590}}";

impl Chart {
    pub(super) fn svg(&self) -> String {
        let rows: Vec<&[Panel]> = self.panels.chunks(COLUMNS).collect();
        let heights: Vec<usize> = rows.iter().map(|row| row_height(row)).collect();
        let panels_end = TOP + heights.iter().sum::<usize>();
        let height = panels_end + self.notes.len() * LINE + MARGIN / 2;
        let mut svg = String::new();
        let _ = writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\n<style>{STYLE}</style>\n\
             <rect class=\"g\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
            escaped(&self.title),
            WIDTH - 1,
            height - 1
        );
        text(&mut svg, MARGIN, 30, "h", &self.title);
        text(&mut svg, MARGIN, 48, "m", &self.subtitle);
        self.draw_legend(&mut svg);
        let mut top = TOP;
        for (row, height) in rows.into_iter().zip(heights) {
            for (column, panel) in row.iter().enumerate() {
                panel.draw(&mut svg, MARGIN + column * (PANEL + GUTTER), top);
            }
            top += height;
        }
        for (line, note) in self.notes.iter().enumerate() {
            text(&mut svg, MARGIN, panels_end + 6 + line * LINE, "m", note);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn draw_legend(&self, svg: &mut String) {
        let mut left = MARGIN;
        for (look, said) in &self.legend {
            rect(svg, *look, (left as f64, 61.0), 18.0);
            text(svg, left + 24, 71, "", said);
            left += 24 + said.chars().count() * 6 + GUTTER;
        }
    }
}

fn row_height(row: &[Panel]) -> usize {
    let bars = row.iter().map(|panel| panel.bars.len()).max().unwrap_or(0);
    HEAD + bars * BAR_STEP + PANEL_GAP
}

impl Panel {
    fn draw(&self, svg: &mut String, left: usize, top: usize) {
        text(svg, left, top + 10, "t", &self.what);
        text(svg, left, top + 25, "m", &self.cell);
        let longest = self.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        let room = (PANEL - LABEL - FIGURE) as f64;
        for (place, bar) in self.bars.iter().enumerate() {
            let y = top + HEAD + place * BAR_STEP;
            let width = (bar.value / longest * room).max(2.0);
            let weight = if bar.look == Look::Ours { "b" } else { "" };
            text(svg, left, y + 9, weight, &bar.name);
            rect(svg, bar.look, ((left + LABEL) as f64, y as f64), width);
            text(svg, left + LABEL + width.ceil() as usize + 5, y + 9, weight, &bar.said);
        }
    }
}

/// A line drawn around lies half outside: what has one is smaller by it.
fn rect(svg: &mut String, look: Look, (x, y): (f64, f64), width: f64) {
    let inset = if look == Look::Lossy { 0.5 } else { 0.0 };
    let _ = writeln!(
        svg,
        "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{:.1}\" height=\"{}\" rx=\"1.5\"/>",
        look.class(),
        x + inset,
        y + inset,
        width - 2.0 * inset,
        BAR as f64 - 2.0 * inset
    );
}

fn text(svg: &mut String, x: usize, y: usize, class: &str, said: &str) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = writeln!(svg, "<text{class} x=\"{x}\" y=\"{y}\">{}</text>", escaped(said));
}

fn escaped(said: &str) -> String {
    said.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[f64]) -> String {
        let bar = |value: &f64| Bar {
            name: "a < b & c".to_owned(),
            value: *value,
            said: format!("{value}"),
            look: Look::Safe,
        };
        let bars = values.iter().map(bar).collect();
        let panel = Panel { what: "what".to_owned(), cell: "cell".to_owned(), bars };
        let (title, subtitle) = ("title".to_owned(), String::new());
        Chart { title, subtitle, legend: Vec::new(), panels: vec![panel], notes: Vec::new() }.svg()
    }

    #[test]
    fn bars_are_as_long_as_their_values() {
        let svg = chart(&[10.0, 5.0]);
        let room = PANEL - LABEL - FIGURE;
        assert!(svg.contains(&format!("width=\"{room}.0\"")), "{svg}");
        assert!(svg.contains(&format!("width=\"{:.1}\"", room as f64 / 2.0)), "{svg}");
    }

    #[test]
    fn what_means_something_in_xml_is_escaped() {
        assert!(chart(&[1.0]).contains(">a &lt; b &amp; c</text>"));
    }
}
