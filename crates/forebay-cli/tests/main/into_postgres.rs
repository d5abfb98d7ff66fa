//! Events sent by a client are rows in a real PostgreSQL, each once, whatever happens to it.

use std::thread;

use forebay_testkit::postgres::{Cluster, LOCKED_ROLE, Sync};
use forebay_testkit::program::Signal;
use tokio::runtime::Runtime;

use crate::into_sqlite::send_numbers;
use crate::start::{PATIENCE, open, serve, wait_for_status};

pub(crate) fn runtime() -> Runtime {
    Runtime::new().expect("a runtime starts")
}

/// All rows of a one-column query, as text.
fn column(cluster: &Cluster, database: &str, query: &str) -> Vec<String> {
    runtime().block_on(async {
        let client = cluster.connect(database).await;
        let rows = client.query(query, &[]).await.expect("the sink has made the table");
        rows.iter().map(|row| row.get(0)).collect()
    })
}

/// The events whose bodies are numbers, in ascending order.
pub(crate) fn numbers(cluster: &Cluster, database: &str) -> Vec<u64> {
    let rows = column(cluster, database, "SELECT body::text FROM events ORDER BY body::bigint");
    rows.iter().map(|row| row.parse().expect("it is a number")).collect()
}

#[test]
fn one_value_an_array_and_lines_become_rows_in_the_order_they_were_sent() {
    let cluster = Cluster::shared();
    let database = runtime().block_on(cluster.create_database());
    let (program, client) = open(serve(&["--sink", &cluster.url(&database)]));
    for (kind, body) in [
        ("application/json", r#"{"a": [1, "ä"]}"#),
        ("application/json", r#"[1, "two", null]"#),
        ("application/x-ndjson", "{\"n\":4}\n{\"n\":5}\n"),
    ] {
        assert_eq!(client.post("/events", kind, body).status, 202);
    }
    program.signal(Signal::TERM);
    let ended = program.wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let rows = column(cluster, &database, "SELECT body::text FROM events ORDER BY id");
    let sent = [r#"{"a": [1, "ä"]}"#, "1", r#""two""#, "null", r#"{"n": 4}"#, r#"{"n": 5}"#];
    assert_eq!(rows, sent);
    let fresh = "SELECT count(*)::text FROM events
                 WHERE received_at > now() - interval '1 hour' AND received_at <= now()
                   AND jsonb_typeof(attributes) = 'object'";
    assert_eq!(column(cluster, &database, fresh), ["6"]);
}

#[test]
fn a_hundred_thousand_events_are_as_many_rows_although_it_is_killed_on_the_way() {
    let cluster = Cluster::start_new(Sync::None);
    let database = runtime().block_on(cluster.create_database());
    let (program, client) = open(serve(&["--sink", &cluster.url(&database)]));
    thread::scope(|scope| {
        for first in (0..100_000).step_by(12_500) {
            let client = client.clone();
            scope.spawn(move || send_numbers(&client, first, 12_500));
        }
        for accepted in [20_000, 60_000] {
            let reached = |count: Option<u64>| count.is_some_and(|count| count >= accepted);
            wait_for_status(&program, &client, |status| reached(status["accepted"].as_u64()));
            cluster.kill();
            wait_for_status(&program, &client, |status| status["sink"]["state"] == "down");
            cluster.start();
        }
    });
    program.signal(Signal::TERM);
    let ended = program.wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let numbers = numbers(&cluster, &database);
    assert!(numbers.iter().copied().eq(0..100_000), "{} rows", numbers.len());
}

#[test]
fn a_refused_login_is_in_the_status_and_its_password_nowhere() {
    let cluster = Cluster::shared();
    let database = runtime().block_on(cluster.create_database());
    let url = cluster.url_as(LOCKED_ROLE, "hunter2", &database);
    let (program, client) = open(serve(&["--sink", &url]).env("RUST_LOG", "debug"));
    assert_eq!(client.post_json("[1,2,3]").status, 202);
    let status = wait_for_status(&program, &client, |status| status["sink"]["state"] == "down");
    let reason = status["sink"]["reason"].as_str().expect("it says why");
    assert!(reason.contains("password") && reason.contains(LOCKED_ROLE), "{reason}");
    assert_eq!(
        status["waiting"].as_u64().zip(status["in_flight"].as_u64()).map(|(w, f)| w + f),
        Some(3)
    );

    let pages = [client.get("/metrics").body, client.get("/readyz").body, status.to_string()];
    let told = format!("{pages:?} {} {}", program.stderr().text(), program.stdout().text());
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn events_taken_while_it_is_away_are_rows_once_it_is_back() {
    let cluster = Cluster::start_new(Sync::None);
    let database = runtime().block_on(cluster.create_database());
    cluster.stop();
    let (program, client) = open(serve(&["--sink", &cluster.url(&database)]));
    send_numbers(&client, 0, 1000);
    wait_for_status(&program, &client, |status| status["sink"]["state"] == "down");
    cluster.start();
    let status = wait_for_status(&program, &client, |status| status["delivered"] == 1000);
    assert_eq!(status["sink"]["state"], "up");
    assert_eq!(numbers(&cluster, &database), (0..1000).collect::<Vec<_>>());
}
