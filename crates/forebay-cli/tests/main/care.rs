//! `forebay backlog inspect|verify|repair|export`: on a stopped backlog and on one at work, intact and
//! damaged; what cannot be is named, and nothing touched.

use std::fs;
use std::path::{Path, PathBuf};

use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Ended, Program, Signal};
use serde_json::Value;

use crate::into_sqlite::numbers;
use crate::start::{PATIENCE, forebay, open, serve, wait_for_status};

/// Nothing listens there, so events stay in the backlog.
pub(crate) const NOBODY: &str = "postgres://nobody@127.0.0.1:1/none";

/// What is looked for to damage an event.
const MARK: &[u8] = b"damage me";

struct Setup {
    folder: tempfile::TempDir,
}

impl Setup {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn serve(&self, sink: &str) -> (Program, Client) {
        let backlog = format!("disk:{}", self.data().display());
        open(serve(&["--backlog", &backlog, "--sink", sink]).with_stdout_unread())
    }

    /// A service whose backlog has these in it.
    fn stuck(&self, body: &str) -> (Program, Client) {
        let (program, client) = self.serve(NOBODY);
        assert_eq!(client.post_json(body).status, 202);
        (program, client)
    }

    fn care(&self, what: &str, more: &[&str]) -> Ended {
        care(what, &self.data(), more)
    }

    /// Delivers what is there, and says which numbers came of it.
    fn delivered(&self, count: u64) -> Vec<u64> {
        let database = self.folder.path().join("events.db");
        let (program, client) = self.serve(&format!("sqlite:{}", database.display()));
        wait_for_status(&program, &client, |status| status["delivered"] == count);
        program.signal(Signal::TERM);
        assert_eq!(program.wait(PATIENCE).code, Some(0));
        numbers(&database)
    }
}

fn care(what: &str, path: &Path, more: &[&str]) -> Ended {
    let path = path.display().to_string();
    forebay(&["backlog", what, &path]).args(more).start().wait(PATIENCE)
}

/// Damages the event with the mark in it.
pub(crate) fn damage(data: &Path) {
    for entry in fs::read_dir(data).expect("it is there").flatten() {
        let path = entry.path();
        let Ok(mut bytes) = fs::read(&path) else { continue };
        if let Some(at) = bytes.windows(MARK.len()).position(|part| part == MARK) {
            bytes[at] ^= 0x40;
            fs::write(&path, bytes).expect("it can be written");
            return;
        }
    }
    panic!("no file has the mark in it");
}

pub(crate) fn kill(program: Program) {
    program.signal(Signal::KILL);
    drop(program.wait(PATIENCE));
}

/// Every file below a folder, with its bytes.
pub(crate) fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there").flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push((path.clone(), fs::read(&path).expect("it can be read"))),
        }
    }
    found.sort();
    found
}

#[test]
fn a_backlog_is_looked_at_and_copied_while_it_is_at_work_and_after() {
    let setup = Setup::new();
    let (program, _client) = setup.stuck("[1,2,3]");
    let look = |setup: &Setup| {
        let inspect = setup.care("inspect", &["--json"]);
        assert_eq!(inspect.code, Some(0), "{}", inspect.stderr);
        let json: Value = serde_json::from_str(&inspect.stdout).expect("JSON");
        assert_eq!((&json["events"], &json["damaged"]), (&3.into(), &0.into()), "{json}");
        let verify = setup.care("verify", &[]);
        assert_eq!(verify.code, Some(0), "{}", verify.stderr);
        assert!(verify.stdout.starts_with("intact: 3 events"), "{}", verify.stdout);
        let export = setup.care("export", &[]);
        assert_eq!(export.code, Some(0), "{}", export.stderr);
        assert_eq!(export.stdout.lines().count(), 3, "{}", export.stdout);
    };
    look(&setup);
    kill(program);
    look(&setup);
    assert!(setup.care("inspect", &[]).stdout.contains("waiting      3 events"));
}

#[test]
fn what_is_exported_and_imported_elsewhere_becomes_the_same_rows() {
    let (from, to) = (Setup::new(), Setup::new());
    let all: Vec<u64> = (0..1_500).collect();
    let (program, _client) = from.stuck(&format!("{all:?}"));
    kill(program);
    let file = to.folder.path().join("events.ndjson").display().to_string();
    let export = from.care("export", &[&file]);
    assert_eq!(export.code, Some(0), "{}", export.stderr);
    // A copy that is there is not written over.
    let again = from.care("export", &[&file]);
    assert_eq!(again.code, Some(1), "{}", again.stderr);
    assert!(again.stderr.contains("events.ndjson"), "{}", again.stderr);

    let import = to.care("import", &[&file]);
    assert_eq!(import.stdout, "1500 events imported, 0 left out\n", "{}", import.stderr);
    assert_eq!(to.delivered(1_500), all);
    assert_eq!(from.delivered(1_500), all);
}

#[test]
fn damage_is_found_set_aside_when_asked_and_everything_else_is_delivered() {
    let setup = Setup::new();
    let (program, client) = setup.stuck("1");
    assert_eq!(client.post_json("\"damage me\"").status, 202);
    assert_eq!(client.post_json("2").status, 202);
    kill(program);
    damage(&setup.data());
    let before = files(&setup.data());
    let verify = setup.care("verify", &[]);
    assert_eq!(verify.code, Some(1), "{}", verify.stdout);
    assert!(verify.stdout.contains("damaged: "), "{}", verify.stdout);
    assert!(verify.stderr.contains("backlog repair"), "{}", verify.stderr);
    assert_eq!(files(&setup.data()), before, "something was touched");

    let repair = setup.care("repair", &["--json"]);
    assert_eq!(repair.code, Some(0), "{}", repair.stderr);
    let json: Value = serde_json::from_str(&repair.stdout).expect("JSON");
    assert_eq!((&json["was_intact"], &json["lost"]), (&false.into(), &1.into()), "{json}");
    assert!(setup.data().join("quarantine").is_dir());
    let verify = setup.care("verify", &[]);
    assert_eq!(verify.code, Some(0), "{}{}", verify.stdout, verify.stderr);
    let again = setup.care("repair", &[]);
    assert!(again.stdout.contains("nothing was touched"), "{}", again.stdout);
    assert_eq!(setup.delivered(2), [1, 2]);
}

/// Opening reads the newest segment; what is wrong in an older one is met when its turn comes. That was counted, and no line of
/// the log said so.
#[test]
fn damage_met_while_it_is_read_is_set_aside_and_in_the_log_the_metrics_and_the_status() {
    let setup = Setup::new();
    let (program, client) = setup.stuck("1");
    assert_eq!(client.post_json("\"damage me\"").status, 202);
    assert_eq!(client.post_json("2").status, 202);
    let long = format!("[{}]", vec![format!("\"{}\"", "x".repeat(20_000)); 10].join(","));
    let posts = 20;
    for _ in 0..posts {
        assert_eq!(client.post_json(&long).status, 202);
    }
    kill(program);
    damage(&setup.data());

    let database = setup.folder.path().join("events.db");
    let (program, client) = setup.serve(&format!("sqlite:{}", database.display()));
    let status = wait_for_status(&program, &client, |status| status["delivered"] == 2 + 10 * posts);
    assert_eq!((&status["damaged"], &status["dropped"]), (&1.into(), &1.into()), "{status}");
    let metrics = client.get("/metrics").body;
    let metric =
        |line: &&str| line.starts_with("forebay_corrupt_events_total{") && line.ends_with(" 1");
    assert!(metrics.lines().any(|line| metric(&line)), "{metrics}");
    assert!(fs::read_dir(setup.data().join("quarantine")).expect("a folder").next().is_some());
    program.signal(Signal::TERM);
    let ended = program.wait(PATIENCE);
    assert_eq!(ended.code, Some(0));
    let told = ended.stderr.lines().filter(|line| line.contains("damage was met in the backlog"));
    assert_eq!(told.filter(|line| line.contains("damaged=1")).count(), 1, "{}", ended.stderr);
}

#[test]
fn a_backlog_at_work_is_not_repaired() {
    let setup = Setup::new();
    let (program, client) = setup.stuck("[1,2,3]");
    let repair = setup.care("repair", &[]);
    assert_eq!(repair.code, Some(1), "{}", repair.stdout);
    for part in ["in use by another process", "nothing was touched", "stop"] {
        assert!(repair.stderr.contains(part), "{part} is not in:\n{}", repair.stderr);
    }
    assert_eq!(client.post_json("4").status, 202);
    kill(program);
    assert_eq!(setup.delivered(4), [1, 2, 3, 4]);
}

#[test]
fn a_path_without_a_backlog_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    fs::write(&file, "text").expect("it can be written");
    let foreign = folder.path().join("foreign");
    fs::create_dir(&foreign).expect("it can be made");
    fs::write(foreign.join("notes.txt"), "text").expect("it can be written");
    let nothing = folder.path().join("nothing");
    for what in ["inspect", "verify", "repair", "export"] {
        for (path, part) in [
            (&file, "is not a folder"),
            (&foreign, "notes.txt"),
            (&nothing, "has no backlog in it"),
        ] {
            let ended = care(what, path, &[]);
            assert_eq!(ended.code, Some(1), "{what}: {}", ended.stdout);
            assert!(ended.stderr.contains(part), "{what}: {part} is not in:\n{}", ended.stderr);
            assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
        }
    }
    assert!(!nothing.exists() && files(&foreign).len() == 1);
    assert_eq!(fs::read(&file).expect("it is there"), b"text");
}
