//! A damaged backlog opens: what is intact is delivered, and nothing that was never sent.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use forebay_backlog::{Backlog, DiskBacklog, Event};
use futures_lite::future::block_on;
use tempfile::tempdir;

use crate::engines::ROOMY;
use crate::event::event;

const EVENTS: u64 = 24;

fn sent() -> Vec<Event> {
    let body = |number: u64| Bytes::from("7".repeat(100 + 300 * (number % 5) as usize));
    (0..EVENTS).map(|number| Event { body: body(number), ..event(number) }).collect()
}

/// A closed file with one row of several pages and many of one.
fn file_of(events: &[Event]) -> Vec<u8> {
    let folder = tempdir().expect("a temporary folder");
    let backlog = DiskBacklog::open(folder.path(), ROOMY).expect("an empty folder");
    let (long, short) = events.split_at(12);
    block_on(backlog.append(long.to_vec().into())).expect("it fits");
    for event in short {
        block_on(backlog.append(vec![event.clone()].into())).expect("it fits");
    }
    drop(backlog);
    fs::read(folder.path().join("backlog.sqlite")).expect("it is there")
}

/// Everything that a file with this content delivers, after as many starts as that takes.
fn delivered(content: &[u8]) -> (Vec<Event>, u64) {
    let folder = tempdir().expect("a temporary folder");
    fs::write(folder.path().join("backlog.sqlite"), content).expect("a file");
    let mut events = Vec::new();
    let mut set_aside = 0;
    for _start in 0..3 {
        let backlog = DiskBacklog::open(folder.path(), ROOMY).expect("a damaged backlog opens");
        set_aside += u64::from(backlog.salvage().is_some()) + backlog.damaged_rows();
        drain(&backlog, &mut events);
        set_aside += backlog.damaged_rows();
        if backlog.fault().is_none() {
            break;
        }
    }
    (events, set_aside + quarantined(folder.path()))
}

fn drain(backlog: &DiskBacklog, events: &mut Vec<Event>) {
    while backlog.fault().is_none() && backlog.snapshot().waiting > 0 {
        let take = Backlog::take(backlog, 100);
        let next = block_on(futures_lite::future::or(take, async {
            // Until it is delivered or found to be damaged.
            while backlog.fault().is_none() && backlog.snapshot().waiting > 0 {
                futures_lite::future::yield_now().await;
            }
            None
        }));
        let Some(delivery) = next else { continue };
        events.extend_from_slice(delivery.events());
        delivery.ack(0);
    }
}

fn quarantined(folder: &Path) -> u64 {
    fs::read_dir(folder.join("quarantine")).map_or(0, |files| files.count() as u64)
}

/// Looks that nothing was delivered twice or made up, and says how many of those sent are missing.
fn missing(events: &[Event], sent: &[Event], what: &str) -> usize {
    let mut ids: Vec<_> = events.iter().map(|event| event.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), events.len(), "{what}: delivered twice");
    assert!(events.iter().all(|event| sent.contains(event)), "{what}: never sent");
    sent.len() - events.len()
}

#[test]
fn a_flipped_bit_anywhere_costs_the_rows_of_one_page_at_most_and_is_told() {
    let sent = sent();
    let intact = file_of(&sent);
    assert_eq!(delivered(&intact), (sent.clone(), 0));
    // Every byte of the header, and one in some of each page: the whole is for the long run.
    let places = (0..100).chain((100..intact.len()).step_by(61));
    for at in places {
        let mut content = intact.clone();
        content[at] ^= 1 << (at % 8);
        let (events, set_aside) = delivered(&content);
        let what = format!("byte {at} of {}", intact.len());
        let missing = missing(&events, &sent, &what);
        assert!(missing <= 12, "{what}: {missing} events are missing");
        assert!(missing == 0 || set_aside > 0, "{what}: {missing} events are gone silently");
    }
}

#[test]
fn a_page_of_zeros_costs_its_own_rows_and_is_told() {
    let sent = sent();
    let intact = file_of(&sent);
    for page in 0..intact.len() / 4096 {
        let mut content = intact.clone();
        content[page * 4096..(page + 1) * 4096].fill(0);
        let (events, set_aside) = delivered(&content);
        let what = format!("page {page}");
        let missing = missing(&events, &sent, &what);
        assert!(missing <= 12 && set_aside > 0, "{what}: {missing} missing, {set_aside} aside");
    }
}

#[test]
fn a_file_cut_short_anywhere_opens() {
    let sent = sent();
    let intact = file_of(&sent);
    for bytes in (0..intact.len()).step_by(509) {
        let (events, set_aside) = delivered(&intact[..bytes]);
        let missing = missing(&events, &sent, &format!("{bytes} bytes"));
        assert!(missing == 0 || bytes == 0 || set_aside > 0, "{bytes} bytes: {missing} missing");
    }
}
