//! What happens in the two loops, and the line that says it.

use std::fmt;

use forebay::Shift;

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Happening {
    /// The producer put an item.
    Wrote(f64),
    /// The consumer got an item, and so many are left.
    Read(f64, usize),
    /// The consumer changed gear.
    Shifted(Shift),
}

/// The lines of the two loops; numbers in the shortest form that reads back the same.
impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrote(item) => write!(f, "Writing {item:?}"),
            Self::Read(item, left) => {
                write!(f, "Reading {item:?} and the queue still has {left} elements")
            }
            Self::Shifted(shift) => {
                let way = if shift.is_up() { "up" } else { "down" };
                write!(f, "Shifting {way} at {} elements", shift.len)
            }
        }
    }
}
