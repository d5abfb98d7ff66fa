//! Tokens are made, kept hashed, and let in no further than their lines say.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::start::{PATIENCE, forebay, open, serve};

/// Runs `forebay` in `folder`, and returns what it printed.
fn said(folder: &std::path::Path, args: &[&str], input: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    command.args(args).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{args:?}: {}", output.status);
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[test]
fn a_new_token_lets_in_as_far_as_its_line_says_and_stands_nowhere() {
    let start = serve(&["--token-file", "tokens.txt"]).file("tokens.txt", "# ours");
    let folder = start.folder().to_owned();
    let made = |args: &[&str]| {
        let args = [&["token", "new", "--append", "tokens.txt"], args].concat();
        said(&folder, &args, "")
    };
    let shop = made(&["--name", "shop", "--may", "send"]);
    let admin = made(&["--may", "admin"]);
    let line = said(&folder, &["token", "hash", "--may", "read"], "prometheus\n");
    let file = std::fs::read_to_string(folder.join("tokens.txt")).expect("it is there");
    std::fs::write(folder.join("tokens.txt"), format!("{file}{line}\n")).expect("it is ours");
    assert!(shop.starts_with("forebay_") && shop.len() == 51 && shop != admin, "{shop}");
    assert!(!file.contains(&shop) && !file.contains(&admin), "{file}");
    assert!(file.starts_with("# ours\nsha256:"), "{file}");

    let (program, client) = open(start);
    let status = |token: &str| {
        let client = client.clone().with_token(token);
        let paused = client.post("/admin/resume", "text/plain", "").status;
        (client.post_json("1").status, client.get("/status").status, paused)
    };
    assert_eq!(status(&shop), (202, 403, 403));
    assert_eq!(status(&admin), (403, 200, 200));
    assert_eq!(status("prometheus"), (403, 200, 403));
    assert_eq!(status(&line), (401, 401, 401));
    let refused = client.clone().with_token(&shop).get("/status").body;
    assert!(refused.contains("shop may not read"), "{refused}");
    let said = program.stderr().text();
    assert!(!said.contains(&shop) && !said.contains(&admin), "{said}");
}

#[test]
fn a_token_file_that_is_made_can_be_read_by_its_owner_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    said(folder.path(), &["token", "new", "--append", "tokens"], "");
    let mode = folder.path().join("tokens").metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_wrong_with_a_token_file_is_told_with_its_line() {
    let start =
        serve(&["--token-file", "tokens.txt"]).file("tokens.txt", "a send\nb send=ordres\n");
    let ended = start.start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("tokens.txt:2: there is no route named \"ordres\""),
        "{}",
        ended.stderr
    );
    let ended = forebay(&["token", "new", "--may", "fly"]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("read and admin"), "{}", ended.stderr);
}

#[test]
fn whoever_asks_with_a_file_of_digests_is_told_what_to_do() {
    let digests = format!("sha256:{}\n", "0".repeat(64));
    let start = forebay(&["backlog", "dead", "requeue", "--url", "http://127.0.0.1:1"]);
    let start = start.args(["--token-file", "tokens.txt"]).file("tokens.txt", &digests);
    let ended = start.start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("write the token itself into a file"), "{}", ended.stderr);
}
