//! A damaged backlog opens: what is intact is delivered, and nothing that was never sent.

use forebay_testkit::chance::Chance;
use forebay_testkit::{rounds, seed};

use crate::simulated::{Faults, PAGE_BYTES};
use crate::world::{World, options};

/// A small backlog over several segments; some of it is finished. `ends` says how it ended.
fn world(ends: impl FnOnce(&mut World)) -> World {
    let mut world = World::new(Chance::new(5), options(3000, 1 << 20));
    world.open().expect("an empty disk");
    for count in [3, 1, 2, 1, 4, 1, 1, 2] {
        world.append_small(count);
        world.quiesce();
    }
    world.take(3);
    world.finish_all();
    world.quiesce();
    for count in [1, 3, 1] {
        world.append_small(count);
        world.quiesce();
    }
    ends(&mut world);
    world.end();
    world
}

fn closed() -> World {
    world(World::close)
}

fn killed() -> World {
    world(|_| {})
}

/// Opens a copy with one file changed, and says how many acknowledged events it delivers less; they are
/// counted.
fn missing_after(whole: &mut World, file: &str, change: impl FnOnce(&mut Vec<u8>)) -> usize {
    let mut world = whole.fork();
    world.disk.damage(file, change);
    let first = world.open().expect("a damaged backlog opens");
    world.drain();
    let now = world.snapshot();
    let missing = world.missing().len();
    let is_told = now.damaged > 0 || first.torn_bytes > 0 || first.missing_segments > 0;
    assert!(missing == 0 || is_told, "{missing} are gone and nobody says so: {first:?} {now:?}");
    assert!(world.repeated() <= 3, "only what was finished just now may come again");
    // And it goes on from there, as after any start.
    world.append_small(1);
    world.drain();
    world.close();
    let again = world.open().expect("it opens again");
    assert_eq!(again.events, 0, "nothing of it comes a second time");
    missing
}

fn logs(world: &World) -> Vec<String> {
    world.disk.names().into_iter().filter(|name| name.ends_with(".log")).collect()
}

#[test]
fn any_flipped_bit_costs_one_group_at_most_and_is_told() {
    for mut whole in [closed(), killed()] {
        let files = logs(&whole);
        assert_eq!(missing_after(&mut whole, &files[0], |_| {}), 0);
        let mut flips = 0;
        for file in logs(&whole) {
            for bit in 0..whole.disk.read(&file).len() * 8 {
                let flip = |bytes: &mut Vec<u8>| bytes[bit / 8] ^= 1 << (bit % 8);
                let missing = missing_after(&mut whole, &file, flip);
                assert!(missing <= 4, "bit {bit} of {file}: {missing} are missing");
                flips += 1;
            }
        }
        println!("{flips} bits flipped");
    }
}

#[test]
fn any_flipped_bit_of_what_the_folder_says_it_is_changes_nothing() {
    let mut whole = closed();
    for bit in 0..whole.disk.read("forebay-data").len() * 8 {
        let flip = |bytes: &mut Vec<u8>| bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(missing_after(&mut whole, "forebay-data", flip), 0, "bit {bit}");
    }
}

#[test]
fn zeros_in_the_place_of_any_sector_or_page_cost_what_was_in_them_and_are_told() {
    for mut whole in [closed(), killed()] {
        for file in logs(&whole) {
            for size in [512, PAGE_BYTES] {
                for at in (0..whole.disk.read(&file).len()).step_by(size) {
                    let zero = |bytes: &mut Vec<u8>| {
                        let end = bytes.len().min(at + size);
                        bytes[at..end].fill(0);
                    };
                    missing_after(&mut whole, &file, zero);
                }
            }
        }
    }
}

#[test]
fn a_file_cut_short_anywhere_gives_the_groups_before_the_cut() {
    for mut whole in [closed(), killed()] {
        let file = logs(&whole).pop().expect("there is one");
        let length = whole.disk.read(&file).len();
        let mut before = usize::MAX;
        for bytes in 0..length {
            let mut world = whole.fork();
            world.disk.damage(&file, |content| content.truncate(bytes));
            world.open().expect("a file cut short opens");
            world.drain();
            let missing = world.missing().len();
            assert!(missing <= before, "{bytes} bytes: more is missing than with fewer bytes");
            before = missing;
        }
        assert_eq!(before, 0);
    }
}

/// All segments could be deleted, or the newest, and the backlog opened as if there had never been any: what
/// names a segment is the one behind it.
#[test]
fn whichever_segments_are_gone_it_is_told_once_and_the_others_are_delivered() {
    for mut whole in [closed(), killed()] {
        let files = logs(&whole);
        let mut told = 0;
        for subset in 0..1_u64 << files.len() {
            let mut world = whole.fork();
            for (at, file) in files.iter().enumerate() {
                if subset >> at & 1 == 1 {
                    world.disk.delete(file);
                }
            }
            let found = world.open().expect("a folder that is half deleted opens");
            world.drain();
            let missing = world.missing().len();
            assert!(
                missing == 0 || found.missing_segments > 0,
                "{subset:b} of {files:?}: {missing} missing, {found:?}"
            );
            assert_eq!(world.snapshot().damaged, found.missing_segments);
            told += found.missing_segments;
            world.append_small(1);
            world.drain();
            world.close();
            let again = world.open().expect("it opens again");
            assert_eq!((again.events, again.missing_segments), (0, 0), "{subset:b}: {again:?}");
        }
        assert!(told > 0 && files.len() > 2, "{files:?}");
    }
}

#[test]
fn a_newest_segment_of_which_no_byte_is_left_is_missed() {
    let mut world = killed();
    let newest = "newest";
    let number = String::from_utf8(world.disk.read(newest)).expect("it is text");
    let number = number.lines().next().and_then(|line| line.strip_prefix("segment "));
    let number: u64 = number.and_then(|number| number.parse().ok()).expect("it says which");
    world.disk.damage(&format!("{number:016}.log"), Vec::clear);
    let found = world.open().expect("it opens");
    world.drain();
    assert!(!world.missing().is_empty() && found.missing_segments == 1, "{found:?}");
}

#[test]
fn a_folder_of_which_only_the_name_of_its_newest_segment_is_left_is_a_backlog_still() {
    let mut world = killed();
    for file in world.disk.names().into_iter().filter(|name| name != "newest") {
        world.disk.delete(&file);
    }
    let found = world.open().expect("it opens");
    assert_eq!(found.missing_segments, 1);
}

#[test]
fn any_of_the_pages_that_were_not_synced_may_be_there() {
    let mut torn = 0;
    for (events, bytes) in [(3, 2000), (1, 20_000), (8, 4000)] {
        // A batch that was written and not synced.
        let mut whole = killed();
        whole.open().expect("it opens");
        whole.append_small(1);
        whole.quiesce();
        let syncs = whole.disk.calls().syncs;
        whole.disk.set(Faults { sync_fails: Some(1), ..Faults::default() });
        whole.append_of(events, bytes);
        whole.disk.set(Faults { power_until: Some(1), ..Faults::default() });
        whole.write();
        assert!(syncs > 0);
        whole.end();
        let pages = whole.disk.pages_at_risk();
        assert!((2..=12).contains(&pages), "{pages} pages");
        for subset in 0..1_u64 << pages {
            let mut world = whole.fork();
            let mut page = 0;
            world.disk.lose_power(|_| {
                page += 1;
                subset >> (page - 1) & 1 == 1
            });
            let recovery = world.open().expect("it opens");
            assert_eq!((recovery.damaged, recovery.lost), (0, 0), "what was never promised");
            torn += u64::from(recovery.torn_bytes > 0);
            world.drain();
            assert_eq!(world.missing(), Vec::<u64>::new());
            assert!(world.has_all_or_none(), "half a group");
        }
    }
    assert!(torn > 100, "{torn}");
}

/// The events that were left of the first segment were lost: what was finished of two segments, in one
/// range, was all taken off the first.
#[test]
fn a_segment_cut_short_where_it_says_what_is_finished_of_others_loses_nothing() {
    let mut whole = World::new(Chance::new(5), options(4000, 1 << 20));
    whole.open().expect("an empty disk");
    for (events, bytes) in [(4, 2000), (3, 1900)] {
        whole.append_of(events, bytes);
        whole.write();
    }
    whole.take(2);
    whole.take_and_ack(10);
    whole.append_small(1);
    whole.write();
    let name = "0000000000000003.log";
    assert!(whole.disk.names().iter().any(|its| its == name), "{:?}", whole.disk.names());
    whole.end();
    for bytes in (64..whole.disk.read(name).len()).rev() {
        let mut world = whole.fork();
        world.disk.damage(name, |content| content.truncate(bytes));
        world.open().expect("it opens");
        world.drain();
        // The newest event is behind the cut.
        assert!(
            world.missing().iter().all(|number| *number == 8),
            "{bytes}: {:?}",
            world.missing()
        );
    }
}

#[test]
fn the_power_may_go_at_any_moment() {
    let first = seed::seed();
    let points = u64::from(rounds::rounds(10_000, "moments"));
    let mut done = 0;
    let mut round = 0;
    while done < points {
        round += 1;
        let begin = |chance: &mut Chance| World::new(chance.fork(), options(4000, 1 << 20));
        let mut chance = Chance::new(first.wrapping_add(round));
        let calls = {
            let mut world = begin(&mut chance.clone());
            live(&mut world);
            world.disk.calls().changes
        };
        for moment in 0..calls {
            let mut world = begin(&mut chance);
            world.disk.set(Faults { power_until: Some(moment), ..Faults::default() });
            live(&mut world);
            world.end();
            match moment % 2 {
                0 => world.disk.lose_power(|_| false),
                _ => world.disk.lose_power(|chance| chance.is_one_in(2)),
            }
            world.open().expect("it opens");
            let recovery = world.recovery();
            assert_eq!((recovery.damaged, recovery.lost), (0, 0), "moment {moment}: {recovery:?}");
            world.drain();
            assert_eq!(world.missing(), Vec::<u64>::new(), "moment {moment}");
            done += 1;
        }
    }
    println!("{done} moments at which the power went");
}

fn live(world: &mut World) {
    if world.open().is_some() {
        for _ in 0..25 {
            world.step();
        }
        world.settle();
    }
}
