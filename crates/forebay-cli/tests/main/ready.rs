//! Who asks whether a service takes events is told by the exit code.

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

#[test]
fn where_nobody_listens_nobody_is_ready() {
    let gone = forebay(&["ready", "http://127.0.0.1:1"]).start().wait(PATIENCE);
    assert_eq!(gone.code, Some(1));
    assert!(gone.stderr.contains("http://127.0.0.1:1 does not answer"), "{}", gone.stderr);
    assert_eq!(forebay(&["ready", "here"]).start().wait(PATIENCE).code, Some(2));
}
