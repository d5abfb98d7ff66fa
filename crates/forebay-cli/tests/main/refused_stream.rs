//! A stream that cannot be used is told in a sentence that says what to do; what does not belong in it does no harm.

use std::path::Path;

use forebay_testkit::nats::{ACCOUNTS, NatsServer};
use forebay_testkit::program::Ended;

use crate::start::{PATIENCE, open, serve, wait_for_status};

/// A server that knows these users.
fn guarded(folder: &Path) -> NatsServer {
    let settings = folder.join("nats.conf");
    std::fs::write(&settings, ACCOUNTS).expect("the folder is ours");
    NatsServer::start_with(&["-js", "-c", settings.to_str().expect("it is UTF-8")])
}

fn as_user(server: &NatsServer, user: &str) -> String {
    server.url("events").replace("nats://", &format!("nats://{user}"))
}

/// What is said of a start, and of a look, both of which have to fail.
fn refused(args: &[&str]) -> String {
    let ended: Ended = serve(args).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let looked = serve(args).args(["--check"]).start().wait(PATIENCE);
    assert_eq!(looked.code, Some(1), "{}", looked.stderr);
    assert!(looked.stderr.contains("wrong  backlog of default"), "{}", looked.stderr);
    for told in [&ended.stderr, &looked.stderr] {
        assert!(!told.contains("s3cret"), "{told}");
    }
    ended.stderr
}

fn contains_all(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
}

#[test]
fn a_stream_that_cannot_be_used_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = guarded(folder.path());
    let told = |user: &str| refused(&["--backlog", &as_user(&server, user)]);
    contains_all(&told("cy:s3cret@"), &["JetStream is not enabled there", "-js"]);
    contains_all(&told("dan:s3cret@"), &["does not let us in", "--nats-creds"]);
    contains_all(
        &told("bob:s3cret@"),
        &["$JS.API.STREAM.", "let the user publish to events.events"],
    );

    let url = as_user(&server, "ann:s3cret@");
    let missing = folder.path().join("none.creds").display().to_string();
    let told = refused(&["--backlog", &url, "--nats-creds", &missing]);
    contains_all(&told, &["none.creds cannot be used as credentials of NATS"]);

    let (program, client) = open(serve(&["--backlog", &url]));
    assert_eq!(client.post_json("1").status, 202);
    drop(program);
    let other = serve(&["--backlog", &url]).env("FOREBAY__BACKLOG__BYTES_MAX", "2MiB").start();
    let ended = other.wait(PATIENCE);
    contains_all(&ended.stderr, &["max_bytes is 268435456, wanted 2097152", "set the limits"]);

    server.kill();
    contains_all(&refused(&["--backlog", &url]), &["no NATS server can be reached there", "-js"]);
}

#[test]
fn what_does_not_belong_in_a_stream_is_counted_and_what_never_fits_is_refused() {
    let server = NatsServer::start_new();
    let start = serve(&["--backlog", &server.url("events")])
        .env("FOREBAY__HTTP__BODY_BYTES_MAX", "4MiB")
        .env("FOREBAY__HTTP__EVENT_BYTES_MAX", "4MiB");
    let (program, client) = open(start);
    // An answer, if there is one, is that of the stream.
    server.ask("events.events", "somebody else's").expect("the stream has it");
    assert_eq!(client.post_json("[1,2]").status, 202);
    let status = wait_for_status(&program, &client, |status| status["consumer"]["rows"] == 2);
    assert_eq!(status["damaged"], 1, "{status}");
    let aside = server.ask("$JS.API.STREAM.INFO.events-aside", "").expect("it was made");
    assert_eq!(aside["state"]["messages"], 1, "{aside}");

    let long = format!("\"{}\"", "a".repeat(1 << 20));
    let answer = client.post_json(&long);
    assert_eq!(answer.status, 413, "{}", answer.body);
    contains_all(&answer.body, &["max_payload of the NATS server"]);
    let several = format!("[{}]", vec![format!("\"{}\"", "a".repeat(600_000)); 3].join(","));
    assert_eq!(client.post_json(&several).status, 202);
    wait_for_status(&program, &client, |status| status["consumer"]["rows"] == 5);
}
