//! The length over time, for a picture: as many points as a picture can show, however long it was.

/// The length over time, and the gears.
///
/// Up to the bound every change is a point. Beyond, time is cut into equal slices, and the
/// shortest and the longest length of each are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// When, and how many items waited from then on.
    pub points: Vec<TracePoint>,
    /// When, and which gear it was from then on.
    pub gears: Vec<TraceGear>,
    /// How long a slice is, in nanoseconds; 0 while every change is there.
    pub slice_ns: u64,
    /// From when on the gears are missing, because there were too many.
    pub gears_until_ns: Option<u64>,
    points_max: usize,
}

/// A point of a [`Trace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TracePoint {
    /// Since the start.
    pub at_ns: u64,
    /// How many items waited from then on.
    pub len: usize,
}

/// A change of gear in a [`Trace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceGear {
    /// Since the start.
    pub at_ns: u64,
    /// The gear from then on.
    pub gear: usize,
}

impl Trace {
    pub(crate) fn new(points_max: usize) -> Self {
        Trace {
            points: vec![TracePoint { at_ns: 0, len: 0 }],
            gears: vec![TraceGear { at_ns: 0, gear: 0 }],
            slice_ns: 0,
            gears_until_ns: None,
            points_max: points_max.max(16),
        }
    }

    pub(crate) fn length(&mut self, at_ns: u64, len: usize) {
        let point = TracePoint { at_ns, len };
        if self.slice_ns > 0 {
            self.merge(point);
        } else {
            self.points.push(point);
        }
        if self.points.len() > self.points_max {
            // A slice keeps two points: so that half of them are free again.
            let wanted_ns = at_ns / (self.points_max as u64 / 4) + 1;
            self.slice_ns = wanted_ns.max(self.slice_ns * 2);
            for point in std::mem::take(&mut self.points) {
                self.merge(point);
            }
        }
    }

    /// Into the last slice, if it belongs there: of its points, the lowest and the highest stay.
    fn merge(&mut self, point: TracePoint) {
        let slice = point.at_ns / self.slice_ns;
        let here = |known: &TracePoint| known.at_ns / self.slice_ns == slice;
        let count = self.points.iter().rev().take(2).take_while(|known| here(known)).count();
        self.points.push(point);
        if count < 2 {
            return;
        }
        let at = self.points.len() - 3;
        let last = &self.points[at..];
        // The one between the two others, or, among equals, the latest.
        let mut by_len = [0, 1, 2];
        by_len.sort_by_key(|index| last[*index].len);
        self.points.remove(at + by_len[1]);
    }

    pub(crate) fn gear(&mut self, at_ns: u64, gear: usize) {
        if self.gears.len() < self.points_max {
            self.gears.push(TraceGear { at_ns, gear });
        } else {
            self.gears_until_ns.get_or_insert(at_ns);
        }
    }
}
