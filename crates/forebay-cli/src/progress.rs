//! How far long work is, on standard error, for a person.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that is there only where a person looks on: indicatif draws on a terminal and nowhere else.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts; `total` 0 means that nobody knows.
    pub(crate) fn start(doing: &'static str, total: u64) -> Self {
        let (bar, template) = match total {
            0 => (ProgressBar::new_spinner(), "{spinner} {msg}: {human_pos} ({per_sec})"),
            _ => {
                (ProgressBar::new(total), "{msg} {wide_bar} {human_pos} of {human_len}, {eta} left")
            }
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template(template).expect("the template is ours"));
        bar.set_message(doing);
        Self { bar }
    }

    /// So much is done.
    pub(crate) fn at(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// So much is done, of so much in all.
    pub(crate) fn at_of(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// All is done; the bar goes.
    pub(crate) fn end(self) {
        self.bar.finish_and_clear();
    }
}
