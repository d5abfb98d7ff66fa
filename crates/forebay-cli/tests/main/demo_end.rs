//! The demo ends at once, whatever brings the end, and costs nothing while it waits.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use forebay_testkit::program::Signal;

use crate::demo_lines::Replay;
use crate::start::{PATIENCE, forebay};

/// At once, on a slow machine. The slowest delays of these runs are far longer.
const AT_ONCE: Duration = Duration::from_secs(10);

#[test]
fn a_signal_ends_it_at_once_with_one_line() {
    for signal in [Signal::INT, Signal::TERM] {
        let demo = forebay(&["demo", "--seed", "3", "--speed", "100"]).start();
        assert!(demo.stdout().wait_for_count(PATIENCE, 40));
        demo.signal(signal);
        let ended = demo.wait(AT_ONCE);
        assert_eq!(ended.stderr, Replay::of(&ended.stdout).summary("3"));
        assert_eq!(ended.code, Some(0));
    }
}

#[test]
fn a_signal_in_the_middle_of_a_long_delay_ends_it_at_once() {
    let demo = forebay(&["demo", "--seed", "1", "--speed", "0.001"]).start();
    assert!(demo.runs_for(Duration::from_millis(500)));
    demo.signal(Signal::INT);
    let ended = demo.wait(AT_ONCE);
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr, Replay::default().summary("1"));
    assert_eq!(ended.code, Some(0));
}

#[test]
fn a_signal_ends_it_although_nobody_reads_what_it_prints() {
    let demo = forebay(&["demo", "--speed", "1000000"]).with_stdout_unread().start();
    // Enough to fill any pipe.
    assert!(demo.runs_for(Duration::from_secs(2)));
    demo.signal(Signal::TERM);
    let ended = demo.wait(AT_ONCE);
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[test]
fn it_ends_quietly_when_its_reader_goes_away() {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_forebay"))
        .args(["demo", "--speed", "100"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it is built");
    let mut line = String::new();
    let pipe = demo.stdout.take().expect("it is a pipe");
    BufReader::new(pipe).read_line(&mut line).expect("it prints a line");
    let ended = demo.wait_with_output().expect("it ends by itself");
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn a_full_disk_under_its_output_is_told_and_fails() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let ended = Command::new(env!("CARGO_BIN_EXE_forebay"))
        .args(["demo", "--speed", "100"])
        .stdout(full)
        .output()
        .expect("it is built");
    assert_eq!(ended.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert!(stderr.starts_with("error: cannot write to standard output"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn waiting_costs_nothing() {
    let demo = forebay(&["demo", "--speed", "0.001"]).start();
    // Starting is over by then.
    assert!(demo.runs_for(Duration::from_secs(1)));
    let (ticks, switches) = (demo.processor_ticks(), demo.voluntary_switches());
    assert!(demo.runs_for(Duration::from_secs(5)));
    // One tick may have been nearly full before.
    assert!(demo.processor_ticks() - ticks <= 1);
    assert!(demo.voluntary_switches() - switches <= 10);
}
