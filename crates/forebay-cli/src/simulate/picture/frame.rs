//! What every picture has around it: a title that says the finding, axes, their names.

use super::canvas::{Anchor, Canvas, Pen};
use super::color::{GRID, INK, MUTED};

pub(super) const WIDTH: f64 = 1200.0;
pub(super) const HEIGHT: f64 = 640.0;

pub(super) const TITLE: Pen = Pen { size: 21.0, weight: 600, color: INK, anchor: Anchor::Start };
pub(super) const NOTE: Pen = Pen { size: 13.5, weight: 400, color: MUTED, anchor: Anchor::Start };
pub(super) const MARK: Pen = Pen { size: 13.0, weight: 400, color: MUTED, anchor: Anchor::Middle };
pub(super) const NAME: Pen = Pen { size: 14.0, weight: 600, color: INK, anchor: Anchor::Middle };

/// The part that data is drawn into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Frame {
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Where a share of the width is.
    pub(super) fn x(&self, share: f64) -> f64 {
        self.left + self.width * share
    }

    /// Where a share of the height is, from below.
    pub(super) fn y(&self, share: f64) -> f64 {
        self.bottom() - self.height * share
    }

    /// A mark on the axis below.
    pub(super) fn mark_below(&self, canvas: &mut Canvas, x: f64, label: &str) {
        let bottom = self.bottom();
        canvas.line([x, bottom, x, bottom + 5.0], MUTED, 1.0, "");
        canvas.text(x, bottom + 21.0, MARK, label);
    }

    /// A mark on the axis to the left.
    pub(super) fn mark_left(&self, canvas: &mut Canvas, y: f64, label: &str) {
        let pen = Pen { anchor: Anchor::End, ..MARK };
        canvas.text(self.left - 9.0, y + 4.5, pen, label);
    }

    /// A line across, behind the data.
    pub(super) fn across(&self, canvas: &mut Canvas, y: f64) {
        canvas.line([self.left, y, self.right(), y], GRID, 1.0, "");
    }

    /// The names of the axes.
    pub(super) fn names(&self, canvas: &mut Canvas, below: &str, left: &str) {
        canvas.text(self.x(0.5), self.bottom() + 47.0, NAME, below);
        canvas.upward_text(self.left - 52.0, self.y(0.5), NAME, left);
    }

    /// The lines of both axes.
    pub(super) fn sides(&self, canvas: &mut Canvas) {
        let (left, bottom) = (self.left, self.bottom());
        canvas.line([left, self.top, left, bottom], MUTED, 1.0, "");
        canvas.line([left, bottom, self.right(), bottom], MUTED, 1.0, "");
    }
}

/// A canvas with a title that says the finding, and a line below it.
pub(super) fn titled(title: &str, note: &str) -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, title);
    canvas.text(28.0, 40.0, TITLE, title);
    canvas.text(28.0, 64.0, NOTE, note);
    canvas
}
