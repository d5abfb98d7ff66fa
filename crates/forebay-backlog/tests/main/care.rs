//! A backlog can be looked at, verified and copied while it is at work, and mended when it is not.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use forebay_backlog::disk::{DiskOptions, export, inspect, repair, verify};
use forebay_backlog::{Backlog, DiskBacklog, Event, OpenError};
use futures_lite::future::block_on;
use tempfile::{TempDir, tempdir};

use crate::engines::ROOMY;
use crate::event::{event, numbers};

fn folder() -> TempDir {
    tempdir().expect("a temporary folder")
}

fn open(path: &Path) -> DiskBacklog {
    DiskBacklog::open(path, ROOMY).expect("nobody else has it")
}

fn sent(count: u64) -> Vec<Event> {
    let body = |number| Bytes::from(format!("\"event number {number}\""));
    (0..count).map(|number| Event { body: body(number), ..event(number) }).collect()
}

/// A closed backlog of ten events, in groups of one.
fn closed(path: &Path) {
    let backlog = open(path);
    for event in sent(10) {
        block_on(backlog.append(vec![event].into())).expect("it fits");
    }
}

fn log(path: &Path) -> PathBuf {
    path.join("0000000000000001.log")
}

/// Changes a letter in the body of event number 4.
fn damage(path: &Path) {
    let mut bytes = fs::read(log(path)).expect("it is there");
    let text = b"event number 4";
    let at = bytes.windows(text.len()).position(|window| window == text).expect("it is in there");
    bytes[at] = b'E';
    fs::write(log(path), bytes).expect("it can be written");
}

#[test]
fn a_backlog_at_work_is_inspected_verified_and_exported_without_touching_it() {
    let folder = folder();
    let backlog = open(folder.path());
    block_on(backlog.append(sent(10).into())).expect("it fits");
    let before = fs::read(log(folder.path())).expect("it is there");
    let seen = inspect(folder.path()).expect("it is there");
    assert_eq!((seen.recovery.events, seen.format, seen.segments.len()), (10, 1, 1));
    assert_eq!(seen.bytes, backlog.snapshot().bytes);
    let mut told = Vec::new();
    let said = verify(folder.path(), |progress| told.push(progress)).expect("it is there");
    assert!(said.is_intact(), "{said:?}");
    assert_eq!(said.events, 10);
    assert!(told.last().is_some_and(|last| last.bytes_done == last.bytes_total));
    let events: Vec<Event> =
        export(folder.path()).expect("it is there").map(|event| event.expect("intact")).collect();
    assert_eq!(events, sent(10));
    assert_eq!(fs::read(log(folder.path())).expect("it is there"), before);
    drop(backlog);
}

#[test]
fn finished_events_are_not_exported() {
    let folder = folder();
    let backlog = open(folder.path());
    block_on(backlog.append(sent(10).into())).expect("it fits");
    block_on(Backlog::take(&backlog, 4)).expect("ten wait").ack(0);
    drop(backlog);
    let events: Vec<Event> =
        export(folder.path()).expect("it is there").map(|event| event.expect("intact")).collect();
    assert_eq!(numbers(&events), Vec::from_iter(4..10));
}

#[test]
fn repair_is_refused_while_the_backlog_is_at_work() {
    let folder = folder();
    let backlog = open(folder.path());
    let refused = repair(folder.path(), |_| {}).expect_err("it is in use");
    assert_eq!(refused, OpenError::InUse { path: folder.path().to_owned() });
    drop(backlog);
}

#[test]
fn damage_is_named_by_file_and_offset_and_after_a_repair_it_is_not_met_again() {
    let folder = folder();
    closed(folder.path());
    damage(folder.path());
    let said = verify(folder.path(), |_| {}).expect("it is there");
    assert_eq!((said.lost, said.damage.len(), said.is_intact()), (1, 1, false), "{said:?}");
    assert_eq!(said.damage[0].file, "0000000000000001.log");
    let mended = repair(folder.path(), |_| {}).expect("nobody has it");
    assert_eq!((mended.before.lost, mended.set_aside.len()), (1, 1));
    let aside = fs::read(folder.path().join(&mended.set_aside[0])).expect("it is there");
    assert!(aside.windows(14).any(|window| window == b"Event number 4"));
    let again = verify(folder.path(), |_| {}).expect("it is there");
    assert!(again.is_intact(), "{again:?}");
    assert_eq!((again.events, again.set_aside), (9, 0));
    let backlog = open(folder.path());
    let now = backlog.snapshot();
    assert_eq!((now.waiting, now.dropped), (9, 0));
    let delivery = block_on(Backlog::take(&backlog, 100)).expect("nine wait");
    assert_eq!(numbers(delivery.events()), [0, 1, 2, 3, 5, 6, 7, 8, 9]);
    delivery.ack(0);
    assert_eq!(backlog.snapshot().damaged, 0, "it was met again");
}

#[test]
fn an_intact_backlog_is_not_touched_by_a_repair() {
    let folder = folder();
    closed(folder.path());
    let before = fs::read(log(folder.path())).expect("it is there");
    let mended = repair(folder.path(), |_| {}).expect("nobody has it");
    assert!(mended.before.is_intact() && mended.set_aside.is_empty());
    assert_eq!(fs::read(log(folder.path())).expect("it is there"), before);
}

#[test]
fn where_there_is_no_backlog_it_is_said_and_none_is_made() {
    let folder = folder();
    let path = folder.path().join("nothing");
    let none = OpenError::NoBacklog { path: path.clone() };
    assert_eq!(inspect(&path).expect_err("nothing is there"), none);
    assert_eq!(repair(&path, |_| {}).expect_err("nothing is there"), none);
    assert!(!path.exists());
}

/// What the newest file says of an older one was believed: a file cut short was told as whole, and what was lost with it without a
/// place.
#[test]
fn a_file_that_was_emptied_or_cut_short_is_named_with_the_place_from_where_nothing_is_left() {
    for left_bytes in [0, 10, 20_000] {
        let folder = folder();
        let mut options = DiskOptions::from(ROOMY);
        options.segment_bytes_max = 1 << 16;
        let backlog = DiskBacklog::open(folder.path(), options).expect("nobody else has it");
        for event in sent(60) {
            let body = Bytes::from(vec![b'1'; 4000]);
            block_on(backlog.append(vec![Event { body, ..event }].into())).expect("it fits");
        }
        drop(backlog);
        let whole = verify(folder.path(), |_| {}).expect("it is there");
        assert!(whole.is_intact() && whole.events == 60, "{whole:?}");
        let first = inspect(folder.path()).expect("it is there").segments[0].clone();
        assert_eq!((first.absent_bytes, first.file), (0, "0000000000000001.log".to_owned()));
        let file = fs::File::options().write(true).open(log(folder.path())).expect("it is there");
        file.set_len(left_bytes).expect("it can be cut");

        let seen = inspect(folder.path()).expect("it is there");
        assert_eq!(seen.segments[0].absent_bytes, first.bytes - left_bytes);
        let said = verify(folder.path(), |_| {}).expect("it is there");
        let [damage] = &said.damage[..] else { panic!("{said:?}") };
        assert_eq!(damage.file, "0000000000000001.log");
        assert!(damage.offset <= left_bytes, "{damage:?}");
        let end = (damage.offset + damage.bytes, damage.absent_bytes);
        assert_eq!(end, (first.bytes, first.bytes - left_bytes));
        assert!(said.lost > 0 && said.lost + said.events == 60, "{said:?}");

        let mended = repair(folder.path(), |_| {}).expect("nobody has it");
        assert_eq!(mended.before.damage, said.damage);
        let again = verify(folder.path(), |_| {}).expect("it is there");
        assert!(again.is_intact() && again.events == said.events, "{again:?}");
    }
}
