//! The whole terminal as one picture: taken, drawn on, and given back as it was found.
//!
//! What is drawn is a pure function of how things stand, the size and the [`Looks`]; this module
//! decides when. It draws when something has changed, and not more than ten times a second.

use std::future::Future;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

// When it is drawn, and on what.
mod device;
mod keys;
mod run;
pub(crate) use run::{check, show};

// What every picture has.
pub(crate) mod chart;
pub(crate) mod frame;
pub(crate) mod history;
pub(crate) mod number;
pub(crate) mod palette;
pub(crate) use palette::{Palette, When};

/// The smallest terminal that the pictures are made for.
pub(crate) const COLUMNS_MIN: u16 = 80;
pub(crate) const ROWS_MIN: u16 = 24;

/// Between two drawings, so that a wild queue does not make a wild terminal.
const REDRAW_MS_MIN: u64 = 100;

/// Something that can be watched.
pub(crate) trait View: Send + 'static {
    /// How things stand at one moment.
    type Picture: Send;

    /// Looks at how things stand.
    fn look(&mut self) -> Self::Picture;

    /// Draws it, at the size of `area`.
    fn draw(picture: &Self::Picture, looks: &Looks, area: Rect, buffer: &mut Buffer);

    /// Waits until another look would show something else.
    ///
    /// # Cancel safety
    /// A change that was waited for is not missed by the next look.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;

    /// Acts on a key that means nothing to every picture alike.
    fn press(&mut self, _key: char) {}
}

/// How the person wants to see it.
#[derive(Clone, Debug)]
pub(crate) struct Looks {
    pub(crate) palette: Palette,
    pub(crate) motion: Motion,
    pub(crate) help: Help,
}

/// Whether the picture follows what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    Running,
    /// It stands still; what it shows goes on.
    Paused,
}

/// Whether the keys are explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Help {
    Hidden,
    Shown,
}

impl Looks {
    pub(crate) fn new(palette: Palette) -> Self {
        Self { palette, motion: Motion::Running, help: Help::Hidden }
    }
}

fn redraw_ms_min() -> Duration {
    Duration::from_millis(REDRAW_MS_MIN)
}
