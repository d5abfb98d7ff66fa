//! A database that is not there does not stop the producers.

use crate::start::{open, serve, wait_for_status};

#[test]
fn events_are_taken_while_nobody_listens_where_the_database_should_be() {
    let sink = "postgres://me:hunter2@127.0.0.1:1/nothing";
    let (program, client) = open(serve(&["--sink", sink]));
    assert_eq!(client.post_json("[1,2,3]").status, 202);
    let status = wait_for_status(&program, &client, |status| status["sink"]["state"] == "down");
    let reason = status["sink"]["reason"].as_str().expect("it says why");
    assert!(!reason.is_empty());
    assert_eq!(client.get("/readyz").status, 200, "it can accept, whatever the sink does");
    let told = format!("{status} {} {}", program.stderr().text(), client.get("/metrics").body);
    assert!(!told.contains("hunter2"), "{told}");
}
