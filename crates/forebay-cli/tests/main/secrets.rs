//! No secret in any log, metric, page or error: everything is run with marked secrets, and all that
//! comes out is searched for them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Program, Signal};

use crate::start::{PATIENCE, forebay, serve};

/// Every secret has it in itself.
const MARK: &str = "sesame";

const SINK: &str = "postgres://me:sesame-password@127.0.0.1:1/mine";

/// A token, one that is not on the list, and the name of whoever has the first.
const TOKENS: &str = "sesame-token name=shop send=default\nsesame-admin admin\n";

fn config(rest: &str) -> String {
    format!("token_file = \"tokens\"\nlog = \"trace\"\n[sink]\nurl = \"{SINK}\"\n{rest}\n")
}

/// Everything that comes back over a connection for a while.
fn stream(program: &Program, token: &str) -> String {
    let mut stream = TcpStream::connect(program.address()).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let head = format!("GET /live HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("it is read");
    let mut came = Vec::new();
    let mut part = [0; 4096];
    while came.len() < 4096 {
        let bytes = stream.read(&mut part).expect("it goes on");
        assert!(bytes > 0, "it ended");
        came.extend_from_slice(&part[..bytes]);
    }
    String::from_utf8_lossy(&came).into_owned()
}

/// What every path answers to everybody.
fn asked(client: &Client) -> String {
    let mut said = String::new();
    let tokens = ["sesame-token", "sesame-admin", "sesame-wrong", "sesame-token sesame-two"];
    let clients = tokens.map(|token| client.clone().with_token(token));
    for client in clients.iter().chain([client]) {
        for path in [
            "/",
            "/livez",
            "/readyz",
            "/status",
            "/metrics",
            "/openapi.json",
            "/dead",
            "/dead?count=true",
            "/events",
            "/nothing",
        ] {
            let answer = client.get(path);
            said += &format!("{path} {} {:?}\n{}", answer.status, answer.headers, answer.body);
        }
        for (path, body) in [
            ("/events", "{\"sesame-key\":\"sesame-body\""),
            ("/events", "{\"key\":\"sesame-body\"}"),
            ("/events/orders", "1"),
            ("/admin/pause", ""),
            ("/admin/resume", ""),
            ("/dead/requeue", ""),
        ] {
            let answer = client.post(path, "application/json", body);
            said += &format!("{path} {} {:?}\n{}", answer.status, answer.headers, answer.body);
        }
    }
    said
}

/// The first place of a secret, with what stands around it.
fn assert_clean(what: &str, said: &str) {
    if let Some(at) = said.find(MARK) {
        let (from, to) = (at.saturating_sub(200), (at + 200).min(said.len()));
        let around = String::from_utf8_lossy(&said.as_bytes()[from..to]);
        panic!("{what} has a secret in it: …{around}…");
    }
    assert!(!said.is_empty(), "{what} is empty");
}

#[test]
fn no_secret_is_in_any_log_metric_page_or_error() {
    for format in ["text", "json"] {
        let start = serve(&["--config", "a.toml", "--log-format", format, "--drain-for", "0s"]);
        let start = start.args(["--backlog", "memory:"]);
        let program = start.file("tokens", TOKENS).file("a.toml", &config("")).start();
        let client = Client::new(program.address());
        let said = asked(&client);
        assert!(said.contains(" 202 ") && said.contains(" 401 ") && said.contains(" 403 "));
        assert_clean("an answer", &said);
        assert_clean("the live page", &stream(&program, "sesame-admin"));

        // Read again: what is wrong now has secrets beside it.
        for (name, text) in [
            ("tokens", "sesame-token sesame-two\n".to_owned()),
            ("tokens", "sesame-token send=nowhere\nsha256:sesame\n".to_owned()),
            ("a.toml", config("nonsense = \"sesame\"")),
            ("a.toml", format!("sink.url = \"{SINK}\" sesame")),
            ("a.toml", "sink.url = \"postgres://me:sesame@:x\"".to_owned()),
        ] {
            let path = program.folder().join(name);
            let before = std::fs::read_to_string(&path).expect("it is there");
            std::fs::write(&path, text).expect("its folder can be written to");
            let wrong = |text: &str| text.matches("stay as they were").count();
            let count = wrong(&program.stderr().text());
            program.signal(Signal::HUP);
            while wrong(&program.stderr().text()) == count {
                assert!(program.runs_for(Duration::from_millis(20)), "it ended");
            }
            std::fs::write(&path, before).expect("its folder can be written to");
        }
        program.signal(Signal::HUP);
        program.signal(Signal::TERM);
        let ended = program.wait(PATIENCE);
        assert_clean(format, &format!("{}{}", ended.stderr, ended.stdout));
    }
}

#[test]
fn no_secret_is_in_what_the_commands_print() {
    for args in [
        &["serve", "--config", "a.toml", "--check"][..],
        &["serve", "--config", "a.toml", "--sink", "postgres://me:sesame@:x"],
        &["serve", "--config", "b.toml"],
        &["top", "http://127.0.0.1:1", "--token-file", "hashes"],
        &["backlog", "dead", "requeue", "--url", "http://127.0.0.1:1", "--token-file", "tokens"],
        &["token", "new", "--may", "fly", "--name", "shop"],
    ] {
        let start = forebay(args).file("tokens", TOKENS).file("a.toml", &config(""));
        let start = start.file("b.toml", "token_file = \"wrong\"\n");
        let start = start.file("wrong", "sesame-one sesame-two\n").file("hashes", "# none\n");
        let ended = start.start().wait(PATIENCE);
        assert_clean(&args.join(" "), &format!("{}{}", ended.stderr, ended.stdout));
    }
}
