//! What is asked for wrongly is named, with what would be right, and exit code 2.

use crate::start::{PATIENCE, forebay, serve};
use forebay_testkit::program::{Ended, Start};

/// Starts it and expects that it was asked for wrongly.
fn refused(start: Start) -> String {
    let Ended { code, stdout, stderr } = start.start().wait(PATIENCE);
    assert_eq!(code, Some(2), "{stderr}");
    assert_eq!(stdout, "");
    assert!(!stderr.contains("panicked") && !stderr.contains("backtrace"), "{stderr}");
    stderr
}

fn contains_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn no_command_is_answered_with_help() {
    let stderr = refused(forebay(&[]));
    contains_all(&stderr, &["Usage: forebay", "demo", "serve"]);
}

#[test]
fn an_unknown_flag_or_command_is_answered_with_the_nearest_one() {
    contains_all(&refused(forebay(&["demo", "--sped", "3"])), &["--sped", "--speed"]);
    contains_all(&refused(forebay(&["serve", "--lisen", "x"])), &["--lisen", "--listen"]);
    contains_all(&refused(forebay(&["serv"])), &["serv", "serve"]);
}

#[test]
fn a_wrong_value_is_answered_with_the_flag_and_the_range() {
    contains_all(&refused(forebay(&["demo", "--speed", "0"])), &["--speed", "above 0"]);
    contains_all(&refused(forebay(&["demo", "--speed", "-3"])), &["--speed", "above 0"]);
    contains_all(&refused(forebay(&["demo", "--for", "60"])), &["--for", "60s"]);
    contains_all(&refused(forebay(&["demo", "--seed", "-1"])), &["--seed", "from 0 to"]);
    contains_all(&refused(serve(&["--drain-for", "soon"])), &["--drain-for", "\"soon\"", "30s"]);
}

#[test]
fn an_unknown_key_or_variable_is_answered_with_the_nearest_one() {
    let start = serve(&[]).file("forebay.toml", "\n[http]\nbody_byte_max = 1\n");
    contains_all(&refused(start), &["forebay.toml:3", "http.body_byte_max", "http.body_bytes_max"]);
    let start = serve(&[]).env("FOREBAY__SINK__URI", "sqlite:a.db");
    contains_all(&refused(start), &["FOREBAY__SINK__URI", "FOREBAY__SINK__URL"]);
}

#[test]
fn a_file_that_is_not_toml_is_answered_with_line_and_column() {
    let start =
        serve(&["--config", "my.toml"]).file("my.toml", "listen = \"127.0.0.1:0\"\n[http\n");
    contains_all(&refused(start), &["my.toml:2:6"]);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    contains_all(&refused(serve(&["--config", "none.toml"])), &["none.toml", "No such file"]);
    contains_all(&refused(serve(&["--token-file", "none.txt"])), &["none.txt", "No such file"]);
}

#[test]
fn a_sink_or_backlog_that_cannot_be_is_answered_with_the_forms_there_are() {
    let forms = ["--sink", "sqlite:PATH", "postgres://"];
    contains_all(&refused(serve(&["--sink", "mysql://localhost/db"])), &forms);
    contains_all(&refused(serve(&["--sink", "postgres://me@host:port/db"])), &forms);
    contains_all(
        &refused(serve(&["--backlog", "paper:./x"])),
        &["--backlog", "disk:PATH", "memory:", "nats://HOST:PORT/STREAM"],
    );
}

#[test]
fn a_password_in_a_wrong_url_is_not_repeated() {
    let stderr = refused(serve(&["--sink", "postgres://me:hunter2@host:port/db"]));
    assert!(!stderr.contains("hunter2"), "{stderr}");
    let stderr = refused(serve(&["--backlog", "nats://me:hunter2@host:port/events"]));
    assert!(!stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn check_prints_every_setting_in_force_and_tries_what_would_be_opened() {
    let start = serve(&["--check", "--sink", "postgres://me:hunter2@127.0.0.1:1/db"])
        .file("forebay.toml", "[http]\nbody_bytes_max = \"2MiB\"\n")
        .env("FOREBAY__BACKLOG__EVENTS_MAX", "7");
    let ended = start.start().wait(PATIENCE);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    contains_all(
        &ended.stderr,
        &[
            "ok     settings: each of them can be\n",
            "ok     backlog of default, disk:./forebay-data: not there yet; it can be made in .\n",
            "wrong  table events of default, postgres://me@127.0.0.1:1/db: ",
            "do: check that the database runs",
            "1 of 3 would not work",
        ],
    );
    contains_all(
        &ended.stdout,
        &[
            "listen = \"127.0.0.1:0\" # --listen\n",
            "http.body_bytes_max = \"2MiB\" # forebay.toml:2\n",
            "http.event_bytes_max = \"256KiB\" # default\n",
            "backlog.events_max = 7 # FOREBAY__BACKLOG__EVENTS_MAX\n",
            "sink.url = \"postgres://me@127.0.0.1:1/db\" # --sink\n",
        ],
    );
    assert!(!ended.stdout.contains("hunter2") && !ended.stderr.contains("hunter2"));

    let ended = serve(&["--check"]).start();
    let folder = ended.folder().to_owned();
    assert!(ended.stdout().close_within(PATIENCE));
    assert!(!folder.join("forebay.db").exists() && !folder.join("forebay-data").exists());
}

#[test]
fn check_finds_what_would_keep_it_from_starting() {
    refused(forebay(&["serve", "--check", "--listen", "0.0.0.0:0"]));
    refused(serve(&["--check", "--token-file", "none.txt"]));
    refused(serve(&["--check", "--sink", "nonsense"]));
}

#[test]
fn help_teaches() {
    let help = |command| forebay(&[command, "--help"]).start().wait(PATIENCE);
    let demo = help("demo");
    assert_eq!(demo.code, Some(0));
    contains_all(&demo.stdout, &["Examples:", "--speed", "[default: 1]", "Writing 0.721"]);
    let serve = help("serve");
    assert_eq!(serve.code, Some(0));
    let durability = "\"durability\":\"disk\"";
    contains_all(
        &serve.stdout,
        &["Examples:", "curl", durability, "http.body_bytes_max = \"1MiB\""],
    );
}
