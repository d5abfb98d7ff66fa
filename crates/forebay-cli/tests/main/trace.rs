//! The trace of whoever sent an event is kept with it, and goes on in the log.

use rusqlite::Connection;

use crate::start::{PATIENCE, open, serve, wait_for_status};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn a_trace_is_kept_with_its_events_and_linked_when_they_are_rows() {
    let filter = "info,forebay_server::trace=debug";
    let (program, client) = open(serve(&["--log", filter, "--log-format", "json"]));
    let post = |headers: &[(&str, &str)], body: &str| {
        let answer = client.try_post_with("/events", "application/json", headers, body.as_bytes());
        answer.expect("it answers").status
    };
    let trace = [("traceparent", PARENT), ("tracestate", "rojo=1"), ("idempotency-key", "a")];
    assert_eq!(post(&trace, "[1,2]"), 202);
    // Tried again, in another part of the trace: the same request all the same.
    let again = PARENT.replace("b7ad6b7169203331", "b7ad6b7169203332");
    assert_eq!(post(&[("traceparent", &again), ("idempotency-key", "a")], "[1,2]"), 202);
    assert_eq!(post(&[("traceparent", "00-nonsense")], "3"), 202);
    wait_for_status(&program, &client, |status| status["delivered"] == 3);
    let linked = |line: &str| line.contains(PARENT) && line.contains("in the sink");
    assert!(program.stderr().wait_for(PATIENCE, linked).is_some(), "{}", program.stderr().text());
    let database = Connection::open(program.folder().join("forebay.db")).expect("it is there");
    let rows = |wanted: &str| -> i64 {
        let count = "select count(*) from events where attributes ->> 'traceparent' = ?1 \
                     and attributes ->> 'tracestate' = 'rojo=1'";
        database.query_row(count, [wanted], |row| row.get(0)).expect("the table is there")
    };
    assert_eq!(rows(PARENT), 2);
    let bare = "select count(*) from events where attributes not like '%trace%'";
    let bare: i64 = database.query_row(bare, [], |row| row.get(0)).expect("the table is there");
    assert_eq!(bare, 1);
}
