//! Files of timestamps: three formats, and errors that name the line.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use forebay_sim::{Arrivals, Format, Model, Plan, Replay, RunPlan, SimError, Watch, run, simulate};
use tempfile::TempDir;

fn written(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("arrivals");
    fs::write(&path, text).expect("a file");
    (folder, path)
}

fn opened(text: &str, format: Format) -> Result<Replay, SimError> {
    let (_folder, path) = written(text);
    Replay::open(path, format)
}

fn csv() -> Format {
    Format::Csv { column: "at".to_owned() }
}

fn ndjson() -> Format {
    Format::Ndjson { field: "at".to_owned() }
}

#[test]
fn all_formats_and_units_say_the_same() {
    let log = "h - - [10/Oct/2000:13:55:36 -0700] \"GET /\" 200 1\n\
               h - - [10/Oct/2000:20:55:38 +0000] \"GET /\" 200 1\n\
               h - - [10/Oct/2000:13:55:40 -0700] \"GET / HTTP/1.1\" 200 1 \"-\" \"agent\"\n";
    for (text, format) in [
        ("id,at\n1,10\n2,12\n3,14\n", csv()),
        ("at\n1700000000000\n1700000002000\n1700000004000", csv()),
        ("at\n2026-01-31T12:00:00Z\n2026-01-31T13:00:02+01:00\n2026-01-31T12:00:04Z\n", csv()),
        ("what,at\r\n\"a, b\",1.5\r\n\"c\",3.5\r\n\r\nd,5.5\r\n", csv()),
        ("{\"at\":10}\n{\"at\":12,\"x\":1}\n{\"at\":14.0}\n", ndjson()),
        (
            "{\"at\":\"2026-01-31T12:00:00Z\"}\n{\"at\":\"2026-01-31T12:00:02Z\"}\n\
          {\"at\":\"2026-01-31T12:00:04Z\"}\n",
            ndjson(),
        ),
        (log, Format::AccessLog),
    ] {
        let replay = opened(text, format).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((replay.count(), replay.span()), (3, Duration::from_secs(4)), "{text}");
        assert_eq!(replay.per_s(), 0.5);
    }
}

#[test]
fn a_replay_comes_as_it_is_written_and_then_nothing_more() {
    let (_folder, path) = written("at\n0\n1\n1\n1\n5\n");
    let replay = Replay::open(path, csv()).expect("a file that can be replayed");
    let model = Model { arrivals: Arrivals::Replay(replay), ..Model::two_loops() };
    let plan = RunPlan { horizon: Duration::from_secs(100), ..RunPlan::default() };
    let figures = run(&model, &plan, &Watch::default()).expect("it can be simulated");
    assert_eq!((figures.arrivals, figures.got, figures.final_length), (5, 5, 0));
    assert!(figures.little.holds());
}

#[test]
fn what_cannot_be_replayed_is_refused_with_its_line() {
    for (text, format, line, part) in [
        ("", csv(), ":", "empty"),
        ("", ndjson(), ":", "two or more"),
        ("at\n", csv(), ":", "two or more"),
        ("at\n1\n", csv(), ":", "two or more"),
        ("at\n1\n1\n", csv(), ":", "different times"),
        ("when\n1\n2\n", csv(), ":1:", "no column `at`"),
        ("id,at\n1,5\n2,4.5\n", csv(), ":3:", "0.5 s before"),
        ("id,at\n1,5\n2\n", csv(), ":3:", "no field 2"),
        ("at\n5\nlater\n", csv(), ":3:", "`later` is neither"),
        ("at\n5\nNaN\n", csv(), ":3:", "`NaN` is neither"),
        ("{\"at\":1}\n{\"at\":2}\n{at}\n", ndjson(), ":3:", "no JSON"),
        ("{\"at\":1}\n{\"on\":2}\n", ndjson(), ":2:", "no field `at`"),
        ("{\"at\":1}\n{\"at\":[]}\n", ndjson(), ":2:", "neither a number nor a text"),
        ("h - - GET\n", Format::AccessLog, ":1:", "no time in brackets"),
        ("h - - [yesterday] GET\n", Format::AccessLog, ":1:", "`yesterday` is no time"),
        ("at\n0\n99999999999\n", csv(), ":3:", "hundred years"),
    ] {
        let error = opened(text, format).expect_err(text).to_string();
        assert!(error.contains(line) && error.contains(part), "{text}: {error}");
    }
    let missing = Replay::open("not/there", csv()).expect_err("it is not there").to_string();
    assert!(missing.starts_with("not/there: "), "{missing}");
}

#[test]
fn a_file_of_two_gigabytes_with_a_hole_is_refused_at_the_line_of_the_hole() {
    let (_folder, path) = written("at\n1\n2\n");
    let file = fs::OpenOptions::new().append(true).open(&path).expect("it was just written");
    // Nothing of it is on disk: a read of all of it would find zeros, and no line.
    file.set_len(2 << 30).expect("a file system that has holes");
    let error = Replay::open(path, csv()).expect_err("zeros are no time").to_string();
    assert!(error.contains(":4: longer than a MiB; expected one timestamp a line"), "{error}");
}

#[test]
fn a_file_without_lines_is_refused_before_it_fills_the_memory() {
    let error = opened(&"1".repeat(3 << 20), ndjson()).expect_err("it has no lines").to_string();
    assert!(error.contains(":1: longer than a MiB"), "{error}");
}

#[test]
fn a_file_that_changes_after_it_was_checked_is_an_error_and_no_panic() {
    let (_folder, path) = written("at\n0\n1\n5\n");
    let replay = Replay::open(&path, csv()).expect("a file that can be replayed");
    fs::write(&path, "at\n0\n1\n0.5\n").expect("a file");
    let model = Model { arrivals: Arrivals::Replay(replay), ..Model::two_loops() };
    let error = run(&model, &RunPlan::default(), &Watch::default()).expect_err("it runs backwards");
    assert!(error.to_string().contains(":4: 0.5 s before"), "{error}");
}

#[test]
fn the_load_of_a_replay_is_that_of_the_time_simulated() {
    let (_folder, path) = written("at\n0\n1\n2\n3\n60\n");
    let replay = Replay::open(path, csv()).expect("a file that can be replayed");
    let model = Model { arrivals: Arrivals::Replay(replay), ..Model::two_loops() };
    for (seconds, came) in [(10, 4.0), (60, 5.0), (600, 5.0)] {
        let horizon = Duration::from_secs(seconds);
        let plan = Plan { runs: 2, horizon, ..Plan::default() };
        let report = simulate(&model, &plan, &Watch::default()).expect("it can be simulated");
        let load = came / seconds as f64 * 1.5; // a pause of 1.5 s for each
        assert!((report.verdict.loads[0] - load).abs() < 1e-9, "{:?}", report.verdict);
    }
}
