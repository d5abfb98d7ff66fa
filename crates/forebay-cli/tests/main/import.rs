//! `forebay backlog import`: events of a file become rows; what is wrong is named, nothing touched.

use std::path::Path;

use forebay_testkit::program::{Ended, Signal};

use crate::into_sqlite::numbers;
use crate::start::{PATIENCE, forebay, open, serve, wait_for_status};

fn line(number: u64) -> String {
    format!(
        "{{\"id\":\"019ab000-0000-7000-8000-{number:012}\",\"received_at_ms\":1767323045678,\
         \"attributes\":{{\"route\":\"default\"}},\"body\":{number}}}\n"
    )
}

fn import(folder: &Path, text: &str, flags: &[&str]) -> Ended {
    let file = folder.join("events.ndjson");
    std::fs::write(&file, text).expect("it can be written");
    let paths = [folder.join("data"), file].map(|path| path.display().to_string());
    forebay(&["backlog", "import"]).args(paths).args(flags).start().wait(PATIENCE)
}

/// Serves from the folder until everything in it is delivered, and says what was.
fn delivered(folder: &Path, count: u64) -> Vec<u64> {
    let backlog = format!("disk:{}", folder.join("data").display());
    let database = folder.join("events.db");
    let sink = format!("sqlite:{}", database.display());
    let (program, client) =
        open(serve(&["--backlog", &backlog, "--sink", &sink]).with_stdout_unread());
    wait_for_status(&program, &client, |status| status["delivered"] == count);
    program.signal(Signal::TERM);
    assert_eq!(program.wait(PATIENCE).code, Some(0));
    numbers(&database)
}

#[test]
fn events_of_a_file_become_rows_with_their_ids_and_a_second_import_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text: String = (0..2_500).map(line).collect();
    let ended = import(folder.path(), &text, &["--json"]);
    assert_eq!(ended.stdout, "{\"damaged\":0,\"imported\":2500}\n", "{}", ended.stderr);
    assert_eq!(delivered(folder.path(), 2_500), (0..2_500).collect::<Vec<_>>());
    assert_eq!(import(folder.path(), &text, &[]).stdout, "2500 events imported, 0 left out\n");
    assert_eq!(delivered(folder.path(), 2_500), (0..2_500).collect::<Vec<_>>());
}

#[test]
fn damaged_lines_are_named_by_their_numbers_and_nothing_is_appended() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("{}\n{{\"id\":7}}\n{}nonsense\n", line(1), line(2));
    let ended = import(folder.path(), &text, &[]);
    assert_eq!(ended.code, Some(1));
    for part in ["events.ndjson:3: ", "events.ndjson:5: ", "2 of 4 lines", "--skip-damaged"] {
        assert!(ended.stderr.contains(part), "{part} is not in:\n{}", ended.stderr);
    }
    assert!(!folder.path().join("data").exists(), "something was touched");

    let ended = import(folder.path(), &text, &["--skip-damaged"]);
    assert_eq!(ended.stdout, "2 events imported, 2 left out\n", "{}", ended.stderr);
    assert_eq!(delivered(folder.path(), 2), [1, 2]);
}

#[test]
fn a_path_that_cannot_be_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let refused = |part: &str| {
        let ended = import(folder.path(), &line(1), &[]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains(part), "{part} is not in:\n{}", ended.stderr);
        assert!(ended.stderr.contains("nothing was appended"), "{}", ended.stderr);
    };
    std::fs::write(folder.path().join("data"), "a file").expect("it can be written");
    refused("is not a folder");
    std::fs::remove_file(folder.path().join("data")).expect("it is there");

    let backlog = format!("disk:{}", folder.path().join("data").display());
    let (program, client) = open(serve(&["--backlog", &backlog]).with_stdout_unread());
    refused("in use by another process");
    assert_eq!(client.status()["accepted"], 0);
    drop(program);

    let missing = forebay(&["backlog", "import", "data", "no.ndjson"]).start().wait(PATIENCE);
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("no.ndjson"), "{}", missing.stderr);
}
