//! A collector of OpenTelemetry hears what happens to the events of a trace, and of no other.

use std::path::Path;

use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Program, Signal, Start};
use rusqlite::Connection;
use serde_json::Value;

use crate::cloud_events::installed;
use crate::start::{PATIENCE, open, serve, wait_for_status};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

/// A collector, and where it is.
fn collector(args: &[&str]) -> (Program, String) {
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/otlp").join("receive.py");
    let python = Start::new(installed("otlp").join("bin/python"));
    let collector = python.args([script.as_os_str()]).args(args).start();
    let line = collector.stdout().wait_for(PATIENCE, |line| line.starts_with("listening on "));
    let line = line.unwrap_or_else(|| panic!("{}", collector.stderr().text()));
    let url = line.trim().trim_start_matches("listening on ").to_owned();
    (collector, url)
}

fn told(start: Start, url: &str) -> (Program, Client) {
    open(start.env("FOREBAY__OTEL__ENDPOINT", url).env("OTEL_BSP_SCHEDULE_DELAY", "50"))
}

fn post(client: &Client, headers: &[(&str, &str)], body: &str) {
    let answer = client.try_post_with("/events", "application/json", headers, body.as_bytes());
    assert_eq!(answer.expect("it answers").status, 202);
}

/// Ends the service, which tells what is left, and gives back every span that was told.
fn spans_after(program: &Program, collector: &Program) -> Vec<Value> {
    program.signal(Signal::TERM);
    assert!(program.stderr().close_within(PATIENCE), "{}", program.stderr().text());
    collector.signal(Signal::TERM);
    assert!(collector.stdout().close_within(PATIENCE));
    let text = collector.stdout().text();
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn named<'a>(spans: &'a [Value], name: &str) -> Vec<&'a Value> {
    spans.iter().filter(|span| span["name"] == name).collect()
}

#[test]
fn a_trace_goes_on_through_the_backlog_to_the_row() {
    let (collector, url) = collector(&[]);
    let (program, client) = told(serve(&[]), &url);
    let parent = format!("00-{TRACE}-{SPAN}-01");
    post(&client, &[("traceparent", &parent), ("tracestate", "rojo=1")], "[1,2]");
    // Not recorded by whoever sent it, and of no trace.
    post(&client, &[("traceparent", &format!("00-{SPAN}{SPAN}-{SPAN}-00"))], "3");
    post(&client, &[], "4");
    wait_for_status(&program, &client, |status| status["delivered"] == 4);
    let spans = spans_after(&program, &collector);

    let [accept] = named(&spans, "accept")[..] else { panic!("{spans:#?}") };
    assert_eq!((&accept["trace"], &accept["parent"]), (&TRACE.into(), &SPAN.into()));
    assert_eq!((&accept["state"], &accept["kind"]), (&"rojo=1".into(), &2.into()), "a server");
    assert_eq!(accept["attributes"]["http.response.status_code"], 202);
    assert_eq!(accept["resource"]["service.name"], "forebay");
    let [append] = named(&spans, "append")[..] else { panic!("{spans:#?}") };
    assert_eq!((&append["trace"], &append["parent"]), (&TRACE.into(), &accept["span"]));
    assert_eq!(append["attributes"]["messaging.batch.message_count"], 2);
    let [deliver] = named(&spans, "deliver")[..] else { panic!("{spans:#?}") };
    assert_eq!(deliver["parent"], "", "a batch is of many traces");
    let [insert] = named(&spans, "insert")[..] else { panic!("{spans:#?}") };
    assert_eq!((&insert["trace"], &insert["parent"]), (&deliver["trace"], &deliver["span"]));
    let [link] = &insert["links"].as_array().expect("links")[..] else { panic!("{insert:#}") };
    assert_eq!((&link["trace"], &link["span"]), (&TRACE.into(), &accept["span"]));
    assert!(spans.iter().all(|span| span["took_ns"].as_u64() > Some(0)), "{spans:#?}");

    let database = Connection::open(program.folder().join("forebay.db")).expect("it is there");
    let rows = "select count(*) from events where attributes ->> 'traceparent' = ?1";
    let here = format!("00-{TRACE}-{}-01", accept["span"].as_str().expect("an id"));
    let rows: i64 = database.query_row(rows, [here], |row| row.get(0)).expect("the table");
    assert_eq!(rows, 2, "the span that took them in is their parent");
}

#[test]
fn a_trace_is_linked_by_the_process_that_writes_after_a_crash() {
    let (collector, url) = collector(&[]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backlog = format!("disk:{}", folder.path().join("backlog").display());
    // Nothing can be written into a folder that is not there.
    let sink = format!("sqlite:{}", folder.path().join("later/events.db").display());
    let start = || serve(&["--backlog", &backlog, "--sink", &sink]);
    let (program, client) = told(start(), &url);
    post(&client, &[("traceparent", &format!("00-{TRACE}-{SPAN}-01"))], "1");
    let accepted = |line: &str| line.contains("\"accept\"");
    let accept = collector.stdout().wait_for(PATIENCE, accepted).expect("it is told at once");
    let accept: Value = serde_json::from_str(&accept).expect("JSON");
    program.signal(Signal::KILL);
    assert!(program.stderr().close_within(PATIENCE));
    std::fs::create_dir(folder.path().join("later")).expect("it is not there yet");
    let (program, client) = told(start(), &url);
    wait_for_status(&program, &client, |status| status["delivered"] == 1);
    let spans = spans_after(&program, &collector);
    let inserts = named(&spans, "insert");
    let written = inserts.last().expect("it was told");
    assert_eq!(written["links"][0]["trace"], TRACE);
    assert_eq!(written["links"][0]["span"], accept["span"]);
    assert!(inserts[..inserts.len() - 1].iter().all(|insert| insert["status"] == 2), "errors");
}

#[test]
fn of_requests_without_a_trace_the_share_that_is_asked_for_begins_one() {
    let (collector, url) = collector(&[]);
    let (program, client) = told(serve(&[]).env("FOREBAY__OTEL__RATIO", "0.25"), &url);
    (0..40).for_each(|number| post(&client, &[], &number.to_string()));
    wait_for_status(&program, &client, |status| status["delivered"] == 40);
    let spans = spans_after(&program, &collector);
    let accepts = named(&spans, "accept");
    assert!([9, 10].contains(&accepts.len()), "{}", accepts.len());
    assert!(accepts.iter().all(|accept| accept["parent"] == ""));
    let inserts = named(&spans, "insert");
    let links: usize = inserts.iter().filter_map(|one| one["links"].as_array()).map(Vec::len).sum();
    assert_eq!(links, accepts.len());
}

#[test]
fn a_collector_that_is_away_costs_no_event_and_is_told_once() {
    let (program, client) = told(serve(&[]), "http://127.0.0.1:1");
    for number in 0..20 {
        let parent = format!("00-{TRACE}-{SPAN}-01");
        post(&client, &[("traceparent", &parent)], &number.to_string());
    }
    wait_for_status(&program, &client, |status| status["delivered"] == 20);
    let told = |line: &str| line.contains("the collector takes no spans");
    assert!(program.stderr().wait_for(PATIENCE, told).is_some(), "{}", program.stderr().text());
    program.signal(Signal::TERM);
    let ended = program.wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().filter(|line| told(line)).count(), 1, "{}", ended.stderr);
}
