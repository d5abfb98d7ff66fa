//! What is acknowledged on disk is there after a restart, in order, and damage costs only itself.

use std::fs;
use std::path::Path;
use std::task::Poll;

use bytes::Bytes;
use forebay_backlog::{
    Appended, Backlog, Delivery, DiskBacklog, DiskOptions, Event, OpenError, Receipt, disk,
};
use forebay_testkit::flag::Hand;
use futures_lite::future::block_on;
use tempfile::{TempDir, tempdir};

use crate::engines::ROOMY;
use crate::event::{event, events, numbers};
use crate::marks::marked;

fn folder() -> TempDir {
    tempdir().expect("a temporary folder")
}

fn open(folder: &Path) -> DiskBacklog {
    DiskBacklog::open(folder, ROOMY).expect("nobody else has it")
}

fn put(backlog: &DiskBacklog, events: Vec<Event>) -> Receipt {
    backlog.append(events.into())
}

fn take(backlog: &DiskBacklog, events_max: usize) -> Delivery {
    block_on(Backlog::take(backlog, events_max)).expect("something waits")
}

/// Takes everything that is left, and finishes it.
fn drain(backlog: &DiskBacklog) -> Vec<u64> {
    let mut seen = Vec::new();
    while backlog.waiting() > 0 {
        let delivery = take(backlog, 1000);
        seen.extend(numbers(delivery.events()));
        delivery.ack(0);
    }
    seen
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart_in_order_and_as_it_was() {
    let folder = folder();
    let body = |number| Bytes::from(format!("{{\"number\":{number}}}"));
    let sent: Vec<Event> =
        (0..50).map(|number| Event { body: body(number), ..event(number) }).collect();
    let backlog = open(folder.path());
    for group in sent.chunks(7) {
        block_on(put(&backlog, group.to_vec())).unwrap();
    }
    drop(backlog);
    let backlog = open(folder.path());
    let now = backlog.snapshot();
    assert_eq!((now.accepted, now.waiting), (50, 50));
    let mut got = Vec::new();
    while got.len() < 50 {
        let delivery = take(&backlog, 1000);
        assert!(delivery.is_again(), "it may have been out before");
        got.extend_from_slice(delivery.events());
        delivery.ack(0);
    }
    assert_eq!(got, sent);
}

#[test]
fn what_was_finished_does_not_come_again() {
    let folder = folder();
    let backlog = open(folder.path());
    block_on(put(&backlog, events(0..10))).unwrap();
    block_on(put(&backlog, events(10..20))).unwrap();
    take(&backlog, 10).ack(0);
    drop(backlog);
    let backlog = open(folder.path());
    assert_eq!(drain(&backlog), Vec::from_iter(10..20));
    drop(backlog);
    assert_eq!(open(folder.path()).snapshot().accepted, 0);
}

#[test]
fn what_is_out_when_it_ends_comes_again() {
    let folder = folder();
    let backlog = open(folder.path());
    block_on(put(&backlog, events(0..3))).unwrap();
    let delivery = take(&backlog, 2);
    assert!(!delivery.is_again());
    drop(backlog);
    drop(delivery);
    assert_eq!(drain(&open(folder.path())), [0, 1, 2]);
}

#[test]
fn a_backlog_longer_than_its_window_comes_in_order() {
    const EACH_BYTES: usize = 100_000;
    let folder = folder();
    let backlog = open(folder.path());
    let large = |number| Event { body: Bytes::from(vec![b'1'; EACH_BYTES]), ..event(number) };
    for group in 0..30 {
        block_on(put(&backlog, (group * 10..group * 10 + 10).map(large).collect())).unwrap();
    }
    assert_eq!(drain(&backlog), Vec::from_iter(0..300));
    assert_eq!(backlog.snapshot().bytes, 0);
}

#[test]
fn a_closed_backlog_hands_out_what_is_left_and_keeps_what_nobody_takes() {
    let folder = folder();
    let backlog = open(folder.path());
    block_on(put(&backlog, events(0..2))).unwrap();
    block_on(put(&backlog, events(2..4))).unwrap();
    backlog.close();
    take(&backlog, 2).ack(0);
    drop(backlog);
    assert_eq!(drain(&open(folder.path())), [2, 3]);
}

#[test]
fn a_close_wakes_whoever_waits() {
    let folder = folder();
    let backlog = open(folder.path());
    let mut waiting = Hand::new(Backlog::take(&backlog, 1));
    assert!(waiting.poll().is_pending());
    backlog.close();
    assert!(waiting.is_woken());
    assert!(matches!(waiting.poll(), Poll::Ready(None)));
}

#[test]
fn one_sync_serves_all_who_came_meanwhile() {
    let folder = folder();
    let backlog = open(folder.path());
    let receipts: Vec<_> = (0..200).map(|at| put(&backlog, events(at..at + 1))).collect();
    receipts.into_iter().for_each(|receipt| assert!(block_on(receipt).is_ok()));
    let syncs = backlog.syncs();
    assert!(syncs.count < 100, "{} syncs for 200 appends", syncs.count);
    assert_eq!((syncs.events, syncs.sum_us > 0), (200, true));
    assert_eq!(drain(&backlog), Vec::from_iter(0..200));
}

#[test]
fn a_second_process_is_told_that_the_folder_is_in_use() {
    let folder = folder();
    let first = open(folder.path());
    let second = DiskBacklog::open(folder.path(), ROOMY).unwrap_err();
    assert_eq!(second, OpenError::InUse { path: folder.path().to_owned() });
    assert!(second.to_string().contains("in use by another process"));
    drop(first);
    drop(open(folder.path()));
}

#[test]
fn a_file_in_the_place_of_the_folder_is_left_alone() {
    let folder = folder();
    let path = folder.path().join("data");
    fs::write(&path, "precious").unwrap();
    let refused = DiskBacklog::open(&path, ROOMY).unwrap_err();
    assert_eq!(refused, OpenError::NoFolder { path: path.clone() });
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn a_format_of_the_future_is_refused_and_not_touched() {
    let folder = folder();
    drop(open(folder.path()));
    let path = folder.path().join("forebay-data");
    let said = fs::read_to_string(&path).unwrap().replace("format 1", "format 99");
    let said = said.split("check").next().unwrap();
    let check = crc32c::crc32c(said.as_bytes());
    fs::write(&path, format!("{said}check {check:08x}\n")).unwrap();
    let before = content(folder.path());
    let refused = DiskBacklog::open(folder.path(), ROOMY).unwrap_err();
    assert!(matches!(refused, OpenError::TooNew { found: 99, known: 1, .. }), "{refused}");
    assert!(refused.to_string().contains("format 99"));
    assert_eq!(content(folder.path()), before);
}

#[test]
fn a_folder_of_somebody_else_is_refused_and_not_touched() {
    for (file, reason) in [("thesis.tex", "thesis.tex"), ("backlog.sqlite", "before the first")] {
        let folder = folder();
        fs::write(folder.path().join(file), "precious").unwrap();
        let refused = DiskBacklog::open(folder.path(), ROOMY).unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
        assert_eq!(content(folder.path()), [(file.to_owned(), b"precious".to_vec())]);
    }
}

fn content(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let file = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        (name.unwrap_or_default(), fs::read(path).expect("it is a file"))
    };
    let entries = fs::read_dir(folder).expect("it is a folder");
    let paths = entries.map(|entry| entry.expect("it is still there").path());
    let mut files: Vec<_> = paths.map(|path| file(&path)).collect();
    files.sort();
    files
}

#[test]
fn what_is_remembered_is_so_after_a_restart() {
    let folder = folder();
    let backlog = open(folder.path());
    let first = marked(1, 7, vec![Event { key: Some([9; 16]), ..event(0) }]);
    assert_eq!(block_on(backlog.append(first.clone())), Ok(Appended::WHOLE));
    take(&backlog, 1).ack(0);
    drop(backlog);
    for restart in 0..3 {
        let backlog = open(folder.path());
        let answer = first.mark.unwrap().answer;
        assert_eq!(block_on(backlog.append(first.clone())), Ok(Appended::Repeated(answer)));
        let again = vec![Event { key: Some([9; 16]), ..event(5) }, event(10 + restart)];
        let partly = block_on(put(&backlog, again));
        assert_eq!(partly, Ok(Appended::Taken { repeats: vec![0] }));
        assert_eq!(drain(&backlog), [10 + restart]);
    }
}

/// Events came twice, and an export never ended: a step that found nothing but what a segment says of
/// others, of keys above all, went back to the first event there ever was.
#[test]
fn what_a_segment_says_of_others_may_be_longer_than_a_step() {
    const KEYS: u64 = 50_000;
    let folder = folder();
    let mut options = DiskOptions::from(ROOMY);
    options.window_bytes_max = 64 * 1024;
    let open = || DiskBacklog::open(folder.path(), options).expect("nobody else has it");
    let keyed = |number| Event { key: Some(u128::from(number).to_le_bytes()), ..event(number) };
    block_on(put(&open(), (0..KEYS).map(keyed).collect())).expect("it fits");
    let backlog = open();
    block_on(put(&backlog, events(KEYS..KEYS + 10))).expect("it fits");
    let all = Vec::from_iter(0..KEYS + 10);
    let exported = disk::export(folder.path()).expect("it is there").take(all.len() + 1);
    let exported: Vec<Event> = exported.map(|event| event.expect("intact")).collect();
    assert!(numbers(&exported) == all, "{} were exported", exported.len());
    let mut out = Vec::new();
    while backlog.waiting() > 0 {
        out.push(take(&backlog, 1000));
    }
    let taken: Vec<u64> = out.iter().flat_map(|delivery| numbers(delivery.events())).collect();
    assert!(taken == all, "{} came", taken.len());
}
