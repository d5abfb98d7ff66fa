//! Whatever the disk does, an acknowledged event is never lost: by seed, step by step, no threads.

use std::any::Any;
use std::num::NonZero;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, available_parallelism};

use forebay_testkit::chance::Chance;
use forebay_testkit::{rounds, seed};

use crate::simulated::Faults;
use crate::world::{World, options};

/// Lives a while, with faults; returns how many there were.
fn live(seed: u64) -> u64 {
    let mut chance = Chance::new(seed);
    let segment_bytes = [2000, 9000, 40_000][chance.below(3) as usize];
    let window_bytes = [1, 3000, 1 << 20][chance.below(3) as usize];
    let mut world = World::new(chance, options(segment_bytes, window_bytes));
    let lives = 1 + world.chance().below(4);
    for _life in 0..lives {
        world.disk.set(Faults::default());
        world.open().expect("it opens, whatever happened before");
        let faults = choose(&mut world);
        world.disk.set(faults);
        for _ in 0..world.chance().below(60) {
            world.step();
        }
        match world.chance().below(4) {
            0 => world.close(),
            _ => world.settle(),
        }
        world.end();
        match world.chance().below(3) {
            0 => world.disk.kill(),
            1 => world.disk.lose_power(|_| false),
            _ => world.disk.lose_power(|chance| chance.is_one_in(2)),
        }
    }
    world.open().expect("it opens in the end");
    let recovery = world.backlog().recovery();
    assert_eq!((recovery.damaged, recovery.lost, recovery.missing_segments), (0, 0, 0));
    world.drain();
    assert_eq!(world.missing(), Vec::<u64>::new(), "acknowledged and lost");
    world.check_marks();
    // A fresh event flows when the faults are over.
    world.append(1);
    world.drain();
    assert_eq!(world.missing(), Vec::<u64>::new());
    lives
}

fn choose(world: &mut World) -> Faults {
    let chance = world.chance();
    let mut faults = Faults::default();
    match chance.below(8) {
        0 => faults.power_until = Some(chance.below(60)),
        1 => faults.sync_fails = Some(1 + chance.below(20)),
        2 => faults.write_is_full = Some(1 + chance.below(30)),
        3 => faults.write_fails = Some(1 + chance.below(30)),
        4 => faults.capacity_bytes = Some(20_000 + chance.below(60_000)),
        _ => {}
    }
    if chance.is_one_in(3) {
        faults.short_one_in = Some(3);
    }
    faults
}

/// Lives long, with many handles, through ends of every kind.
fn live_long(seed: u64, steps: u64) {
    let mut world = World::new(Chance::new(seed), options(9000, 3000));
    world.open().expect("it is new");
    for _ in 0..steps {
        let end = world.chance().below(200);
        match end {
            0 => world.close(),
            1..4 => {
                world.settle();
                world.end();
            }
            4..20 => world.change_handles(),
            _ => world.step(),
        }
        match end {
            0 | 1 => world.disk.kill(),
            2 => world.disk.lose_power(|_| false),
            3 => world.disk.lose_power(|chance| chance.is_one_in(2)),
            _ => continue,
        }
        world.open().expect("it opens, whatever happened before");
        assert_eq!((world.recovery().damaged, world.recovery().lost), (0, 0));
    }
    world.drain();
    assert_eq!(world.missing(), Vec::<u64>::new(), "acknowledged and lost");
}

/// The world of a seed, and what was wrong in it.
type Wrong = (u64, Box<dyn Any + Send>);

/// Lives the worlds whose numbers are drawn from `next`, up to `worlds`; returns how many ends and faults.
fn live_some(first: u64, next: &AtomicU64, worlds: u64) -> Result<u64, Wrong> {
    let mut faults = 0;
    loop {
        // Ordering: relaxed; only that no two get the same number.
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= worlds {
            return Ok(faults);
        }
        let seed = first.wrapping_add(at);
        faults += catch_unwind(|| live(seed)).map_err(|panic| (seed, panic))?;
    }
}

#[test]
fn producer_backlog_consumer_and_sink_lose_nothing_by_any_seed() {
    let first = seed::seed();
    let worlds = rounds::rounds(10_000, "worlds").into();
    let next = AtomicU64::new(0);
    let hands = available_parallelism().map_or(1, NonZero::get);
    let faults = thread::scope(|scope| {
        let live = || scope.spawn(|| live_some(first, &next, worlds));
        let hands: Vec<_> = (0..hands).map(|_| live()).collect();
        let lived = hands.into_iter().map(|hand| hand.join().expect("it catches its panics"));
        lived.collect::<Vec<_>>().into_iter().sum::<Result<u64, Wrong>>()
    });
    match faults {
        Ok(faults) => println!("{worlds} worlds, {faults} ends and faults"),
        Err((seed, panic)) => {
            println!("this world: FOREBAY_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

/// A blank segment whose name never came to disk was counted on by the next process: when it went with the power, it was told as
/// missing. And one that had been set aside was, when the next one was blank. And of two blank ones the first was made anew
/// and removed again on a full disk, and missed because of the second.
#[test]
fn a_segment_in_which_nothing_was_is_not_missed() {
    live(8_166_017_778_215_484_541);
    live(14_103_364_289_498_968_177);
    live(7_580_160_155_807_892_556);
}

#[test]
fn many_handles_see_the_order_and_lose_nothing_through_a_hundred_thousand_steps_and_crashes() {
    const STEPS: u64 = 2_000;
    let first = seed::seed();
    for at in 0..rounds::rounds(50, "lives of 2,000 steps") {
        let seed = first.wrapping_add(at.into());
        if let Err(panic) = catch_unwind(|| live_long(seed, STEPS)) {
            println!("this life: FOREBAY_SEED={seed}");
            resume_unwind(panic);
        }
    }
}
