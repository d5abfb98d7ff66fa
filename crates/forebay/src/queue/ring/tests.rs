//! Random pushes and pops of every kind, against a `VecDeque` of numbers.

use std::collections::VecDeque;
use std::rc::Rc;

use forebay_testkit::chance::Chance;
use forebay_testkit::rounds::rounds;
use forebay_testkit::seed::seed;

use super::Ring;

const STEPS: u32 = if cfg!(miri) { 300 } else { 30_000 };

/// So large that a block has no more than 16; counted, so that none is dropped twice or never.
struct Item {
    number: u64,
    _count: Rc<()>,
    _bulk: [u64; 128],
}

/// A ring and what is to be in it.
struct Pair {
    ring: Ring<Item>,
    model: VecDeque<u64>,
    pushed: u64,
    /// What the mark for puts was last set for.
    len_max: usize,
    count: Rc<()>,
}

impl Pair {
    fn item(&mut self) -> Item {
        self.model.push_back(self.pushed);
        self.pushed += 1;
        self.item_of(self.pushed - 1)
    }

    fn item_of(&self, number: u64) -> Item {
        Item { number, _count: Rc::clone(&self.count), _bulk: [0; 128] }
    }

    fn push(&mut self, many: usize) {
        for _ in 0..many {
            let item = self.item();
            self.ring.push(item);
        }
    }

    fn open_puts(&mut self, more: usize) {
        self.len_max = self.ring.len() + 1 + more;
        self.ring.open_puts(self.len_max);
    }

    /// By a mark that may be of some time ago.
    fn push_at_once(&mut self, many: usize) {
        for _ in 0..many {
            let item = self.item_of(self.pushed);
            if let Some(slot) = self.ring.free_at_once() {
                self.model.push_back(self.pushed);
                self.pushed += 1;
                assert_eq!(slot.fill(item), self.model.len());
                assert!(self.model.len() <= self.len_max);
            }
        }
    }

    /// What is not asked for stays where it was.
    fn push_many(&mut self, many: usize) {
        let mut items: Vec<_> = (0..many).map(|_| self.item()).collect();
        items.extend([u64::MAX, u64::MAX].map(|rest| self.item_of(rest)));
        self.ring.push_many(&mut items, many);
        assert!(items.iter().map(|item| item.number).eq([u64::MAX; 2]));
    }

    fn pop(&mut self, many: usize) {
        for _ in 0..many {
            assert_eq!(self.ring.pop().map(|item| item.number), self.model.pop_front());
        }
    }

    /// As above.
    fn pop_at_once(&mut self, many: usize) {
        for _ in 0..many {
            if self.ring.may_pop_at_once() {
                assert_eq!(Some(self.ring.pop_at_once().number), self.model.pop_front());
            }
        }
    }

    fn pop_many(&mut self, many: usize) {
        let mut into = vec![self.item_of(u64::MAX)];
        let count = self.ring.pop_many(&mut into, many);
        assert_eq!(count, many.min(self.model.len()));
        assert!(into.iter().skip(1).map(|item| item.number).eq(self.model.drain(..count)));
    }

    fn take_all(&mut self) {
        let all = self.ring.take_all();
        assert!(all.iter().map(|item| item.number).eq(self.model.drain(..)));
    }
}

#[test]
fn whatever_goes_in_comes_out_in_order_and_once() {
    let mut chance = Chance::new(seed());
    let (ring, model, count) = (Ring::new(), VecDeque::new(), Rc::new(()));
    let mut pair = Pair { ring, model, pushed: 0, len_max: 0, count };
    for _ in 0..rounds(STEPS, "steps of a ring") {
        let many = chance.below(40) as usize;
        match chance.below(10) {
            0 => pair.push(many),
            1 => pair.push_many(many),
            2 => pair.open_puts(many),
            3 => pair.push_at_once(many),
            4 => pair.pop(many),
            5 => pair.pop_many(many),
            6 => pair.ring.open_gets(),
            7 => pair.pop_at_once(many),
            8 if chance.is_one_in(8) => pair.take_all(),
            8 => pair.ring.shut_gets(),
            _ => pair.ring.shut_puts(),
        }
        assert_eq!(pair.ring.len(), pair.model.len());
        assert_eq!(pair.ring.popped() + pair.ring.len() as u64, pair.pushed);
        assert_eq!(Rc::strong_count(&pair.count), 1 + pair.model.len());
    }
    drop(pair.ring);
    assert_eq!(Rc::strong_count(&pair.count), 1, "what is left is dropped with it");
}
