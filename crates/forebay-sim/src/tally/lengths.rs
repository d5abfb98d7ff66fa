//! For how long the queue had each length.

/// Lengths below have a bin each; what is longer is one bin together.
const EACH: usize = 4096;

/// For how long the queue had each length, since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lengths {
    at_ns: Vec<u64>,
    /// Time at lengths without a bin of their own.
    beyond_ns: u64,
    /// Those lengths times their time.
    beyond_area_ns: u128,
    last_ns: u64,
    max: usize,
}

impl Lengths {
    pub(crate) fn new() -> Self {
        Lengths { at_ns: vec![0; EACH], beyond_ns: 0, beyond_area_ns: 0, last_ns: 0, max: 0 }
    }

    pub(crate) fn restart(&mut self, now_ns: u64, len: usize) {
        *self = Lengths { last_ns: now_ns, max: len, ..Lengths::new() };
    }

    /// It was `len` until now; or still is.
    #[inline]
    pub(crate) fn changes(&mut self, now_ns: u64, len: usize) {
        let time_ns = now_ns - self.last_ns;
        self.last_ns = now_ns;
        self.max = self.max.max(len);
        match self.at_ns.get_mut(len) {
            Some(at_ns) => *at_ns += time_ns,
            None => {
                self.beyond_ns += time_ns;
                self.beyond_area_ns += u128::from(time_ns) * len as u128;
            }
        }
    }

    /// It was `len` until the first of these times, and one more from each of them on; those
    /// after `until_ns` are not yet. How many came: without a branch, since nobody can predict
    /// them. `None` where there are no bins for that.
    #[inline]
    pub(crate) fn rises<const AHEAD: usize>(
        &mut self,
        len: usize,
        comes_ns: [u64; AHEAD],
        until_ns: u64,
    ) -> Option<usize> {
        let bins = self.at_ns.get_mut(len..len + AHEAD)?;
        let (mut last_ns, mut count) = (self.last_ns, 0);
        for (bin, come_ns) in bins.iter_mut().zip(comes_ns) {
            let now_ns = come_ns.min(until_ns);
            *bin += now_ns - last_ns;
            last_ns = now_ns;
            count += usize::from(come_ns <= until_ns);
        }
        self.last_ns = last_ns;
        Some(count)
    }

    /// Length times time.
    pub(crate) fn area_ns(&self) -> u128 {
        let each = self.at_ns.iter().enumerate();
        each.map(|(len, ns)| len as u128 * u128::from(*ns)).sum::<u128>() + self.beyond_area_ns
    }

    pub(crate) fn max(&self) -> usize {
        self.max
    }

    /// The time at each length, up to the longest seen, and at all lengths beyond the bins.
    pub(crate) fn into_times(mut self) -> (Vec<u64>, u64) {
        let used = self.at_ns.iter().rposition(|ns| *ns > 0).map_or(0, |last| last + 1);
        self.at_ns.truncate(used);
        (self.at_ns, self.beyond_ns)
    }
}
