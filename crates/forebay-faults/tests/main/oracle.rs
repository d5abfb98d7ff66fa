//! A suite that cannot fail shows nothing: what loses events must be found out.

use std::time::Duration;

use forebay_testkit::program::Start;
use forebay_testkit::seed::seed;
use serde_json::Value;

/// Longer than it takes on a slow machine, the program built anew included.
const PATIENCE: Duration = Duration::from_secs(900);

/// Row 0, which fails unless the losses are seen, and what it says about them.
fn seen() -> String {
    let seed = seed().to_string();
    let suite = Start::new(env!("CARGO_BIN_EXE_forebay-faults"));
    let ended = suite.args(["--short", "--json", "--seed", &seed, "0"]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let sheet: Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    sheet["entries"][0]["figures"].to_string()
}

#[test]
fn the_oracle_finds_what_a_memory_backlog_loses() {
    let figures = seen();
    assert!(figures.contains("lost by a backlog in memory"), "{figures}");
}

#[test]
fn the_oracle_finds_what_a_disk_that_lies_loses() {
    let figures = seen();
    assert!(figures.contains("lost on a disk that lies"), "{figures}");
}
