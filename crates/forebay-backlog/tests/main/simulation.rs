//! Whatever the disk does, an acknowledged event is never lost: by seed, step by step, no threads.

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

#[test]
fn producer_backlog_consumer_and_sink_lose_nothing_by_any_seed() {
    let first = seed::seed();
    let worlds = rounds::rounds(2500, "worlds");
    let mut faults = 0;
    for at in 0..u64::from(worlds) {
        let seed = first.wrapping_add(at);
        let lived = std::panic::catch_unwind(|| live(seed));
        match lived {
            Ok(count) => faults += count,
            Err(panic) => {
                println!("this world: FOREBAY_SEED={seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{worlds} worlds, {faults} ends and faults");
}
