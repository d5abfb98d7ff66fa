//! How much of the machine others used meanwhile: the figures of two cores are worth nothing when only one was there.

use std::fs;

use crate::failure::Failure;

/// The books of the kernel at one moment, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Books {
    /// What all processors could have done.
    all: u64,
    /// What they have done, for whomever, the host included.
    busy: u64,
    /// What they have done for this process and those it has started and seen end.
    ours: u64,
}

impl Books {
    /// Looks into them.
    pub(super) fn now() -> Result<Self, Failure> {
        let read = |path| fs::read_to_string(path).map_err(|error| Failure::because(path, error));
        let (machine, own) = (read("/proc/stat")?, read("/proc/self/stat")?);
        parse(&machine, &own).ok_or_else(|| Failure::new("unknown form of /proc/stat"))
    }

    /// The share of the machine that others have used since `earlier`.
    pub(super) fn others_since(self, earlier: Self) -> f64 {
        let others = (self.busy - earlier.busy).saturating_sub(self.ours - earlier.ours);
        others as f64 / (self.all - earlier.all).max(1) as f64
    }
}

/// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal. Of `/proc/self/stat` the 14th to
/// the 17th field; the second, the name, may hold spaces and ends at the last `)`.
fn parse(machine: &str, own: &str) -> Option<Books> {
    let numbers = |text: &str, skip: usize, count: usize| -> Option<Vec<u64>> {
        text.split_whitespace().skip(skip).take(count).map(|word| word.parse().ok()).collect()
    };
    let machine = numbers(machine.lines().next()?, 1, 8)?;
    let own = numbers(own.rsplit_once(')')?.1, 11, 4)?;
    let idle = machine.get(3)? + machine.get(4)?;
    let all = machine.iter().sum();
    Some(Books { all, busy: all - idle, ours: own.iter().sum() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_neither_idle_nor_ours_was_used_by_others() {
        let earlier =
            parse("cpu  10 0 10 80 0 0 0 0 0 0\ncpu0 1", "7 (a b) S 1 1 1 1 1 1 1 1 1 1 2 2 3 3 0");
        let later = parse(
            "cpu  60 0 20 120 0 0 0 20 0 0\ncpu0 1",
            "7 (a b) S 1 1 1 1 1 1 1 1 1 1 22 12 13 3 0",
        );
        let (earlier, later) = (earlier.expect("a form it knows"), later.expect("a form it knows"));
        assert_eq!(earlier, Books { all: 100, busy: 20, ours: 10 });
        assert_eq!(later.others_since(earlier), 40.0 / 120.0);
    }
}
