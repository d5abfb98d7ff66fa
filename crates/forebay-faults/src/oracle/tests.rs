//! Histories in which something is wrong, and some in which nothing is.

use super::{Dead, Found, Oracle, Row};
use crate::event::event;

fn row(id: u64, number: u64) -> Row {
    Row { id: id.to_string(), body: event(number).to_string() }
}

fn dead(id: u64, number: u64, reason: &str) -> Dead {
    Dead { row: row(id, number), reason: reason.to_owned() }
}

/// Ten events, all acknowledged, and a sink that has them all.
fn all_is_well() -> (Oracle, Found) {
    let oracle = Oracle::default();
    let numbers = oracle.issue(10);
    oracle.acknowledge(&numbers);
    let events = numbers.map(|number| row(number, number)).collect();
    (oracle, Found { events, dead: vec![] })
}

#[test]
fn it_is_content_when_everything_is_there_once() {
    let (oracle, mut found) = all_is_well();
    assert!(oracle.judge(&found).is_content());
    found.events.pop();
    found.dead.push(dead(9, 9, "too large"));
    assert!(oracle.judge(&found).is_content(), "a dead letter with a reason is as good");
}

#[test]
fn it_finds_an_acknowledged_event_that_is_lost() {
    let (oracle, mut found) = all_is_well();
    found.events.remove(4);
    assert_eq!(oracle.judge(&found).missing, [4]);
}

#[test]
fn it_finds_an_event_that_is_there_twice() {
    let (oracle, mut found) = all_is_well();
    found.events.push(row(77, 4));
    assert_eq!(oracle.judge(&found).twice, [4]);
}

#[test]
fn it_finds_an_event_that_was_changed() {
    let (oracle, mut found) = all_is_well();
    found.events[4].body.insert_str(1, "\"more\":1,");
    let verdict = oracle.judge(&found);
    assert_eq!(verdict.missing, [4]);
    assert!(verdict.wrong[0].starts_with("event 4 is changed"), "{verdict}");
}

#[test]
fn it_finds_an_event_that_is_in_the_sink_and_a_dead_letter() {
    let (oracle, mut found) = all_is_well();
    found.dead.push(dead(4, 4, "too large"));
    let verdict = oracle.judge(&found);
    assert_eq!(verdict.twice, [4]);
    assert_eq!(verdict.wrong, ["id 4 is there twice"]);
}

#[test]
fn it_finds_a_dead_letter_without_a_reason_and_a_row_that_nobody_sent() {
    let (oracle, mut found) = all_is_well();
    found.events.pop();
    found.dead.push(dead(9, 9, " "));
    found.events.push(row(50, 50));
    found.events.push(Row { id: "51".to_owned(), body: "null".to_owned() });
    let wrong = oracle.judge(&found).wrong;
    assert_eq!(wrong, ["nobody sent null", "9 is dead without reason", "nobody sent event 50"]);
}

#[test]
fn what_was_not_answered_may_be_there_or_not_and_as_often_as_it_was_sent() {
    let oracle = Oracle::default();
    let numbers = oracle.issue(1);
    oracle.doubt(numbers);
    let rows = |count| Found { events: (0..count).map(|id| row(id, 0)).collect(), dead: vec![] };
    assert!(oracle.judge(&rows(0)).is_content());
    assert!(oracle.judge(&rows(1)).is_content());
    assert_eq!(oracle.judge(&rows(2)).twice, [0]);

    let again = oracle.issue_again().expect("it is doubtful");
    oracle.acknowledge(&again);
    assert_eq!(oracle.judge(&rows(0)).missing, [0]);
    assert!(oracle.judge(&rows(1)).is_content());
    assert!(oracle.judge(&rows(2)).is_content());
    assert_eq!(oracle.judge(&rows(3)).twice, [0]);
}

#[test]
fn what_was_refused_must_not_be_there() {
    let oracle = Oracle::default();
    oracle.refuse(&oracle.issue(1));
    let found = Found { events: vec![row(0, 0)], dead: vec![] };
    assert_eq!(oracle.judge(&found).twice, [0]);
    assert!(oracle.judge(&Found::default()).is_content());
}
