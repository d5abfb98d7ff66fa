//! Segments are begun by one thread and made ahead of their use by another, which may be too late at any
//! moment.

use std::thread;

use forebay_backlog::disk::verify;
use forebay_backlog::{Backlog, DiskBacklog, DiskOptions, Limits};
use forebay_testkit::chance::Chance;
use forebay_testkit::rounds;
use futures_lite::future::block_on;

use crate::event::event;
use crate::world::{self, World};

const APPENDERS: u64 = 4;

/// Not much more than an event, so that each batch or two begins another.
fn options() -> DiskOptions {
    let mut options = DiskOptions::from(Limits { events_max: u64::MAX, bytes_max: u64::MAX });
    (options.segment_bytes_max, options.window_bytes_max) = (500, 2_000);
    options
}

/// Takes out `count` events, acknowledges all, and says which they were.
fn take_all(backlog: &DiskBacklog, count: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    while (numbers.len() as u64) < count {
        let delivery = block_on(Backlog::take(backlog, 7)).expect("it is not closed");
        numbers.extend(delivery.events().iter().map(|event| event.id.as_u64_pair().1));
        delivery.ack(0);
    }
    numbers
}

#[test]
fn segments_that_are_used_up_faster_than_they_are_made_lose_nothing() {
    let each = u64::from(rounds::rounds(150, "segments or more, for each of four appenders"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("data");
    let backlog = DiskBacklog::open(&path, options()).expect("it is new");
    let append = |first: u64| {
        for number in first..first + each {
            let appended = block_on(backlog.append(vec![event(number)].into()));
            appended.unwrap_or_else(|error| panic!("{number}: {error}"));
        }
    };
    let half = APPENDERS * each / 2;
    let mut came = thread::scope(|scope| {
        for at in 0..APPENDERS {
            scope.spawn(move || append(at * each));
        }
        // Along with them, so that segments go while others come.
        scope.spawn(|| take_all(&backlog, half)).join().expect("it takes half of them")
    });
    drop(backlog);
    let found = verify(&path, |_| {}).expect("it is there");
    assert!(found.is_intact() && found.torn.is_empty(), "{found:?}");
    let backlog = DiskBacklog::open(&path, options()).expect("nobody has it");
    came.extend(take_all(&backlog, APPENDERS * each - came.len() as u64));
    came.sort_unstable();
    assert_eq!(came, (0..APPENDERS * each).collect::<Vec<_>>());
    drop(backlog);
    let names = std::fs::read_dir(&path).expect("it is there").flatten();
    let names: Vec<_> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    assert!(!names.iter().any(|name| name.ends_with(".new")), "{names:?}");
}

/// Whoever was in the batch that began a segment waited for three syncs: of what the segment says of others, of
/// the room put by for the next one, and of the batch.
#[test]
fn a_batch_that_begins_a_segment_takes_one_sync_as_any_other() {
    let mut world = World::new(Chance::new(3), world::options(1500, 1 << 20));
    world.open().expect("an empty disk");
    world.append_small(1);
    world.quiesce();
    for batch in 0..20 {
        let before = world.disk.calls().syncs;
        world.append_small(4);
        world.write();
        assert_eq!(world.disk.calls().syncs - before, 1, "batch {batch}");
        // The next segment is made.
        world.quiesce();
    }
    let logs = world.disk.names().into_iter().filter(|name| name.ends_with(".log")).count();
    assert!(logs > 5, "{logs} segments");
}
