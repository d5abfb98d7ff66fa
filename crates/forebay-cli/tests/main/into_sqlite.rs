//! Events sent by a client are rows in SQLite, each once.

use std::path::Path;

use forebay_testkit::program::Signal;
use forebay_testkit::program::client::Client;
use rusqlite::{Connection, OpenFlags};

use crate::start::{PATIENCE, open, serve};

/// The events of a database whose bodies are numbers, in ascending order.
pub(crate) fn numbers(database: &Path) -> Vec<u64> {
    let rows = rows(database).into_iter();
    let mut numbers: Vec<u64> = rows.map(|body| body.parse().expect("it is a number")).collect();
    numbers.sort_unstable();
    numbers
}

/// The bodies of all events in the order of their ids.
fn rows(database: &Path) -> Vec<String> {
    let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("the sink has made the file");
    let mut select =
        database.prepare("SELECT body FROM events ORDER BY id").expect("and the table");
    let rows = select.query_map([], |row| row.get(0)).expect("which can be read");
    rows.collect::<Result<_, _>>().expect("and has text in it")
}

#[test]
fn one_value_an_array_and_lines_become_rows_in_the_order_they_were_sent() {
    let (program, client) = open(serve(&[]));
    let one = client.post("/events", "application/json", r#"{"a": [1, "ä"]}"#);
    let array = client.post("/events/default", "application/json", r#"[1, "two", null]"#);
    let lines = client.post("/events", "application/x-ndjson", "{\"n\":4}\n{\"n\":5}\n");
    for (answer, accepted) in [(&one, 1), (&array, 3), (&lines, 2)] {
        assert_eq!(answer.status, 202, "{}", answer.body);
        assert_eq!(answer.json()["accepted"], accepted);
        assert_eq!(answer.json()["durability"], "disk");
    }
    program.signal(Signal::TERM);
    assert!(program.stderr().close_within(PATIENCE));
    let compact = |body: String| body.replace(' ', "");
    let rows: Vec<String> =
        rows(&program.folder().join("forebay.db")).into_iter().map(compact).collect();
    let sent = [r#"{"a":[1,"ä"]}"#, "1", r#""two""#, "null", r#"{"n":4}"#, r#"{"n":5}"#];
    assert_eq!(rows, sent);
    assert_eq!(program.wait(PATIENCE).code, Some(0));
}

/// Sends so many numbers, from `first` on, in the three forms, and panics unless all are taken.
pub(crate) fn send_numbers(client: &Client, first: u64, count: u64) {
    let all: Vec<u64> = (first..first + count).collect();
    for (turn, hundred) in all.chunks(100).enumerate() {
        match turn % 5 {
            0 => {
                for number in hundred {
                    taken(client, "application/json", &number.to_string());
                }
            }
            1 | 2 => taken(client, "application/json", &format!("{hundred:?}")),
            _ => {
                let lines: String = hundred.iter().map(|number| format!("{number}\n")).collect();
                taken(client, "application/x-ndjson", &lines);
            }
        }
    }
}

fn taken(client: &Client, kind: &str, body: &str) {
    let answer = client.post("/events", kind, body);
    assert_eq!(answer.status, 202, "{}", answer.body);
}

#[test]
fn a_hundred_thousand_events_of_several_clients_are_as_many_rows() {
    let (program, client) = open(serve(&[]));
    std::thread::scope(|scope| {
        for first in (0..100_000).step_by(12_500) {
            let client = client.clone();
            scope.spawn(move || send_numbers(&client, first, 12_500));
        }
    });
    program.signal(Signal::TERM);
    assert!(program.stderr().close_within(PATIENCE));
    let numbers = numbers(&program.folder().join("forebay.db"));
    assert!(numbers.iter().copied().eq(0..100_000), "{} rows", numbers.len());
    assert_eq!(program.wait(PATIENCE).code, Some(0));
}
