//! Which gear it was, for how long, and how often it changed.

/// Which gear it was, for how long, and how often it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shifts {
    gear: usize,
    gear_since_ns: u64,
    /// The time in each gear.
    pub(crate) in_gear_ns: Vec<u64>,
    pub(crate) up: u64,
    pub(crate) down: u64,
    /// Of the whole run, since its start.
    pub(crate) first_up_ns: Option<u64>,
    /// When the slowest gear was left.
    up_at_ns: Option<u64>,
    /// From leaving the slowest gear to being back in it: how often, and how long together.
    pub(crate) fast_count: u64,
    pub(crate) fast_ns: u64,
}

impl Shifts {
    pub(crate) fn new(gears: usize) -> Self {
        Shifts {
            gear: 0,
            gear_since_ns: 0,
            in_gear_ns: vec![0; gears],
            up: 0,
            down: 0,
            first_up_ns: None,
            up_at_ns: None,
            fast_count: 0,
            fast_ns: 0,
        }
    }

    /// The same present, without the past. A stay above the slowest gear that began before is
    /// not counted: it is not known to be one of those that end.
    pub(crate) fn restarted(&self, now_ns: u64) -> Self {
        Shifts {
            gear: self.gear,
            gear_since_ns: now_ns,
            first_up_ns: self.first_up_ns,
            ..Shifts::new(self.in_gear_ns.len())
        }
    }

    pub(crate) fn shifted(&mut self, now_ns: u64, from: usize, to: usize) {
        self.stays(now_ns);
        self.gear = to;
        if to > from {
            self.up += 1;
            self.first_up_ns.get_or_insert(now_ns);
        } else {
            self.down += 1;
        }
        if from == 0 {
            self.up_at_ns = Some(now_ns);
        }
        if to == 0
            && let Some(up_at_ns) = self.up_at_ns.take()
        {
            self.fast_count += 1;
            self.fast_ns += now_ns - up_at_ns;
        }
    }

    /// Books the time until now in the present gear.
    pub(crate) fn stays(&mut self, now_ns: u64) {
        self.in_gear_ns[self.gear] += now_ns - self.gear_since_ns;
        self.gear_since_ns = now_ns;
    }
}
