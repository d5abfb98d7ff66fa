//! What was acknowledged is in the sink, once, however often the program is killed on the way.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use forebay_testkit::chance::Chance;
use forebay_testkit::postgres::Cluster;
use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Program, Signal};
use forebay_testkit::seed::seed;

use crate::into_postgres;
use crate::into_sqlite::numbers;
use crate::start::{PATIENCE, open, serve, wait_for_status};

const KILLS: u64 = 8;
const CLIENTS: u64 = 4;

/// Remembers every number that was acknowledged, and knows nothing of the program.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    next: AtomicU64,
    acknowledged: Mutex<Vec<u64>>,
}

impl Oracle {
    /// Sends numbers that nobody has sent before, a few at a time, until the program is gone.
    pub(crate) fn send_until_it_dies(&self, client: &Client, each: u64) {
        loop {
            let first = self.next.fetch_add(each, Ordering::Relaxed);
            let group: Vec<u64> = (first..first + each).collect();
            let body = format!("{group:?}");
            match client.try_post("/events", "application/json", body.as_bytes()) {
                Ok(answer) if answer.status == 202 => {
                    assert_eq!(answer.json()["durability"], "disk");
                    self.acknowledged().extend(group);
                }
                Ok(answer) => panic!("refused: {} {}", answer.status, answer.body),
                Err(_gone) => return,
            }
        }
    }

    pub(crate) fn acknowledged(&self) -> std::sync::MutexGuard<'_, Vec<u64>> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Demands each of them in `found`, and nothing twice.
    pub(crate) fn demand(&self, mut found: Vec<u64>) {
        let count = found.len();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), count, "some are there twice");
        let acknowledged = self.acknowledged();
        let missing: Vec<_> =
            acknowledged.iter().filter(|number| found.binary_search(number).is_err()).collect();
        assert!(missing.is_empty(), "{} acknowledged are missing: {missing:?}", missing.len());
        assert!(acknowledged.len() as u64 > KILLS, "hardly anything was sent");
    }
}

fn started(folder: &Path, sink: &str) -> (Program, Client) {
    let backlog = format!("disk:{}", folder.join("data").display());
    open(serve(&["--backlog", &backlog, "--sink", sink]).with_stdout_unread())
}

/// Kills it again and again, and then lets it deliver everything.
fn torment(folder: &Path, sink: &str) -> Oracle {
    let oracle = Oracle::default();
    let mut chance = Chance::new(seed());
    for _ in 0..KILLS {
        let (program, client) = started(folder, sink);
        let enough = oracle.acknowledged().len() as u64 + 1 + chance.below(400);
        thread::scope(|scope| {
            for each in 1..=CLIENTS {
                let (oracle, client) = (&oracle, client.clone());
                scope.spawn(move || oracle.send_until_it_dies(&client, each));
            }
            while (oracle.acknowledged().len() as u64) < enough {
                thread::yield_now();
            }
            program.signal(Signal::KILL);
        });
        drop(program.wait(PATIENCE));
    }
    let (program, client) = started(folder, sink);
    let is_done = |status: &serde_json::Value| status["waiting"] == 0 && status["in_flight"] == 0;
    let status = wait_for_status(&program, &client, is_done);
    assert_eq!(status["dead"], 0, "{status}");
    program.signal(Signal::TERM);
    assert_eq!(program.wait(PATIENCE).code, Some(0));
    oracle
}

#[test]
fn every_acknowledged_event_is_in_sqlite_once_although_it_is_killed_on_the_way() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = folder.path().join("events.db");
    let oracle = torment(folder.path(), &format!("sqlite:{}", database.display()));
    oracle.demand(numbers(&database));
}

#[test]
fn every_acknowledged_event_is_in_postgresql_once_although_it_is_killed_on_the_way() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cluster = Cluster::shared();
    let database = into_postgres::runtime().block_on(cluster.create_database());
    let oracle = torment(folder.path(), &cluster.url(&database));
    oracle.demand(into_postgres::numbers(cluster, &database));
}

#[test]
fn a_second_program_on_the_same_folder_ends_and_says_why() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sink = format!("sqlite:{}", folder.path().join("events.db").display());
    let (_first, client) = started(folder.path(), &sink);
    let backlog = format!("disk:{}", folder.path().join("data").display());
    let second = serve(&["--backlog", &backlog, "--sink", &sink]).start().wait(PATIENCE);
    assert_eq!(second.code, Some(1), "{}", second.stderr);
    assert!(second.stderr.contains("in use by another process"), "{}", second.stderr);
    assert_eq!(client.get("/readyz").status, 200);
}

#[test]
fn what_could_not_be_delivered_is_kept_and_delivered_after_the_next_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backlog = format!("disk:{}", folder.path().join("data").display());
    let nobody = "postgres://me@127.0.0.1:1/nothing";
    let (program, client) =
        open(serve(&["--backlog", &backlog, "--sink", nobody, "--drain-for", "100ms"]));
    assert_eq!(client.post_json("[1,2,3]").status, 202);
    program.signal(Signal::TERM);
    let ended = program.wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("3 events are kept"), "{}", ended.stderr);

    let database = folder.path().join("events.db");
    let (program, client) = started(folder.path(), &format!("sqlite:{}", database.display()));
    wait_for_status(&program, &client, |status| status["delivered"] == 3);
    assert_eq!(numbers(&database), [1, 2, 3]);
}
