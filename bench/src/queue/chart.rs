//! The bar chart for the README: a panel a cell, each with a scale of its own, readable on light and on dark ground.

use std::fmt::Write;

use super::samples::Samples;
use super::standing::Standing;
use super::table::{KNOWN, ns};

/// The cells that tell the most to someone who wants to use a queue.
const CELLS: [(&str, &str); 8] = [
    ("trypair/unb", "put and get, nobody waits"),
    ("batch64/unb", "64 at once"),
    ("ct/1P1C_b128", "one thread, two tasks"),
    ("ct/4P4C_unb-y32", "one thread, eight tasks"),
    ("mt2/1P1C_b1024", "two workers, two tasks"),
    ("mt2/4P4C_unb", "two workers, eight tasks"),
    ("tbo/4P4C_unb", "eight threads, block_on"),
    ("spikeput", "a million put, nobody gets"),
];

const COLUMNS: usize = 2;
const WIDTH: usize = 860;
const PANEL_WIDTH: usize = 410;
const MARGIN: usize = 20;
const TOP: usize = 64;
const BAR: usize = 14;
const BAR_STEP: usize = 19;
const HEAD: usize = 26;
const PANEL_GAP: usize = 20;
const LABEL: usize = 118;
const FIGURE: usize = 58;

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#1f2328}.t{font-weight:600}.m{fill:#59636e}\
    .o{fill:#0969da}.p{fill:#afb8c1}.s{fill:#6e7781}.b{font-weight:600}\
    @media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#9198a1}.o{fill:#4493f8}.p{fill:#484f58}.s{fill:#7d8590}}";

/// One bar.
struct Bar {
    label: String,
    ns: f64,
    class: &'static str,
}

/// Draws the cells of which there are figures.
pub(super) fn draw(samples: &Samples, standings: &[Standing]) -> String {
    let panels: Vec<(&str, &str, Vec<Bar>)> = CELLS
        .iter()
        .filter_map(|(cell, what)| {
            let standing = standings.iter().find(|standing| standing.cell == *cell)?;
            Some((*cell, *what, bars(samples, standing)))
        })
        .collect();
    let rows = panels.chunks(COLUMNS);
    let heights: Vec<usize> = rows
        .clone()
        .map(|row| row.iter().map(|(_, _, bars)| panel_height(bars.len())).max().unwrap_or(0))
        .collect();
    let height = TOP + heights.iter().sum::<usize>() + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Nanoseconds an item, forebay and its peers\">\n<style>{STYLE}</style>\n"
    );
    text(&mut svg, MARGIN, 26, "t", "Nanoseconds an item, put and got: shorter is better");
    text(
        &mut svg,
        MARGIN,
        44,
        "m",
        "Median of interleaved rounds; each panel has a scale of its own. No bar: no such queue.",
    );
    let mut top = TOP;
    for (row, height) in rows.zip(heights) {
        for (column, (cell, what, bars)) in row.iter().enumerate() {
            let left = MARGIN + column * (PANEL_WIDTH + MARGIN);
            panel(&mut svg, left, top, &format!("{cell} – {what}"), bars);
        }
        top += height;
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel_height(bars: usize) -> usize {
    HEAD + bars * BAR_STEP + PANEL_GAP
}

/// forebay, the fastest that loses nothing, and those everybody knows.
fn bars(samples: &Samples, standing: &Standing) -> Vec<Bar> {
    let mut bars = vec![Bar { label: "forebay".to_owned(), ns: standing.ours.median, class: "o" }];
    let safe = standing.safe.as_ref();
    bars.extend(safe.map(|safe| Bar { label: safe.name.clone(), ns: safe.ns, class: "s" }));
    bars.extend(
        KNOWN.iter().filter(|name| safe.is_none_or(|safe| safe.name != **name)).filter_map(
            |name| {
                let ns = samples.ns(&standing.cell, name)?.median;
                Some(Bar { label: (*name).to_owned(), ns, class: "p" })
            },
        ),
    );
    bars
}

fn panel(svg: &mut String, left: usize, top: usize, title: &str, bars: &[Bar]) {
    text(svg, left, top + 14, "t", title);
    let longest = bars.iter().map(|bar| bar.ns).fold(f64::MIN_POSITIVE, f64::max);
    let room = (PANEL_WIDTH - LABEL - FIGURE) as f64;
    for (place, bar) in bars.iter().enumerate() {
        let (y, width) = (top + HEAD + place * BAR_STEP, (bar.ns / longest * room).max(1.0));
        let weight = if bar.class == "o" { "b" } else { "" };
        text(svg, left, y + 11, weight, &bar.label);
        let (class, x) = (bar.class, left + LABEL);
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>"
        );
        text(svg, x + width as usize + 6, y + 11, weight, &ns(bar.ns));
    }
}

/// `said` has nothing in it that XML would take for its own: names and figures.
fn text(svg: &mut String, x: usize, y: usize, class: &str, said: &str) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = writeln!(svg, "<text{class} x=\"{x}\" y=\"{y}\">{said}</text>");
}
