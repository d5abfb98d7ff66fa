//! The reference model of a queue: what every call must answer, and who must be awake after
//! it. Slow and plain on purpose, a list and three lines of people.

mod line;
mod putters;

use forebay::{GetError, PutError, Stats, WhenFull};

use self::line::Line;
use self::putters::{Load, Putters, Standing};
use crate::subject::{Discipline, Item, Kind};

/// A call that may wait, as the model knows it.
#[derive(Debug, Clone)]
pub enum Call {
    /// One item to put.
    Put(Item),
    /// Items to put; what is put leaves the list.
    PutMany(Vec<Item>),
    /// One item to get.
    Get,
    /// Up to so many items to get.
    GetMany(usize),
    /// A join that began in this round, once it was polled.
    Join(Option<u64>),
}

/// How a call ended. Items by id: that is how equal ones are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The put went through.
    Put,
    /// The put was refused and the item came back.
    Refused(PutError<u32>),
    /// The waiting put was taken back, with its item.
    TakenBack(Option<u32>),
    /// All were put, or not; and what is left.
    PutMany(Result<(), PutError<()>>, Vec<u32>),
    /// An item, or the end.
    Got(Option<u32>),
    /// Items; none at the end.
    GotMany(Vec<u32>),
    /// Everything is finished.
    Joined,
}

/// The model.
#[derive(Debug)]
pub struct Model {
    kind: Kind,
    /// What the items that wait may weigh together; an item weighs its rank.
    weight_max: Option<usize>,
    /// What waits, in the order it was put.
    waiting: Vec<Item>,
    is_closed: bool,
    got: u64,
    dropped: u64,
    /// Dropped by policy since last asked, by id.
    fresh_drops: Vec<u32>,
    peak: usize,
    unfinished: usize,
    rounds: u64,
    getters: Line,
    putters: Putters,
    joiners: Line,
}

impl Model {
    /// An empty queue of that kind.
    pub fn new(kind: Kind) -> Self {
        Model {
            kind,
            weight_max: None,
            waiting: Vec::new(),
            is_closed: false,
            got: 0,
            dropped: 0,
            fresh_drops: Vec::new(),
            peak: 0,
            unfinished: 0,
            rounds: 0,
            getters: Line::default(),
            putters: Putters::default(),
            joiners: Line::default(),
        }
    }

    /// The same, limited by weight too.
    #[must_use]
    pub fn with_weight_max(mut self, weight_max: Option<usize>) -> Self {
        self.weight_max = weight_max;
        self
    }

    /// Another capacity from now on.
    pub fn set_capacity(&mut self, capacity: usize) {
        self.kind.capacity = Some(capacity);
    }

    /// What the items that wait weigh together; 0 without a limit to that.
    pub fn weight(&self) -> usize {
        self.weight_max.map_or(0, |_| self.waiting.iter().map(weight_of).sum())
    }

    fn fits(&self, item: Item) -> bool {
        let has_slot = self.kind.capacity.is_none_or(|capacity| self.waiting.len() < capacity);
        let room = self.weight_max.map(|weight_max| weight_max - self.weight());
        has_slot && room.is_none_or(|room| weight_of(&item) <= room)
    }

    fn is_too_heavy(&self, item: Item) -> bool {
        self.weight_max.is_some_and(|weight_max| weight_of(&item) > weight_max)
    }

    /// Puts now or says why not.
    pub fn try_put(&mut self, item: Item) -> Result<(), PutError<Item>> {
        if self.putters.len() > 0 && !self.is_closed && !self.is_too_heavy(item) {
            return Err(PutError::Full(item));
        }
        self.put_first(item)
    }

    /// The same for one whose turn it is, whoever else waits.
    fn put_first(&mut self, item: Item) -> Result<(), PutError<Item>> {
        if self.is_closed {
            return Err(PutError::Closed(item));
        }
        if self.fits(item) {
            self.admit(item);
            return Ok(());
        }
        if self.is_too_heavy(item) {
            return Err(PutError::TooHeavy(item));
        }
        match self.kind.when_full {
            WhenFull::Wait | WhenFull::Reject => return Err(PutError::Full(item)),
            WhenFull::DropNewest => self.note_drop(item),
            WhenFull::DropOldest => {
                let before = self.waiting.len();
                while !self.fits(item) {
                    let oldest = self.waiting.remove(0);
                    self.note_drop(oldest);
                }
                let dropped = before - self.waiting.len();
                // In this order: a queue of one never seems finished in between.
                self.admit(item);
                self.finish(dropped);
            }
        }
        Ok(())
    }

    fn admit(&mut self, item: Item) {
        self.waiting.push(item);
        self.unfinished += 1;
        self.peak = self.peak.max(self.waiting.len());
    }

    fn note_drop(&mut self, item: Item) {
        self.dropped += 1;
        self.fresh_drops.push(item.id);
    }

    /// Which of the waiting items comes out next.
    fn turn(&self) -> Option<usize> {
        match self.kind.discipline {
            Discipline::Fifo => (!self.waiting.is_empty()).then_some(0),
            Discipline::Lifo => self.waiting.len().checked_sub(1),
            Discipline::Priority => {
                let best = self.waiting.iter().map(|item| item.rank).max()?;
                self.waiting.iter().position(|item| item.rank == best)
            }
        }
    }

    /// Gets now or says why not.
    pub fn try_get(&mut self, caller: Option<usize>) -> Result<Item, GetError> {
        match self.turn() {
            None if self.is_closed => Err(GetError::Closed),
            None => Err(GetError::Empty),
            Some(_) if self.getters.comes_before(caller) => Err(GetError::Empty),
            Some(at) => {
                self.got += 1;
                Ok(self.waiting.remove(at))
            }
        }
    }

    /// Polls a call that may wait; `id` is its name for as long as it lives.
    pub fn poll(&mut self, id: usize, call: &mut Call) -> Option<End> {
        match call {
            Call::Put(item) => self.poll_put(id, *item),
            Call::PutMany(items) => self.poll_put_many(id, items),
            Call::Get | Call::GetMany(_) | Call::Join(_) => self.poll_in_line(id, call),
        }
    }

    fn poll_put(&mut self, id: usize, item: Item) -> Option<End> {
        let refused = |why: PutError<Item>| match why {
            PutError::Full(item) => End::Refused(PutError::Full(item.id)),
            PutError::Closed(item) => End::Refused(PutError::Closed(item.id)),
            PutError::TooHeavy(item) => End::Refused(PutError::TooHeavy(item.id)),
        };
        let end = match self.putters.standing(id) {
            Standing::Done => Some(End::Put),
            Standing::Newcomer => match self.try_put(item) {
                Ok(()) => Some(End::Put),
                Err(PutError::Full(_)) if self.kind.when_full == WhenFull::Wait => None,
                Err(why) => Some(refused(why)),
            },
            Standing::First | Standing::Behind => {
                self.is_closed.then(|| refused(PutError::Closed(item)))
            }
        };
        match end {
            Some(_) => drop(self.putters.leave(id)),
            None => self.putters.rest(id, Load::One(item)),
        }
        end
    }

    fn poll_put_many(&mut self, id: usize, items: &mut Vec<Item>) -> Option<End> {
        let outcome = match self.putters.standing(id) {
            Standing::Behind if !self.is_closed => Err(PutError::Full(())),
            Standing::Newcomer => self.try_put_many(items),
            _ => self.put_what_fits(items),
        };
        let outcome = match (outcome, items.first().copied()) {
            (Err(PutError::Closed(())), _) => Err(PutError::Closed(())),
            (_, None) => Ok(()),
            (_, Some(first)) if self.is_too_heavy(first) => Err(PutError::TooHeavy(())),
            (_, Some(first)) if self.kind.when_full == WhenFull::Wait => {
                self.putters.rest(id, Load::Many(first));
                return None;
            }
            _ => Err(PutError::Full(())),
        };
        self.putters.leave(id);
        Some(End::PutMany(outcome, ids(items)))
    }

    fn poll_in_line(&mut self, id: usize, call: &mut Call) -> Option<End> {
        let line = self.line(call);
        line.looks(id);
        let caller = line.holds(id).then_some(id);
        let end = match call {
            Call::GetMany(max) => match self.try_get_many(*max, caller) {
                Err(GetError::Empty) => None,
                outcome => Some(End::GotMany(outcome.unwrap_or_default())),
            },
            Call::Join(round) => {
                let began = *round.get_or_insert(self.rounds);
                (self.unfinished == 0 || self.rounds != began).then_some(End::Joined)
            }
            _ => match self.try_get(caller) {
                Err(GetError::Empty) => None,
                outcome => Some(End::Got(outcome.ok().map(|item| item.id))),
            },
        };
        let line = self.line(call);
        match end {
            Some(_) => line.leaves(id),
            None => line.sleeps(id),
        }
        end
    }

    /// Puts what can be put now, from the front, if nobody else waits to.
    pub fn try_put_many(&mut self, items: &mut Vec<Item>) -> Result<usize, PutError<()>> {
        if self.putters.len() > 0 && !items.is_empty() && !self.is_closed {
            return Err(PutError::Full(()));
        }
        self.put_what_fits(items)
    }

    fn put_what_fits(&mut self, items: &mut Vec<Item>) -> Result<usize, PutError<()>> {
        let mut put = 0;
        while let Some(item) = items.first().copied() {
            match self.put_first(item) {
                Ok(()) => (),
                Err(PutError::Closed(_)) => return Err(PutError::Closed(())),
                Err(_) if put > 0 => break,
                Err(PutError::Full(_)) => return Err(PutError::Full(())),
                Err(PutError::TooHeavy(_)) => return Err(PutError::TooHeavy(())),
            }
            items.remove(0);
            put += 1;
        }
        Ok(put)
    }

    /// Gets what can be got now, by id.
    pub fn try_get_many(
        &mut self,
        max: usize,
        caller: Option<usize>,
    ) -> Result<Vec<u32>, GetError> {
        let mut got = Vec::new();
        while got.len() < max {
            match self.try_get(caller) {
                Ok(item) => got.push(item.id),
                Err(_) if !got.is_empty() => break,
                Err(why) => return Err(why),
            }
        }
        Ok(got)
    }

    /// The future of a waiting call is dropped, or its item taken back; what was not put, by id.
    pub fn give_up(&mut self, id: usize, call: &Call) -> Option<u32> {
        match call {
            Call::Put(_) | Call::PutMany(_) => self.putters.leave(id).map(|item| item.id),
            Call::Get | Call::GetMany(_) | Call::Join(_) => {
                self.line(call).leaves(id);
                None
            }
        }
    }

    /// Marks one item finished.
    pub fn task_done(&mut self) {
        self.finish(1);
    }

    fn finish(&mut self, count: usize) {
        let open = self.unfinished;
        self.unfinished -= count.min(open);
        self.rounds += u64::from(open > 0 && self.unfinished == 0);
    }

    /// Closes.
    pub fn close(&mut self) {
        self.is_closed = true;
    }

    /// Closes and returns what is left, by id, in the order it would have come out.
    pub fn close_now(&mut self) -> Vec<u32> {
        self.is_closed = true;
        let left: Vec<u32> =
            std::iter::from_fn(|| self.turn().map(|at| self.waiting.remove(at).id)).collect();
        self.dropped += left.len() as u64;
        self.finish(left.len());
        left
    }

    /// The last consumer is gone: closes, and drops what is left.
    pub fn abandon(&mut self) {
        let left = self.close_now();
        self.fresh_drops.extend(left);
    }

    /// After every step: no producer waits while there is room, and as many consumers are awake
    /// as there are items.
    pub fn settle(&mut self) {
        if self.is_closed {
            self.putters.wake_all();
            self.getters.wake(usize::MAX);
        } else {
            while let Some(first) = self.putters.first()
                && self.fits(first)
                && let Some(item) = self.putters.next()
            {
                self.admit(item);
            }
            self.getters.wake(self.waiting.len());
        }
        if self.unfinished == 0 {
            self.joiners.wake(usize::MAX);
        }
    }

    /// Whether that call must have been woken since it last looked.
    pub fn is_awake(&mut self, id: usize, call: &Call) -> bool {
        match call {
            Call::Put(_) | Call::PutMany(_) => self.putters.is_awake(id),
            Call::Get | Call::GetMany(_) | Call::Join(_) => self.line(call).is_awake(id),
        }
    }

    /// The line of those who wait for something other than room.
    fn line(&mut self, call: &Call) -> &mut Line {
        match call {
            Call::Join(_) => &mut self.joiners,
            _ => &mut self.getters,
        }
    }

    /// Items marked unfinished so far.
    pub fn unfinished(&self) -> usize {
        self.unfinished
    }

    /// What was dropped by policy since the last call, by id, in order.
    pub fn take_drops(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.fresh_drops)
    }

    /// Asserts that the queue counts what the model counts.
    ///
    /// # Panics
    /// When it does not.
    pub fn assert_counts(&self, stats: Stats) {
        let counted = (stats.put, stats.got, stats.waiting, stats.dropped);
        let put = self.got + self.waiting.len() as u64 + self.dropped;
        assert_eq!(counted, (put, self.got, self.waiting.len(), self.dropped), "the counts");
        let inside = (stats.unfinished as usize, stats.peak);
        assert_eq!(inside, (self.unfinished, self.peak), "unfinished and peak");
        let waiters = (stats.waiting_consumers, stats.waiting_producers);
        assert_eq!(waiters, (self.getters.len(), self.putters.len()), "who waits");
    }
}

fn weight_of(item: &Item) -> usize {
    item.rank.into()
}

/// The ids of items.
pub fn ids(items: &[Item]) -> Vec<u32> {
    items.iter().map(|item| item.id).collect()
}
