//! The official SDKs of CloudEvents are clients: whatever mode they send in, the rows are the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use forebay_testkit::program::Signal;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::start::{PATIENCE, open, serve};

/// What `cargo xtask setup` has installed for a language.
pub(crate) fn installed(language: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in target");
    let folder = target.join("clients").join(language);
    assert!(folder.is_dir(), "{} is missing: run `cargo xtask setup`", folder.display());
    folder
}

fn script(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(path)
}

/// Lets a client send to a service, and gives back `(attributes, body)` by the ids of its events.
fn rows_after(client: impl FnOnce(&str) -> Command) -> Vec<(String, Value, Value)> {
    let (program, _) = open(serve(&[]));
    let mut client = client(&format!("http://{}/events", program.address()));
    let output = client.output().expect("it is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program.signal(Signal::TERM);
    assert!(program.stderr().close_within(PATIENCE));
    let database = Connection::open(program.folder().join("forebay.db")).expect("it has a sink");
    let mut select = database
        .prepare("SELECT attributes ->> 'id', attributes, body FROM events ORDER BY 1")
        .expect("SQL");
    let row = |row: &rusqlite::Row<'_>| {
        let parse = |text: String| serde_json::from_str(&text).expect("JSON");
        Ok((row.get(0)?, parse(row.get(1)?), parse(row.get(2)?)))
    };
    select.query_map([], row).expect("SQL").collect::<Result<_, _>>().expect("rows")
}

fn check(rows: &[(String, Value, Value)], source: &str, subject: &str) {
    let ids: Vec<&str> = rows.iter().map(|(id, ..)| id.as_str()).collect();
    let kinds = ["bytes", "json", "none", "text"];
    let expected: Vec<String> = ["batch", "binary", "structured"]
        .iter()
        .flat_map(|mode| kinds.iter().map(move |kind| format!("{mode}-{kind}")))
        .collect();
    assert_eq!(ids, expected);
    for (id, attributes, body) in rows {
        let kind = id.split_once('-').expect("MODE-KIND").1;
        let (data, is_base64) = match kind {
            "json" => (json!({"total": 12.5, "items": ["a", "\u{e9}"]}), None),
            "text" => (json!("two\nlines, \"quoted\""), None),
            "bytes" => (json!("/wD+"), Some(true)),
            _ => (Value::Null, None),
        };
        assert_eq!(*body, data, "{id}");
        assert_eq!(attributes.get("data_base64").and_then(Value::as_bool), is_base64, "{id}");
        for (name, value) in [
            ("specversion", "1.0"),
            ("source", source),
            ("subject", subject),
            ("type", "com.example.test"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ("route", "default"),
        ] {
            assert_eq!(attributes[name], value, "{name} of {id}");
        }
        let time = attributes["time"].as_str().expect("a time");
        assert!(time.starts_with("2030-01-31T12:00:00"), "{time}");
    }
}

#[test]
fn the_sdk_of_python_sends_in_every_mode_and_the_rows_are_the_same() {
    let rows = rows_after(|url| {
        let mut python = Command::new(installed("python").join("bin/python"));
        python.arg(script("python/send.py")).arg(url);
        python
    });
    check(&rows, "/clients/python", "caf\u{e9} 100% \"\u{20ac}\"");
}

#[test]
fn the_sdk_of_javascript_sends_in_every_mode_and_the_rows_are_the_same() {
    let rows = rows_after(|url| {
        let mut node = Command::new("node");
        node.arg(script("javascript/send.mjs")).arg(url).arg(installed("javascript"));
        node
    });
    check(&rows, "/clients/javascript", "cafe");
}
