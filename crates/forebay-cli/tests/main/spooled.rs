//! With a log in front of a stream, what was acknowledged is in the sink, once: whoever is killed, and whatever the server of the
//! stream has lost.

use std::path::Path;
use std::thread;

use forebay_testkit::chance::Chance;
use forebay_testkit::nats::NatsServer;
use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Program, Signal, Start};
use forebay_testkit::seed::seed;
use serde_json::Value;

use crate::into_sqlite::numbers;
use crate::killed::Oracle;
use crate::start::{PATIENCE, open, serve, wait_for_status};

const KILLS: u64 = 8;
const CLIENTS: u64 = 4;

fn spooled(folder: &Path, server: &NatsServer) -> Start {
    let [data, sink] = ["spool", "events.db"].map(|name| folder.join(name).display().to_string());
    let start = serve(&[
        "--backlog",
        &server.url("events"),
        "--spool",
        &format!("disk:{data}"),
        "--sink",
        &format!("sqlite:{sink}"),
    ]);
    // What a program had that was killed is another's soon.
    start.env("FOREBAY__BACKLOG__ACK_WAIT", "1s").with_stdout_unread()
}

fn started(folder: &Path, server: &NatsServer) -> (Program, Client) {
    open(spooled(folder, server))
}

#[test]
fn every_acknowledged_event_is_in_the_sink_once_although_both_are_killed_and_the_store_is_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (server, oracle) = (NatsServer::start_new(), Oracle::default());
    let mut chance = Chance::new(seed());
    for kill in 0..KILLS {
        let (program, client) = started(folder.path(), &server);
        let enough = oracle.acknowledged().len() as u64 + 1 + chance.below(200);
        let more = enough + 1 + chance.below(200);
        thread::scope(|scope| {
            for each in 1..=CLIENTS {
                let (oracle, client) = (&oracle, client.clone());
                scope.spawn(move || oracle.send_until_it_dies(&client, each));
            }
            let wait_for = |count: u64| {
                while (oracle.acknowledged().len() as u64) < count {
                    thread::yield_now();
                }
            };
            wait_for(enough);
            server.kill();
            if kill % 2 == 0 {
                // As a loss of power does with what it had not synced.
                server.wipe();
            }
            wait_for(more);
            server.start();
            if kill % 4 < 2 {
                wait_for(more + 100);
            }
            program.signal(Signal::KILL);
        });
        drop(program.wait(PATIENCE));
    }
    let (program, client) = started(folder.path(), &server);
    let is_done = |status: &Value| {
        status["waiting"] == 0 && status["in_flight"] == 0 && status["spool"]["waiting"] == 0
    };
    let status = wait_for_status(&program, &client, is_done);
    assert_eq!((&status["dead"], &status["spool"]["trouble"]), (&Value::from(0), &Value::Null));
    assert!(status["spool"]["kept"].as_u64() > Some(0), "{status}");
    program.signal(Signal::TERM);
    assert_eq!(program.wait(PATIENCE).code, Some(0));
    oracle.demand(numbers(&folder.path().join("events.db")));
}

#[test]
fn a_spool_says_how_it_stands_and_takes_events_in_while_nobody_takes_them_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = NatsServer::start_new();
    server.kill();
    let (program, client) = started(folder.path(), &server);
    let answer = client.post_json("[1,2,3]");
    assert_eq!((answer.status, &answer.json()["durability"]), (202, &Value::from("disk")));
    let status = client.get("/status").json();
    assert_eq!((&status["waiting"], &status["spool"]["waiting"]), (&3.into(), &3.into()));
    let trouble = status["spool"]["trouble"].as_str().expect("it says why");
    assert!(trouble.contains("no NATS server can be reached there"), "{trouble}");
    let note = status["durability_note"].as_str().expect("it says what an answer is worth");
    assert!(note.contains("synced to the disk of this machine"), "{note}");
    let metrics = client.get("/metrics").body;
    assert!(metrics.contains("forebay_spool_events{route=\"default\"} 3\n"), "{metrics}");
    assert!(metrics.contains("forebay_spool_forwarding{route=\"default\"} 0\n"), "{metrics}");
    server.start();
    wait_for_status(&program, &client, |status| status["delivered"] == 3);
    let status = wait_for_status(&program, &client, |status| status["spool"]["kept"] == 3);
    assert_eq!(status["spool"]["trouble"], Value::Null);
    assert_eq!(numbers(&folder.path().join("events.db")), [1, 2, 3]);
}

#[test]
fn other_limits_of_a_spool_hold_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("forebay.toml");
    let limit = |events_max: u32| {
        let toml = format!("backlog.spool_events_max = {events_max}\n");
        std::fs::write(&file, toml).expect("the folder is ours");
    };
    limit(3);
    let server = NatsServer::start_new();
    let start = spooled(folder.path(), &server).args(["--config", &file.display().to_string()]);
    let (program, client) = open(start);
    server.kill();
    let taken = || client.post_json("[1,2]").status;
    assert_eq!([(); 2].map(|()| taken()), [202, 503]);
    limit(4);
    program.signal(Signal::HUP);
    let said = program.stderr().wait_for(PATIENCE, |line| line.contains("were read again"));
    assert!(said.expect("it says so").contains("changed=\"backlog.spool_events_max\""));
    assert_eq!([(); 2].map(|()| taken()), [202, 503]);
}

#[test]
fn a_spool_that_stands_in_front_of_nothing_is_a_mistake() {
    let ended = serve(&["--backlog", "memory:", "--spool", "disk:./spool"]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("a spool in front of a stream"), "{}", ended.stderr);
}
