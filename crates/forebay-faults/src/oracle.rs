//! Who remembers what was sent and what was acknowledged, and demands it back.
//!
//! It knows nothing of the program: neither how it stores nor how it delivers. An event may be sent
//! again when nobody knows what became of it, under its key or without one. However often it was acknowledged, so often it must
//! be there at the end, unchanged; and at most as often as it was sent and not refused.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::event::{Likeness, likeness};

/// What is in the sink.
#[derive(Debug, Default, Clone)]
pub(crate) struct Found {
    pub(crate) events: Vec<Row>,
    pub(crate) dead: Vec<Dead>,
}

/// A row of the events.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) body: String,
}

/// A row of the dead letters.
#[derive(Debug, Clone)]
pub(crate) struct Dead {
    pub(crate) row: Row,
    pub(crate) reason: String,
}

/// What happened to one event on the way in.
#[derive(Debug, Default, Clone, Copy)]
struct Fate {
    /// How often it was sent and not refused.
    sent: u32,
    acknowledged: u32,
}

#[derive(Debug, Default)]
struct Memory {
    fates: Vec<Fate>,
    /// Sent, and the connection broke before the answer.
    doubtful: Vec<Range<u64>>,
}

/// The memory of all events of a run.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    memory: Mutex<Memory>,
}

/// What the oracle says about a sink.
#[derive(Debug, Default, Clone)]
pub(crate) struct Verdict {
    /// Acknowledgements, of events.
    pub(crate) acknowledged: u64,
    /// Rows of the events.
    pub(crate) delivered: u64,
    /// Rows of the dead letters.
    pub(crate) dead: u64,
    /// Acknowledged, and not there, or not as often.
    pub(crate) missing: Vec<u64>,
    /// There more often than sent.
    pub(crate) twice: Vec<u64>,
    /// What else is wrong, in words.
    pub(crate) wrong: Vec<String>,
}

impl Oracle {
    /// Numbers that nobody has sent; they count as sent now.
    pub(crate) fn issue(&self, count: u64) -> Range<u64> {
        let mut memory = self.memory();
        let first = memory.fates.len() as u64;
        memory.fates.extend((0..count).map(|_| Fate { sent: 1, acknowledged: 0 }));
        first..first + count
    }

    /// Numbers of which nobody knows whether they were taken, to be sent once more.
    pub(crate) fn issue_again(&self) -> Option<Range<u64>> {
        let mut memory = self.memory();
        let numbers = memory.doubtful.pop()?;
        memory.each(&numbers, |fate| fate.sent += 1);
        Some(numbers)
    }

    /// The same, to be sent under the key that they had: that may not take them in twice.
    pub(crate) fn issue_under_its_key(&self) -> Option<Range<u64>> {
        self.memory().doubtful.pop()
    }

    pub(crate) fn acknowledge(&self, numbers: &Range<u64>) {
        self.memory().each(numbers, |fate| fate.acknowledged += 1);
    }

    /// They were refused: nothing of them may ever be seen.
    pub(crate) fn refuse(&self, numbers: &Range<u64>) {
        self.memory().each(numbers, |fate| fate.sent -= 1);
    }

    /// They were refused, but in a state in which they may be there all the same.
    pub(crate) fn reconsider(&self, numbers: &Range<u64>) {
        self.memory().each(numbers, |fate| fate.sent += 1);
    }

    /// The connection broke before the answer.
    pub(crate) fn doubt(&self, numbers: Range<u64>) {
        self.memory().doubtful.push(numbers);
    }

    /// How many events were acknowledged so far.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.memory().fates.iter().map(|fate| u64::from(fate.acknowledged)).sum()
    }

    /// Compares what is in the sink with what has to be.
    pub(crate) fn judge(&self, found: &Found) -> Verdict {
        let memory = self.memory();
        let mut verdict = Verdict {
            acknowledged: memory.fates.iter().map(|fate| u64::from(fate.acknowledged)).sum(),
            delivered: found.events.len() as u64,
            dead: found.dead.len() as u64,
            ..Verdict::default()
        };
        let mut times = BTreeMap::<u64, u32>::new();
        let rows = found.events.iter().chain(found.dead.iter().map(|dead| &dead.row));
        let mut ids = HashSet::new();
        for row in rows {
            if !ids.insert(&row.id) {
                verdict.wrong.push(format!("id {} is there twice", row.id));
            }
            match likeness(&row.body) {
                Likeness::Same(number) => *times.entry(number).or_default() += 1,
                Likeness::Changed(number) => {
                    verdict.wrong.push(format!("event {number} is changed: {}", row.body));
                }
                Likeness::Stranger => verdict.wrong.push(format!("nobody sent {}", row.body)),
            }
        }
        let nameless = found.dead.iter().filter(|dead| dead.reason.trim().is_empty());
        verdict
            .wrong
            .extend(nameless.map(|dead| format!("{} is dead without reason", dead.row.id)));
        for (number, fate) in (0..).zip(&memory.fates) {
            let times = times.remove(&number).unwrap_or(0);
            if times < fate.acknowledged {
                verdict.missing.push(number);
            } else if times > fate.sent {
                verdict.twice.push(number);
            }
        }
        verdict.wrong.extend(times.keys().map(|number| format!("nobody sent event {number}")));
        verdict
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn each(&mut self, numbers: &Range<u64>, change: impl Fn(&mut Fate)) {
        let at = |number: u64| usize::try_from(number).expect("they are in memory");
        self.fates[at(numbers.start)..at(numbers.end)].iter_mut().for_each(change);
    }
}

impl Verdict {
    /// Whether everything is as it has to be.
    pub(crate) fn is_content(&self) -> bool {
        self.missing.is_empty() && self.twice.is_empty() && self.wrong.is_empty()
    }

    /// The verdict if it is content, what is wrong if not.
    ///
    /// # Errors
    /// What is missing, doubled, changed or made up.
    pub(crate) fn content(self) -> Result<Self, String> {
        if self.is_content() { Ok(self) } else { Err(self.to_string()) }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, delivered, dead, missing, twice, wrong } = self;
        write!(f, "{acknowledged} acknowledged, {delivered} in the sink, {dead} dead letters")?;
        for (what, numbers) in [("missing", missing), ("there too often", twice)] {
            if !numbers.is_empty() {
                let some: Vec<_> = numbers.iter().take(10).collect();
                write!(f, "; {} {what}, as {some:?}", numbers.len())?;
            }
        }
        match wrong.first() {
            Some(first) => write!(f, "; {} more wrong, as: {first:.300}", wrong.len()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
