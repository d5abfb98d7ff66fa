//! Who asks whether a service takes events is told by the exit code.

use std::fs::{self, File};
use std::io::Write as _;

use forebay_testkit::program::Start;
use forebay_testkit::program::client::Client;

use crate::bad_backlogs::is_root;
use crate::care::NOBODY;
use crate::start::{PATIENCE, forebay, open, serve};

#[test]
fn a_service_is_ready_until_it_is_full_and_then_one_is_told_why() {
    let (program, client) = open(
        serve(&["--sink", "postgres://me@127.0.0.1:1/nothing"])
            .env("FOREBAY__BACKLOG__EVENTS_MAX", "2"),
    );
    let url = format!("http://{}", program.address());
    let ready = forebay(&["ready", &url]).start().wait(PATIENCE);
    assert_eq!((ready.code, &*ready.stdout), (Some(0), "ready\n"), "{}", ready.stderr);

    assert_eq!(client.post_json("[1,2]").status, 202);
    let full = forebay(&["ready", &url]).start().wait(PATIENCE);
    assert_eq!((full.code, &*full.stdout), (Some(1), ""));
    assert!(full.stderr.contains("answers 503") && full.stderr.contains("events_max"), "{full:?}");
}

/// Mounts a small disk at the first argument, and runs the rest.
const SMALL_DISK: &str = r#"
    set -e
    mount -t tmpfs -o size=24m tmpfs "$1"
    shift
    exec "$@""#;

#[test]
fn a_service_whose_disk_is_full_is_not_ready_until_there_is_room_again() {
    let disk = tempfile::tempdir().expect("a temporary folder");
    let place = disk.path().display().to_string();
    let backlog = format!("--backlog=disk:{place}/data");
    let user: &[&str] = if is_root() { &[] } else { &["--map-root-user"] };
    let program = Start::new("unshare")
        .args(["--mount"])
        .args(user)
        .args(["sh", "-c", SMALL_DISK, "sh", &place, env!("CARGO_BIN_EXE_forebay")])
        .args(["serve", "--listen", "127.0.0.1:0", "--sink", NOBODY, &backlog])
        .start();
    let client = Client::new(program.address());
    assert_eq!(client.get("/readyz").status, 200);

    // The disk is in a namespace of its own, and can be reached through the process in it.
    let filler = format!("/proc/{}/root{place}/filler", program.pid());
    let mut file = File::create(&filler).expect("the disk is mounted");
    let full = std::iter::repeat_with(|| file.write_all(&[0; 4096])).find_map(Result::err);
    assert_eq!(full.map(|error| error.kind()), Some(std::io::ErrorKind::StorageFull));
    let event = format!("\"{}\"", "x".repeat(100_000));
    let refused = (0..1000).map(|_| client.post_json(&event)).find(|answer| answer.status != 202);
    assert_eq!(refused.expect("the disk is full").status, 503);
    let answer = client.get("/readyz");
    assert_eq!(
        (answer.status, answer.json()["type"].as_str()),
        (503, Some("urn:forebay:problem:no-space"))
    );
    assert_eq!(answer.json()["route"], "default");

    // What is open takes its room, whatever its name.
    drop(file);
    fs::remove_file(filler).expect("it is there");
    assert_eq!(client.get("/readyz").status, 200, "nothing was sent meanwhile");
    assert_eq!(client.post_json(&event).status, 202);
}

#[test]
fn where_nobody_listens_nobody_is_ready() {
    let gone = forebay(&["ready", "http://127.0.0.1:1"]).start().wait(PATIENCE);
    assert_eq!(gone.code, Some(1));
    assert!(gone.stderr.contains("http://127.0.0.1:1 does not answer"), "{}", gone.stderr);
    assert_eq!(forebay(&["ready", "here"]).start().wait(PATIENCE).code, Some(2));
}
