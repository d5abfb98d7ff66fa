//! What is asked for wrongly.

use std::time::Duration;

use forebay_testkit::program::Start;

#[test]
fn a_row_that_does_not_exist_is_answered_with_those_that_do() {
    let suite = Start::new(env!("CARGO_BIN_EXE_forebay-faults"));
    let ended = suite.args(["99"]).start().wait(Duration::from_secs(60));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("no row 99; there are 0 1 2"), "{}", ended.stderr);
}
