//! Stopping is clean, or says what it lost; a second signal ends it at once.

use std::time::Duration;

use forebay_testkit::program::Signal;

use crate::into_sqlite::numbers;
use crate::start::{PATIENCE, open, serve};

/// Nobody listens there.
const NOBODY: &str = "postgres://me@127.0.0.1:1/nothing";

#[test]
fn a_signal_delivers_what_waits_and_ends_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let (program, client) = open(serve(&[]));
        let mut sent = Vec::new();
        for hundred in 0..50_u64 {
            let batch: Vec<u64> = (hundred * 100..(hundred + 1) * 100).collect();
            let answer = client.post_json(format!("{batch:?}"));
            assert_eq!(answer.status, 202, "{}", answer.body);
            sent.extend(batch);
        }
        program.signal(signal);
        let copy = program.folder().join("forebay.db");
        assert!(program.stderr().close_within(PATIENCE));
        assert_eq!(numbers(&copy), sent);
        let ended = program.wait(PATIENCE);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains("0 events left"), "{}", ended.stderr);
    }
}

#[test]
fn what_cannot_be_delivered_in_time_is_counted_and_fails() {
    let memory = ["--backlog", "memory:", "--sink", NOBODY, "--drain-for", "200ms"];
    let (program, client) = open(serve(&memory));
    assert_eq!(client.post_json("[1,2,3]").status, 202);
    program.signal(Signal::TERM);
    let ended = program.wait(PATIENCE);
    assert_eq!(ended.code, Some(1));
    let lost = "3 events were not delivered and are lost with the memory backlog";
    assert!(ended.stderr.contains(lost), "{}", ended.stderr);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (program, client) =
        open(serve(&["--backlog", "memory:", "--sink", NOBODY, "--drain-for", "1h"]));
    assert_eq!(client.post_json("[1,2,3]").status, 202);
    program.signal(Signal::TERM);
    let draining = program.stderr().wait_for(PATIENCE, |line| line.contains("second signal"));
    assert!(draining.is_some(), "{}", program.stderr().text());
    assert!(program.runs_for(Duration::from_millis(200)));
    program.signal(Signal::INT);
    let ended = program.wait(Duration::from_secs(20));
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("ended at once by a second SIGINT"), "{}", ended.stderr);
}
