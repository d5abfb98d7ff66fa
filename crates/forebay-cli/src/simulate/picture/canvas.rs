//! SVG, piece by piece.

use std::fmt::Write;

/// What is written in, wherever it is there.
pub(super) const FONT: &str = "Inter";

/// An SVG that grows.
#[derive(Debug)]
pub(super) struct Canvas {
    text: String,
}

/// Where in a text its point is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    pub(super) size: f64,
    pub(super) weight: u32,
    pub(super) color: &'static str,
    pub(super) anchor: Anchor,
}

impl Canvas {
    /// White, of this size. `title` is for who cannot see it.
    pub(super) fn new(width: f64, height: f64, title: &str) -> Self {
        let mut canvas = Canvas { text: String::new() };
        canvas.push(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FONT}, system-ui, \
             sans-serif\">\n<title>{}</title>\n",
            escaped(title)
        ));
        canvas.rect([0.0, 0.0, width, height], "#ffffff", 1.0);
        canvas
    }

    /// A filled rectangle: left, top, width, height.
    pub(super) fn rect(&mut self, place: [f64; 4], color: &str, opacity: f64) {
        let [x, y, width, height] = place.map(rounded);
        self.push(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{color}\"{}/>\n",
            attribute("fill-opacity", opacity)
        ));
    }

    /// A line from one point to another; `dash` is empty for one without gaps.
    pub(super) fn line(&mut self, place: [f64; 4], color: &str, width: f64, dash: &str) {
        let [x1, y1, x2, y2] = place.map(rounded);
        let dash =
            if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
        self.push(format_args!(
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{color}\" \
             stroke-width=\"{width}\"{dash}/>\n"
        ));
    }

    /// A line along points.
    pub(super) fn path(&mut self, points: &[(f64, f64)], color: &str, width: f64) {
        let d = along(points);
        self.push(format_args!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\" \
             stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n"
        ));
    }

    /// A filled shape.
    pub(super) fn area(&mut self, points: &[(f64, f64)], color: &str, opacity: f64) {
        let d = along(points);
        self.push(format_args!(
            "<path d=\"{d}Z\" fill=\"{color}\"{}/>\n",
            attribute("fill-opacity", opacity)
        ));
    }

    pub(super) fn dot(&mut self, x: f64, y: f64, radius: f64, color: &str) {
        let [x, y] = [x, y].map(rounded);
        self.push(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{color}\"/>\n"
        ));
    }

    pub(super) fn text(&mut self, x: f64, y: f64, pen: Pen, text: &str) {
        self.turned_text(x, y, pen, text, "");
    }

    /// A text that reads from below to above.
    pub(super) fn upward_text(&mut self, x: f64, y: f64, pen: Pen, text: &str) {
        let turn = format!(" transform=\"rotate(-90 {} {})\"", rounded(x), rounded(y));
        self.turned_text(x, y, pen, text, &turn);
    }

    fn turned_text(&mut self, x: f64, y: f64, pen: Pen, text: &str, turn: &str) {
        let anchor = match pen.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let [x, y] = [x, y].map(rounded);
        self.push(format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" font-weight=\"{}\" fill=\"{}\" \
             text-anchor=\"{anchor}\"{turn}>{}</text>\n",
            pen.size,
            pen.weight,
            pen.color,
            escaped(text)
        ));
    }

    /// The whole file.
    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }

    fn push(&mut self, piece: std::fmt::Arguments<'_>) {
        self.text.write_fmt(piece).expect("a string takes everything");
    }
}

fn attribute(name: &str, value: f64) -> String {
    if value >= 1.0 { String::new() } else { format!(" {name}=\"{value:.3}\"") }
}

fn along(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let letter = if at == 0 { 'M' } else { 'L' };
        let _ = write!(d, "{letter}{} {}", rounded(*x), rounded(*y));
    }
    d
}

/// A hundredth of a point is nothing that can be seen.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
