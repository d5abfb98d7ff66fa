//! What a pool promises, one file a promise.

#[path = "pool/changing.rs"]
mod changing;
#[path = "pool/gears.rs"]
mod gears;
#[path = "pool/idle.rs"]
mod idle;
#[path = "pool/joining.rs"]
mod joining;
#[path = "pool/keys.rs"]
mod keys;
#[path = "pool/panics.rs"]
mod panics;
#[path = "pool/retries.rs"]
mod retries;
#[cfg(not(miri))]
#[path = "pool/runtimes.rs"]
mod runtimes;
#[path = "pool/schedules.rs"]
mod schedules;
#[path = "pool/sizes.rs"]
mod sizes;
#[path = "pool/stopping.rs"]
mod stopping;
#[path = "pool/work.rs"]
mod work;
#[path = "pool/world.rs"]
mod world;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use forebay::{Gear, Gears, Pool, PoolBuilder, Producer, Queue, RetryConfig};

use work::{Item, Work};
use world::World;

fn gear(workers: usize, batch: usize) -> Gear {
    Gear { pause: Duration::ZERO, batch, workers }
}

/// One gear after all.
fn always(workers: usize, batch: usize) -> PoolBuilder<Item> {
    let table = vec![gear(workers, batch); 2];
    Pool::builder(Gears::default(), table)
}

/// Slow up to two items, then four workers.
fn two_gears() -> PoolBuilder<Item> {
    let table = vec![gear(1, 1), gear(4, 1)];
    Pool::builder(Gears::two(2, 0).expect("it makes sense"), table)
}

type Dead = Arc<Mutex<Vec<(u64, String)>>>;

struct Plant {
    world: World,
    producer: Producer<Item>,
    work: Work,
    pool: Pool<Item>,
    dead: Dead,
}

impl Plant {
    fn new(builder: PoolBuilder<Item>) -> Self {
        Plant::in_world(World::default(), builder)
    }

    fn in_world(world: World, builder: PoolBuilder<Item>) -> Self {
        let (producer, consumer) = Queue::unbounded().split();
        let work = Work::new(&world);
        let dead = Dead::default();
        let buried = Arc::clone(&dead);
        let pool = builder
            .on_dead(move |item: Item, reason: &str| {
                buried
                    .lock()
                    .expect("nobody panics with it")
                    .push((item.number, reason.to_owned()));
            })
            .each(consumer, world.clone(), work.clone())
            .expect("it makes sense");
        Plant { world, producer, work, pool, dead }
    }

    fn put(&self, item: Item) {
        self.producer.try_put(item).expect("it makes sense");
    }

    fn dead(&self) -> Vec<u64> {
        self.dead.lock().expect("nobody panics with it").iter().map(|(number, _)| *number).collect()
    }
}

fn once() -> RetryConfig {
    RetryConfig { attempts_max: 1, ..RetryConfig::default() }
}

fn told<T>(refused: Result<T, forebay::SettingError>) -> String {
    refused.err().expect("it makes no sense").to_string()
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let world = World::default();
    let try_with = |builder: PoolBuilder<Item>| {
        told(builder.each(Queue::unbounded().split().1, world.clone(), Work::new(&world)))
    };
    let short = Pool::builder(Gears::default(), vec![Gear::ONE_BY_ONE]);
    assert_eq!(
        try_with(short),
        "gears of the table is 1 and must be as many as the controller has, 2"
    );
    assert_eq!(try_with(always(0, 1)), "workers is 0 and must be 1 to 1024");
    assert!(try_with(always(1, 0)).starts_with("batch is 0 and must be 1 to"));
    let restless = always(1, 1).tick(Duration::ZERO);
    assert_eq!(try_with(restless), "tick is 0ns and must be 1ms to 86400s");
    let hopeless = RetryConfig { attempts_max: 0, ..RetryConfig::default() };
    assert!(try_with(always(1, 1).retry(hopeless)).starts_with("attempts_max is 0"));
}
