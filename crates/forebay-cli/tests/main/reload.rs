//! SIGHUP changes what a running service can change, and costs no request.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Program, Signal};
use serde_json::Value;

use crate::start::{PATIENCE, open, serve, wait_for_status};

/// Tells it to read its settings again, and waits for what it says then.
fn reload(program: &Program, is_meant: impl Fn(&str) -> bool) -> String {
    program.signal(Signal::HUP);
    let line = program.stderr().wait_for(PATIENCE, is_meant);
    line.unwrap_or_else(|| panic!("it did not say so:\n{}", program.stderr().text()))
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("its folder can be written to");
}

fn until(program: &Program, is_meant: impl Fn() -> bool) {
    let pause = Duration::from_millis(20);
    for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
        if is_meant() {
            return;
        }
        // Waits for the end of the program, which must not come.
        assert!(program.runs_for(pause), "it ended; it said:\n{}", program.stderr().text());
    }
    panic!("it never came to be; it said:\n{}", program.stderr().text());
}

fn status(client: &Client, token: &str) -> u16 {
    client.clone().with_token(token).post_json("1").status
}

#[test]
fn a_token_is_rotated_without_a_restart() {
    let start = serve(&["--token-file", "tokens.txt"]).file("tokens.txt", "old\n");
    let (program, client) = open(start);
    write(program.folder(), "tokens.txt", "old\nnew\n");
    reload(&program, |line| line.contains("the settings were read again"));
    assert_eq!((status(&client, "old"), status(&client, "new")), (202, 202));
    write(program.folder(), "tokens.txt", "new send # nobody\n");
    let said = reload(&program, |line| line.contains("stay as they were"));
    assert!(said.contains("tokens.txt:1: "), "{said}");
    assert_eq!((status(&client, "old"), status(&client, "new")), (202, 202));
    write(program.folder(), "tokens.txt", "# the old one is gone\nnew\n");
    program.signal(Signal::HUP);
    until(&program, || status(&client, "old") == 401 && status(&client, "new") == 202);
}

/// The example of GitHub's documentation.
const SECRET: &str = "It's a Secret to Everybody";
const SIGNED: [(&str, &str); 7] = [
    ("x-github-delivery", "1"),
    ("x-github-event", "push"),
    (
        "x-hub-signature-256",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    ),
    ("ce-specversion", "1.0"),
    ("ce-id", "1"),
    ("ce-source", "/"),
    ("ce-type", "t"),
];

#[test]
fn a_secret_of_webhooks_is_rotated_without_a_restart() {
    let text =
        "routes.hooks.webhook = \"github\"\nroutes.hooks.webhook_secret_file = \"secrets\"\n";
    let start = serve(&["--config", "a.toml"]).file("a.toml", text).file("secrets", "old\n");
    let (program, client) = open(start);
    let status = || {
        let sent = client.try_post_with("/events/hooks", "text/plain", &SIGNED, b"Hello, World!");
        sent.expect("it answers").status
    };
    assert_eq!(status(), 401);
    write(program.folder(), "secrets", &format!("old\n{SECRET}\n"));
    reload(&program, |line| line.contains("the settings were read again"));
    assert_eq!(status(), 202);
    write(program.folder(), "secrets", "\n");
    let said = reload(&program, |line| line.contains("stay as they were"));
    assert!(
        said.contains("routes.hooks.webhook_secret_file") && !said.contains("Secret to"),
        "{said}"
    );
    assert_eq!(status(), 202);
    // Nobody would have to sign any more: that is no matter of a line too few.
    write(program.folder(), "a.toml", "routes.hooks.ack = \"disk\"\n");
    let said = reload(&program, |line| line.contains("other signatures"));
    assert!(said.contains("start it again"), "{said}");
    write(program.folder(), "a.toml", text);
    write(program.folder(), "secrets", "new\n");
    program.signal(Signal::HUP);
    until(&program, || status() == 401);
}

#[test]
fn what_can_change_does_and_what_cannot_is_named() {
    let start = serve(&["--config", "a.toml"]).file("a.toml", "log = \"error\"\n");
    let (program, client) = open(start);
    assert_eq!(client.post_json("[1,2,3]").status, 202);
    let text = "sink.url = \"sqlite:b.db\"\nhttp.body_bytes_max = 4\nhttp.connections_max = 9\n\
                backlog.url = \"memory:\"\nroutes.orders.events_max = 5\n";
    write(program.folder(), "a.toml", text);
    // Written at all only because the level of the log has changed, too.
    let said = reload(&program, |line| line.contains("only after a restart"));
    for key in ["http.connections_max", "sink.url", "backlog.url", "routes.orders.events_max"] {
        assert!(said.contains(key), "{key}: {said}");
    }
    assert!(!said.contains("http.body_bytes_max"), "{said}");
    assert_eq!(client.post_json("[1,2,3]").status, 413);
    let limits = &client.status()["limits"];
    assert_eq!(limits["body_bytes_max"], 4, "{limits}");
    write(program.folder(), "a.toml", "http.body_bytes_max = 0\n");
    let said = reload(&program, |line| line.contains("stay as they were"));
    assert!(said.contains("a.toml:1") && said.contains("http.body_bytes_max"), "{said}");
    assert_eq!(client.post_json("[1]").status, 202);
    assert_eq!(client.post_json("[1,2,3]").status, 413);
}

/// An hour of rest after each batch, and after connecting.
const SLOW: &str =
    "[consumer]\nengage_above = 100000\nslow_batch_events_max = 1\nslow_pause_ms = 3600000\n";

#[test]
fn other_gears_hold_at_once_even_for_who_rests() {
    let start = serve(&["--config", "a.toml"]).file("a.toml", SLOW);
    let (program, client) = open(start);
    // It rests already: it has connected.
    wait_for_status(&program, &client, |status| status["sink"]["state"] == "up");
    for event in 0..5 {
        assert_eq!(client.post_json(event.to_string()).status, 202);
    }
    write(program.folder(), "a.toml", "[consumer]\nengage_above = 2\nrelease_at = 1\n");
    let said = reload(&program, |line| line.contains("the settings were read again"));
    assert!(said.contains("consumer.engage_above, consumer.release_at"), "{said}");
    wait_for_status(&program, &client, |status| status["delivered"] == 5);
    write(program.folder(), "a.toml", "[consumer]\nengage_above = 2\nrelease_at = 2\n");
    let said = reload(&program, |line| line.contains("stay as they were"));
    assert!(said.contains("a.toml:3") && said.contains("consumer.release_at"), "{said}");
}

#[test]
fn other_limits_of_a_backlog_hold_at_once_and_give_nothing_up() {
    let toml = |events_max: u32, of_route: u32| {
        let of_route = format!("[routes.orders]\nevents_max = {of_route}\n");
        format!("backlog.events_max = {events_max}\n{SLOW}{of_route}")
    };
    let start = serve(&["--config", "a.toml"]).file("a.toml", &toml(3, 1));
    let (program, client) = open(start);
    let statuses = |path: &str, count: u32| -> Vec<u16> {
        (0..count).map(|_| client.post(path, "application/json", "[1,2]").status).collect()
    };
    let (all, orders) = ("/events", "/events/orders");
    assert_eq!(statuses(orders, 1), [413]);
    wait_for_status(&program, &client, |status| status["sink"]["state"] == "up");
    assert_eq!(statuses(all, 2), [202, 503]);
    write(program.folder(), "a.toml", &toml(7, 100));
    reload(&program, |line| line.contains("backlog.events_max, routes.orders.events_max"));
    assert_eq!(statuses(all, 3), [202, 202, 503]);
    assert_eq!(statuses(orders, 1), [202]);
    write(program.folder(), "a.toml", &toml(2, 100));
    reload(&program, |line| line.contains("changed=\"backlog.events_max\""));
    assert_eq!(statuses(all, 1), [503]);
    write(program.folder(), "a.toml", "");
    program.signal(Signal::HUP);
    wait_for_status(&program, &client, |status| status["delivered"] == 8);
}

#[test]
fn a_log_in_json_is_an_object_a_line() {
    let start = serve(&["--config", "a.toml", "--log-format", "json"]);
    let program = start.file("a.toml", "").start();
    let listening = program.stderr().wait_for(PATIENCE, |line| line.contains("is listening on"));
    assert!(listening.is_some(), "{}", program.stderr().text());
    write(program.folder(), "a.toml", "nonsense");
    reload(&program, |line| line.contains("stay as they were"));
    program.signal(Signal::TERM);
    let ended = program.wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for line in ended.stderr.lines() {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        assert!(entry["timestamp"].is_string() && entry["level"].is_string(), "{line}");
    }
}

#[test]
fn fifty_reloads_under_load_cost_no_request_and_no_event() {
    let start = serve(&["--config", "a.toml"]).file("a.toml", "");
    let (program, client) = open(start);
    let is_over = AtomicBool::new(false);
    let sent = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut sent = 0_u64;
                    // Ordering: Relaxed, a wish to end that orders nothing.
                    while !is_over.load(Ordering::Relaxed) {
                        let answer = client.post_json("[1,2]");
                        assert_eq!(answer.status, 202, "{}", answer.body);
                        sent += 2;
                    }
                    sent
                })
            })
            .collect();
        for round in 0..50 {
            let text = match round % 5 {
                0 => format!("http.body_bytes_max = {}\n", 1000 + round),
                1 => "this is no TOML".to_owned(),
                2 => format!("[consumer]\nengage_above = 4\nwriters = {}\n", 1 + round % 3),
                3 => format!("[backlog]\nevents_max = {}\n", 500_000 + round),
                _ => "log = \"warn\"\n".to_owned(),
            };
            write(program.folder(), "a.toml", &text);
            program.signal(Signal::HUP);
            assert!(program.runs_for(Duration::from_millis(10)), "it ended");
        }
        is_over.store(true, Ordering::Relaxed);
        senders.into_iter().map(|sender| sender.join().expect("no panic")).sum::<u64>()
    });
    wait_for_status(&program, &client, |status| status["delivered"] == sent);
}
