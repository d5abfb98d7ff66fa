//! An item that is itself many is counted, and seen by a controller, as that many.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use forebay::{Controller, Gear, Handler, Outcome, Pool, Runtime, Shift, Snapshot, Source};

use super::World;

/// Crates of so many bottles each, and whether the first attempt at each fails.
#[derive(Clone, Default)]
struct Cellar(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    waiting: VecDeque<Crate>,
    finished: usize,
}

impl Cellar {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics with it")
    }
}

#[derive(Clone, Copy)]
struct Crate {
    bottles: usize,
    is_broken: bool,
}

impl Source<Crate> for Cellar {
    async fn take(&self, into: &mut Vec<Crate>, _max: usize) -> usize {
        let next = self.state().waiting.pop_front();
        into.extend(next);
        usize::from(next.is_some())
    }

    fn size(&self, item: &Crate) -> usize {
        item.bottles
    }

    fn waiting(&self) -> usize {
        self.state().waiting.iter().map(|item| item.bottles).sum()
    }

    fn came(&self) -> u64 {
        1000
    }

    fn close(&self) {}

    fn finished(&self, count: usize) {
        self.state().finished += count;
    }
}

/// Writes down what it sees.
struct Witness(Arc<Mutex<Vec<Snapshot>>>);

impl Controller for Witness {
    fn shift(&mut self, snapshot: &Snapshot, _now: Duration) -> Option<Shift> {
        self.0.lock().expect("nobody panics with it").push(*snapshot);
        None
    }

    fn gear(&self) -> usize {
        0
    }

    fn count(&self) -> usize {
        1
    }
}

struct Drink(World);

impl Handler<Crate> for Drink {
    async fn handle(&self, item: &mut Crate) -> Outcome {
        self.0.after(Duration::from_millis(250)).await;
        if item.is_broken { Outcome::Dead("it leaks".to_owned()) } else { Outcome::Done }
    }
}

#[test]
fn rates_and_counts_are_of_the_many_in_an_item() {
    let (world, cellar, seen) = (World::default(), Cellar::default(), Arc::default());
    for (bottles, is_broken) in [(100, false), (7, false), (50, true), (200, false)] {
        cellar.state().waiting.push_back(Crate { bottles, is_broken });
    }
    let pool = Pool::builder(Witness(Arc::clone(&seen)), vec![Gear::ONE_BY_ONE])
        .tick(Duration::from_millis(500))
        .each(cellar.clone(), world.clone(), Drink(world.clone()))
        .unwrap();
    let report = world.result_within(Duration::from_secs(2), pool.join());
    assert_eq!((report.stats.done, report.stats.dead), (307, 50));
    assert_eq!(cellar.state().finished, 357);
    // 500 ms a look: 100 and 7 are finished in the first, 50 fail and 200 are finished in the next.
    let seen = seen.lock().unwrap();
    let rates = seen.iter().map(|look: &Snapshot| look.completions_per_s).collect::<Vec<_>>();
    assert_eq!(rates.iter().sum::<f64>(), 307.0 / 0.5, "{rates:?}");
    assert_eq!((seen[0].len, seen[0].in_flight), (257, 100));
    assert!(seen.iter().any(|look| look.failures > 0.15), "50 of 250: {seen:?}");
}
