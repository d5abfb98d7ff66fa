//! The producers that wait for room, in the order they came.

use crate::subject::Item;

/// What one waits with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    One(Item),
    /// Many, of which this is the first.
    Many(Item),
    Done,
}

#[derive(Debug)]
struct Person {
    id: usize,
    load: Load,
    is_awake: bool,
}

/// Producers, each with an item, or with many elsewhere.
#[derive(Debug, Default)]
pub(super) struct Putters {
    people: Vec<Person>,
}

/// Where a producer's call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has not waited.
    Newcomer,
    /// It waits behind others.
    Behind,
    /// It waits, and nobody does before it.
    First,
    /// Its item was put.
    Done,
}

impl Putters {
    fn person(&mut self, id: usize) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.id == id)
    }

    /// Those who wait for room.
    fn waiting(&mut self) -> impl Iterator<Item = &mut Person> {
        self.people.iter_mut().filter(|person| person.load != Load::Done)
    }

    pub(super) fn len(&self) -> usize {
        self.people.iter().filter(|person| person.load != Load::Done).count()
    }

    pub(super) fn standing(&mut self, id: usize) -> Standing {
        let first = self.waiting().next().map(|person| person.id);
        match self.person(id).map(|person| person.load) {
            None => Standing::Newcomer,
            Some(Load::Done) => Standing::Done,
            Some(_) if first == Some(id) => Standing::First,
            Some(_) => Standing::Behind,
        }
    }

    /// Comes with what is to be put, or goes back to sleep with what is left of it.
    pub(super) fn rest(&mut self, id: usize, load: Load) {
        match self.person(id) {
            Some(person) => (person.load, person.is_awake) = (load, false),
            None => self.people.push(Person { id, load, is_awake: false }),
        }
    }

    /// Goes, with what was not put.
    pub(super) fn leave(&mut self, id: usize) -> Option<Item> {
        let at = self.people.iter().position(|person| person.id == id)?;
        match self.people.remove(at).load {
            Load::One(item) => Some(item),
            Load::Many(_) | Load::Done => None,
        }
    }

    pub(super) fn is_awake(&mut self, id: usize) -> bool {
        self.person(id).is_some_and(|person| person.is_awake)
    }

    /// What the first one is to put next.
    pub(super) fn first(&mut self) -> Option<Item> {
        match self.waiting().next()?.load {
            Load::One(item) | Load::Many(item) => Some(item),
            Load::Done => None,
        }
    }

    /// There is room for one: the first one's item, if that is where it is.
    pub(super) fn next(&mut self) -> Option<Item> {
        let first = self.waiting().next()?;
        first.is_awake = true;
        match first.load {
            Load::One(item) => {
                first.load = Load::Done;
                Some(item)
            }
            Load::Many(_) | Load::Done => None,
        }
    }

    pub(super) fn wake_all(&mut self) {
        self.waiting().for_each(|person| person.is_awake = true);
    }
}
