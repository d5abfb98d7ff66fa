//! What threads did to a queue, recorded, and whether a FIFO queue could have done that.
//!
//! Each call is noted with a stamp from before and one from after it, all from one counter. A
//! history is linearizable (Herlihy and Wing, 1990) when each call can be given a moment between
//! its two stamps so that, in the order of these moments, a plain list would have answered
//! alike. With values that are all different no such order has to be searched for: there is
//! none exactly if one of a few patterns is in the history, and each of them is found in
//! `n log n`. See Henzinger, Sezgin and Vafeiadis, "Aspect-Oriented Linearizability Proofs",
//! CONCUR 2013, and Bouajjani, Emmi, Enea and Hamza, "On Reducing Linearizability to State
//! Reachability", ICALP 2015. The tests hold this against a search through every order.

mod life;
mod pattern;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use self::life::lives_of;

/// What a call did. Items are numbers, and each is put only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It put this item.
    Put(u64),
    /// It got this item.
    Got(u64),
    /// It found nothing to get, and did not wait.
    Empty,
    /// It found no room, and did not wait.
    Full,
}

/// From when to when a call lasted, in stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Before it began.
    pub begin: u64,
    /// After it ended.
    pub end: u64,
}

impl Span {
    /// Whether it had ended when the other began.
    fn is_before(self, other: Span) -> bool {
        self.end < other.begin
    }
}

/// One call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// What it did.
    pub act: Act,
    /// When.
    pub span: Span,
}

/// The counter that all threads of a run take their stamps from.
#[derive(Debug, Default)]
pub struct Stamps(AtomicU64);

impl Stamps {
    fn next(&self) -> u64 {
        // Ordering: acquire and release, so that no part of a call leaves the two stamps around
        // it, and what has the lower stamp happened before what has the higher.
        self.0.fetch_add(1, Ordering::AcqRel)
    }

    /// Something that records what one thread does.
    pub fn recorder(&self) -> Recorder<'_> {
        Recorder { stamps: self, calls: Vec::new() }
    }
}

/// Records what one thread does.
#[derive(Debug)]
pub struct Recorder<'a> {
    stamps: &'a Stamps,
    calls: Vec<Call>,
}

impl Recorder<'_> {
    /// Makes a call and records what it says it did, if it did anything.
    pub fn record(&mut self, call: impl FnOnce() -> Option<Act>) -> Option<Act> {
        let begin = self.stamps.next();
        let act = call();
        let end = self.stamps.next();
        self.calls.extend(act.map(|act| Call { act, span: Span { begin, end } }));
        act
    }

    /// Makes a call and records that it did all these `acts`, in whatever order.
    pub fn record_all(&mut self, acts: impl Iterator<Item = Act>, call: impl FnOnce()) {
        let begin = self.stamps.next();
        call();
        let end = self.stamps.next();
        self.calls.extend(acts.map(|act| Call { act, span: Span { begin, end } }));
    }

    /// Makes a call that gets many items at once and records them as so many gets, one after the
    /// other. Only for the one consumer of a queue, which no other get can come in between, and
    /// only for [`check_order`].
    pub fn record_run(&mut self, call: impl FnOnce() -> Vec<u64>) -> usize {
        let mut begin = self.stamps.next();
        let items = call();
        for &item in &items {
            let end = self.stamps.next();
            self.calls.push(Call { act: Act::Got(item), span: Span { begin, end } });
            begin = self.stamps.next();
        }
        items.len()
    }

    /// What was recorded.
    pub fn finish(self) -> Vec<Call> {
        self.calls
    }
}

/// Why a history is not that of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// This item was put more than once: no mistake of the queue's, but of the test's.
    PutTwice(u64),
    /// This item came out and had not been put by then.
    NeverPut(u64),
    /// This item came out more than once.
    GotTwice(u64),
    /// The first item was in before the second came, and the second was out before anybody
    /// began to get the first.
    Overtaken(u64, u64),
    /// A call found nothing, although at every moment of it some item was in.
    NotEmpty(Span),
    /// When this item had been put there were more items than fit.
    NoRoom(u64),
    /// A call found no room, although there was some at every moment of it.
    NotFull(Span),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::PutTwice(item) => write!(f, "item {item} was put twice"),
            Flaw::NeverPut(item) => write!(f, "item {item} came out and was not put"),
            Flaw::GotTwice(item) => write!(f, "item {item} came out twice"),
            Flaw::Overtaken(first, second) => write!(f, "item {second} overtook item {first}"),
            Flaw::NotEmpty(Span { begin, end }) => {
                write!(f, "from {begin} to {end} it was never empty, but was said to be")
            }
            Flaw::NoRoom(item) => write!(f, "item {item} was put where there was no room"),
            Flaw::NotFull(Span { begin, end }) => {
                write!(f, "from {begin} to {end} it was never full, but was said to be")
            }
        }
    }
}

impl std::error::Error for Flaw {}

/// Whether an unbounded FIFO queue could have answered like this: exactly, both ways. The calls
/// come in any order.
///
/// # Errors
/// One of the flaws; [`Act::Full`] is not looked at.
pub fn check_order(calls: &[Call]) -> Result<(), Flaw> {
    let lives = lives_of(calls)?;
    pattern::nothing_is_overtaken(&lives)?;
    pattern::empty_is_true(&lives, calls)
}

/// Whether a queue of this capacity can have held all that, whatever its order. What is refused
/// is wrong for certain; not everything that is wrong is found.
///
/// # Errors
/// One of the flaws.
pub fn check_room(calls: &[Call], capacity: usize) -> Result<(), Flaw> {
    let lives = lives_of(calls)?;
    pattern::there_was_room(&lives, capacity)?;
    pattern::full_is_true(&lives, calls, capacity)
}
