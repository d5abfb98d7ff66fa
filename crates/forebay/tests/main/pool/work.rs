//! A handler that takes its time, does what each item says, and writes everything down.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use forebay::{Handler, Outcome, Runtime};

use super::world::World;

/// What is to become of an item, attempt by attempt; then it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) number: u64,
    pub(super) key: u64,
    pub(super) takes_ms: u64,
    pub(super) fates: Vec<Fate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Retry,
    RetryAfterMs(u64),
    Dead,
    Panic,
}

pub(super) fn item(number: u64) -> Item {
    Item { number, key: number, takes_ms: 0, fates: Vec::new() }
}

impl Item {
    pub(super) fn takes_ms(self, takes_ms: u64) -> Self {
        Item { takes_ms, ..self }
    }

    pub(super) fn key(self, key: u64) -> Self {
        Item { key, ..self }
    }

    pub(super) fn fates(self, fates: &[Fate]) -> Self {
        Item { fates: fates.to_vec(), ..self }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Begun { number: u64, key: u64, at_ms: u64 },
    Ended { number: u64, key: u64, at_ms: u64 },
}

/// What happened, in order. Cloning makes another handle.
#[derive(Clone)]
pub(super) struct Work {
    pub(super) world: World,
    pub(super) log: Arc<Mutex<Vec<Entry>>>,
}

impl Work {
    pub(super) fn new(world: &World) -> Self {
        Work { world: world.clone(), log: Arc::default() }
    }

    fn now_ms(&self) -> u64 {
        self.world.now().as_millis() as u64
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        self.log.lock().expect("nobody panics with it").clone()
    }

    /// The items begun so far, as often as they were.
    pub(super) fn begun(&self) -> Vec<u64> {
        let begun = |entry: &Entry| match entry {
            Entry::Begun { number, .. } => Some(*number),
            Entry::Ended { .. } => None,
        };
        self.entries().iter().filter_map(begun).collect()
    }
}

impl Handler<Item> for Work {
    async fn handle(&self, item: &mut Item) -> Outcome {
        let (number, key) = (item.number, item.key);
        self.log.lock().expect("nobody panics with it").push(Entry::Begun {
            number,
            key,
            at_ms: self.now_ms(),
        });
        if item.takes_ms > 0 {
            self.world.after(Duration::from_millis(item.takes_ms)).await;
        }
        self.log.lock().expect("nobody panics with it").push(Entry::Ended {
            number,
            key,
            at_ms: self.now_ms(),
        });
        let fate = (!item.fates.is_empty()).then(|| item.fates.remove(0));
        match fate {
            None => Outcome::Done,
            Some(Fate::Retry) => Outcome::Retry,
            Some(Fate::RetryAfterMs(ms)) => Outcome::RetryAfter(Duration::from_millis(ms)),
            Some(Fate::Dead) => Outcome::Dead("it said so".to_owned()),
            Some(Fate::Panic) => panic!("it said so, too"),
        }
    }
}
