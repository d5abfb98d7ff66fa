//! A disk that is full, fails, or does things by halves: at every call there is.

use forebay_backlog::Backlog;
use forebay_testkit::chance::Chance;

use crate::simulated::{Calls, Faults};
use crate::world::{World, options};

fn world() -> World {
    let mut world = World::new(Chance::new(11), options(3000, 1 << 20));
    world.open().expect("an empty disk");
    world
}

/// What is done with each fault: groups, deliveries, segments that come and go.
fn live(world: &mut World) {
    for count in [1, 3, 2, 4, 1, 2, 3, 1] {
        world.append_of(count, 300);
        world.write();
        world.keep();
        world.take(3);
        world.finish();
        world.write();
        world.read();
    }
}

/// How many calls there are without a fault.
fn calls() -> Calls {
    let mut world = world();
    world.disk.set(Faults::default());
    live(&mut world);
    world.quiesce();
    world.disk.calls()
}

fn end_well(world: &mut World, what: &str) {
    world.disk.set(Faults::default());
    world.append_small(2);
    world.drain();
    assert_eq!(world.missing(), Vec::<u64>::new(), "{what}");
}

#[test]
fn a_disk_that_is_full_at_any_write_refuses_and_goes_on_by_itself() {
    let writes = calls().writes;
    for number in 1..=writes {
        let mut world = world();
        world.disk.set(Faults { write_is_full: Some(number), ..Faults::default() });
        live(&mut world);
        let what = format!("write {number} of {writes}");
        assert_eq!(world.backlog().fault(), None, "{what}: it goes on without a restart");
        end_well(&mut world, &what);
        world.end();
        world.open().expect("it opens");
        world.drain();
    }
    println!("{writes} writes");
}

#[test]
fn a_disk_that_is_filled_and_freed_twenty_times_loses_nothing_and_needs_no_restart() {
    let mut world = world();
    world.disk.set(Faults { capacity_bytes: Some(60_000), ..Faults::default() });
    for _cycle in 0..20 {
        let refused = world.refused();
        for _group in 0..1000 {
            world.append_of(1, 700);
            world.write();
            world.keep();
            if world.refused() > refused {
                break;
            }
        }
        assert!(world.refused() > refused, "it never fills up");
        world.drain();
        assert_eq!(world.missing(), Vec::<u64>::new());
        assert_eq!(world.backlog().fault(), None);
    }
}

#[test]
fn a_full_disk_is_known_to_have_room_again_before_anything_comes() {
    let mut world = world();
    world.disk.set(Faults { capacity_bytes: Some(60_000), ..Faults::default() });
    assert!(!world.backlog().is_out_of_room());
    while world.refused() == 0 {
        world.append_of(1, 700);
        world.write();
        world.keep();
    }
    assert!(world.backlog().is_out_of_room());
    assert!(world.backlog().is_out_of_room(), "looking changes nothing");
    world.disk.set(Faults { capacity_bytes: Some(1 << 20), ..Faults::default() });
    assert!(!world.backlog().is_out_of_room());
    let refused = world.refused();
    world.append_of(1, 700);
    world.write();
    assert_eq!(world.refused(), refused);
    end_well(&mut world, "room was made");
}

/// It took nothing any more: no segment was so large that a newer one was begun, and there was no room to
/// begin one.
#[test]
fn a_disk_full_of_finished_events_of_one_segment_goes_on_by_itself() {
    for capacity_bytes in (40_000..60_000).step_by(700) {
        let mut world = World::new(Chance::new(12), options(1 << 20, 1 << 20));
        world.disk.set(Faults { capacity_bytes: Some(capacity_bytes), ..Faults::default() });
        world.open().expect("an empty disk");
        for cycle in 0..5 {
            let refused = world.refused();
            while world.refused() == refused {
                world.append_of(1, 700);
                world.write();
                world.keep();
            }
            world.drain();
            assert_eq!(world.missing(), Vec::<u64>::new());
            world.append_of(1, 700);
            world.write();
            world.keep();
            let now = world.refused();
            world.append_of(1, 700);
            world.write();
            assert_eq!(world.refused(), now, "cycle {cycle} with {capacity_bytes} bytes");
        }
        assert_eq!(world.backlog().fault(), None);
    }
}

#[test]
fn a_sync_that_fails_refuses_its_group_and_ends_taking_until_the_next_start() {
    let syncs = calls().syncs;
    for number in 1..=syncs {
        let mut world = world();
        world.disk.set(Faults { sync_fails: Some(number), ..Faults::default() });
        live(&mut world);
        let what = format!("sync {number} of {syncs}");
        if let Some(why) = world.backlog().fault() {
            assert!(why.contains("failed"), "{what}: {why}");
            let before = world.disk.calls();
            world.append_small(1);
            world.write();
            let after = world.disk.calls();
            assert_eq!((before.writes, before.syncs), (after.writes, after.syncs), "{what}");
        }
        world.end();
        world.disk.lose_power(|_| false);
        let found = world.open().expect("it opens");
        assert_eq!((found.damaged, found.lost), (0, 0), "{what}");
        end_well(&mut world, &what);
    }
    println!("{syncs} syncs");
}

#[test]
fn a_write_that_fails_ends_taking_until_the_next_start() {
    let writes = calls().writes;
    for number in 1..=writes {
        let mut world = world();
        world.disk.set(Faults { write_fails: Some(number), ..Faults::default() });
        live(&mut world);
        world.end();
        world.disk.kill();
        world.open().expect("it opens");
        end_well(&mut world, &format!("write {number} of {writes}"));
    }
}

#[test]
fn a_read_that_fails_is_told_and_nothing_turns_in_circles() {
    let mut whole = world();
    live(&mut whole);
    whole.close();
    for number in 1..30 {
        let mut world = whole.fork();
        world.disk.set(Faults { read_fails: Some(number), ..Faults::default() });
        if world.open().is_some() {
            for _ in 0..50 {
                world.read();
                world.take(2);
                world.finish();
            }
            world.end();
        }
        world.disk.kill();
        world.open().expect("it opens");
        end_well(&mut world, &format!("read {number}"));
    }
}

#[test]
fn a_disk_that_does_everything_by_halves_changes_nothing() {
    let mut world = world();
    world.disk.set(Faults { short_one_in: Some(1), ..Faults::default() });
    live(&mut world);
    world.drain();
    assert_eq!((world.missing(), world.refused()), (Vec::new(), 0));
}

#[test]
fn no_size_at_the_edge_of_anything_stops_it() {
    for bytes in [0, 1, 7, 8, 9, 4095, 4096, 4097, 131_071, 131_072, 131_073, 300_000] {
        let mut world = world();
        for _ in 0..3 {
            world.append_of(1, bytes);
            world.quiesce();
        }
        world.close();
        world.open().expect("it opens");
        end_well(&mut world, &format!("{bytes} bytes"));
    }
    // A segment that is filled exactly, and one byte less or more.
    for bytes in 0..400 {
        let mut world = World::new(Chance::new(bytes), options(1000, 1 << 20));
        world.open().expect("an empty disk");
        for _ in 0..4 {
            world.append_of(1, bytes as usize);
            world.quiesce();
        }
        world.close();
        world.open().expect("it opens");
        end_well(&mut world, &format!("{bytes} bytes in a small segment"));
    }
}

#[test]
fn one_unfinished_event_does_not_keep_the_segments_of_the_others() {
    let mut world = World::new(Chance::new(3), options(3000, 1 << 20));
    world.open().expect("an empty disk");
    world.append_small(1);
    world.quiesce();
    world.take(1);
    for _ in 0..60 {
        world.append_of(2, 300);
        world.quiesce();
        world.take_and_ack(2);
        world.quiesce();
    }
    let logs = world.disk.names().into_iter().filter(|name| name.ends_with(".log")).count();
    assert!(logs <= 6, "{logs} segments for one event");
    world.end();
    world.open().expect("it opens");
    end_well(&mut world, "the one that was moved");
}
