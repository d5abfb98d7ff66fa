//! Who decides about the gear.

use std::fmt;
use std::sync::Arc;

use forebay::{Controller, Gears};

/// Who decides about the gear; each run has its own, from the start.
#[derive(Clone)]
#[non_exhaustive]
pub enum Control {
    /// Nobody: there is one gear.
    Fixed,
    /// Thresholds of the length.
    Gears(Gears),
    /// Any other controller.
    Other {
        /// What it is called.
        name: String,
        /// Makes one, in its first gear.
        make: Arc<dyn Fn() -> Box<dyn Controller> + Send + Sync>,
    },
}

impl Control {
    /// Any controller, made anew for each run.
    ///
    /// # Examples
    /// ```
    /// use forebay::Gears;
    /// use forebay_sim::Control;
    ///
    /// let control = Control::other("two gears", || Box::new(Gears::default()));
    /// assert_eq!(control.count(), 2);
    /// ```
    pub fn other(
        name: impl Into<String>,
        make: impl Fn() -> Box<dyn Controller> + Send + Sync + 'static,
    ) -> Self {
        Control::Other { name: name.into(), make: Arc::new(make) }
    }

    /// How many gears it wants.
    pub fn count(&self) -> usize {
        match self {
            Control::Fixed => 1,
            Control::Gears(gears) => gears.count(),
            Control::Other { make, .. } => make().count(),
        }
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Control::Fixed => f.write_str("Fixed"),
            Control::Gears(gears) => f.debug_tuple("Gears").field(gears).finish(),
            Control::Other { name, .. } => f.debug_tuple("Other").field(name).finish(),
        }
    }
}
