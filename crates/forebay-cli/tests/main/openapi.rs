//! The service does what its own description says: each of its paths is there, and Schemathesis
//! finds nothing that is otherwise.

use std::path::Path;
use std::process::Command;

use forebay_testkit::program::Program;
use serde_json::Value;

use crate::cloud_events::installed;
use crate::start::{open, serve};

/// Tries every operation; `/live` is left out, because its answer has no end.
fn try_all(program: &Program, more: &[&str]) {
    let configured =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/schemathesis/schemathesis.toml");
    // It is looked for where it is run, and where it leaves a cache.
    std::fs::copy(configured, program.folder().join("schemathesis.toml")).expect("it is there");
    let said = Command::new(installed("schemathesis").join("bin/schemathesis"))
        .args(["run", &format!("http://{}/openapi.json", program.address())])
        .args(["--checks", "all", "--seed", "6", "--generation-deterministic", "--no-color"])
        // What is found does not depend on the ids of a run: it can be repeated.
        .args(["--max-examples", "15", "--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--request-timeout", "60", "--suppress-health-check", "all"])
        .args(["--exclude-path", "/live"])
        .args(more)
        .env("NO_PROXY", "*")
        .current_dir(program.folder())
        .output()
        .expect("it is installed: cargo xtask setup");
    let text = String::from_utf8_lossy(&said.stdout);
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{text}\n{errors}\n{}", program.stderr().text());
    assert!(!program.stderr().text().contains("panicked"), "{}", program.stderr().text());
}

#[test]
fn the_service_does_what_its_description_says() {
    let (program, client) = open(serve(&["--drain-for", "0s"]));
    // A route that is drained takes nothing, and says so with 503: that is tried by itself.
    try_all(&program, &["--exclude-path", "/admin/drain"]);
    try_all(&program, &["--include-path-regex", "^/admin/", "--exclude-path-regex", "^/events"]);
    assert_eq!(client.get("/livez").status, 200);
}

#[test]
fn where_tokens_are_needed_the_description_says_so_and_none_is_ignored() {
    let start = serve(&["--token-file", "tokens", "--drain-for", "0s"]).file("tokens", "a\n");
    let (program, _) = open(start);
    let more = ["--exclude-path", "/admin/drain", "-H", "Authorization: Bearer a"];
    try_all(&program, &more);
}

#[test]
fn every_path_of_the_description_is_there_for_its_methods_and_for_no_other() {
    let (_program, client) = open(serve(&[]));
    let description = client.get("/openapi.json").json();
    let paths = description["paths"].as_object().expect("paths");
    assert_eq!(paths.len(), 14);
    for (path, item) in paths {
        let methods: Vec<_> = item.as_object().expect("an object").keys().cloned().collect();
        let path = path.replace("{route}", "default");
        // Its answer has no end.
        if path == "/live" {
            continue;
        }
        let got = client.get(&path);
        let posted = client.post(&path, "application/json", "1");
        for (method, answer) in [("get", &got), ("post", &posted)] {
            let is_described = methods.iter().any(|described| described == method);
            assert_eq!(answer.status != 405, is_described, "{method} {path}: {}", answer.body);
            let described = &item[method]["responses"];
            let code = answer.status.to_string();
            assert!(!is_described || described[&code] != Value::Null, "{method} {path}: {code}");
        }
    }
}
