//! `simulate` answers with figures, a verdict and a picture: the same for the same seed, and bad
//! input is named with what is allowed.

use forebay_testkit::program::{Ended, Signal};
use serde_json::Value;

use crate::start::{PATIENCE, forebay};

fn simulated(args: &[&str]) -> Ended {
    let all: Vec<&str> = ["simulate"].iter().chain(args).copied().collect();
    forebay(&all).start().wait(PATIENCE)
}

fn json(args: &[&str]) -> Value {
    let ended = simulated(args);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).expect("one JSON object and nothing else")
}

#[track_caller]
fn is_refused(args: &[&str], parts: &[&str]) {
    let ended = simulated(args);
    assert_eq!(ended.code, Some(2), "{args:?}: {}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{args:?}: no `{part}` in: {}", ended.stderr);
    }
}

#[test]
fn the_system_has_its_figures_within_their_intervals() {
    let found = json(&["--seed", "1", "--for", "6h", "--runs", "16", "--json"]);
    assert_eq!((&found["seed"], &found["runs"]), (&1.into(), &16.into()));
    assert_eq!(found["horizon_s"], 21_600.0);
    assert_eq!(found["verdict"], "drains");
    for (name, known) in [
        ("up_to_down_s", 4.385),
        ("mean_length", 3.50),
        ("fast_share", 0.2597),
        ("shifts_up_per_hour", 213.16),
        ("mean_wait_s", 3.062),
    ] {
        let figure = &found["figures"][name];
        let bound = |at: usize| figure["ci95"][at].as_f64().expect("a number");
        let slack = 2.0 * (bound(1) - bound(0));
        assert!(bound(0) - slack < known && known < bound(1) + slack, "{name}: {figure}");
        assert!((figure["mean"].as_f64().expect("a number") / known - 1.0).abs() < 0.02, "{name}");
    }
    for name in ["first_shift_up_s", "max_length", "p95_wait_s"] {
        assert!(found["figures"][name]["mean"].as_f64().is_some_and(|mean| mean > 0.0), "{name}");
    }
    let shares = found["length_share"].as_object().expect("an object from length to share");
    let sum: f64 = shares.values().map(|share| share.as_f64().expect("a share")).sum();
    assert!((sum - 1.0).abs() < 1e-6, "{sum}");
}

#[test]
fn the_same_seed_says_the_same_on_one_core_and_on_two() {
    let on = |threads: &str| {
        simulated(&["--seed", "9", "--for", "1h", "--runs", "6", "--json", "--threads", threads])
    };
    let (one, two) = (on("1"), on("2"));
    assert_eq!(one.code, Some(0));
    assert_eq!(one.stdout, two.stdout);
    assert_ne!(one.stdout, simulated(&["--seed", "8", "--for", "1h", "--json"]).stdout);
}

#[test]
fn a_single_run_has_no_interval_and_says_null() {
    let found = json(&["--for", "1h", "--runs", "1", "--json"]);
    assert!(found["figures"]["mean_length"]["mean"].is_number());
    assert!(found["figures"]["mean_length"]["ci95"].is_null(), "{}", found["figures"]);
}

#[test]
fn a_picture_names_its_axes_and_its_finding() {
    let program =
        forebay(&["simulate", "--for", "60s", "--seed", "3", "--plot", "out.svg"]).start();
    assert!(program.stderr().close_within(PATIENCE));
    let picture = std::fs::read_to_string(program.folder().join("out.svg")).expect("a picture");
    for part in ["<svg", "items that wait", "time since the start, s", "shift up above 5", "Drains"]
    {
        assert!(picture.contains(part), "no `{part}`");
    }
    assert_eq!(program.wait(PATIENCE).code, Some(0));

    let program =
        forebay(&["simulate", "--for", "60s", "--runs", "2", "--plot", "out.png"]).start();
    assert!(program.stderr().close_within(PATIENCE));
    let picture = std::fs::read(program.folder().join("out.png")).expect("a picture");
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn a_sweep_tells_every_point_and_the_best() {
    let sweep =
        ["sweep", "--engage", "1..3", "--fast", "300ms,400ms", "--for", "1h", "--runs", "2"];
    let found = json(&[&sweep[..], &["--json"]].concat());
    assert_eq!(found["points"].as_array().expect("points").len(), 6);
    assert_eq!(found["best"]["engage"], "1", "the lower the threshold the shorter the wait");
    assert!(simulated(&sweep).stdout.contains("p99_wait_s"));
}

#[test]
fn a_sweep_says_which_points_it_left_out_and_why() {
    let sweep = ["sweep", "--engage", "1..4", "--release", "0,2", "--for", "1h", "--runs", "2"];
    let ended = simulated(&[&sweep[..], &["--json"]].concat());
    let found: Value = serde_json::from_str(&ended.stdout).expect("one JSON object");
    // Not those that come down at 2 and go up above 1 or 2.
    assert_eq!(found["points"].as_array().expect("points").len(), 6);
    for part in ["2 of 8 points", "--release is 2", "--engage, which is 1", "which is 2"] {
        assert!(ended.stderr.contains(part), "no `{part}` in: {}", ended.stderr);
    }
}

#[test]
fn two_gears_are_told_by_their_names_and_more_by_their_numbers() {
    let told = simulated(&["--for", "1h", "--runs", "2"]).stdout;
    assert!(told.contains("\nslow ") && told.contains("\nfast "), "{told}");
    let told = simulated(&["--for", "1h", "--runs", "2", "--gears", "3"]).stdout;
    assert!(told.contains("\n   2 ") && !told.contains("\nfast "), "{told}");
}

#[test]
fn an_interrupted_plan_tells_the_best_so_far() {
    let long = ["--for", "800h", "--runs", "64", "--limit-events", "1000000000000000"];
    let program = forebay(&[&["simulate", "plan", "--p99-wait", "4s"], &long[..]].concat()).start();
    let patience = std::time::Duration::from_millis(4000);
    assert!(program.runs_for(patience), "{}", program.stderr().text());
    program.signal(Signal::INT);
    let ended = program.wait(PATIENCE);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for part in ["interrupted", "settings were tried"] {
        assert!(ended.stderr.contains(part), "no `{part}` in: {}", ended.stderr);
    }
}

#[test]
fn a_plan_keeps_its_promise_when_it_is_simulated() {
    let plan = json(&["plan", "--p99-wait", "4s", "--for", "3h", "--runs", "4", "--json"]);
    assert_eq!(plan["is_kept"], true, "{plan}");
    let setting = plan["setting"].as_object().expect("a setting");
    let mut args = vec!["--for".to_owned(), "3h".into(), "--runs".into(), "8".into()];
    for (name, value) in setting {
        args.extend([format!("--{name}"), value.as_str().expect("as it is written").to_owned()]);
    }
    args.extend(["--seed".to_owned(), "77".into(), "--json".into()]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let p99 = &json(&args)["figures"]["p99_wait_s"]["mean"];
    assert!(p99.as_f64().is_some_and(|p99| p99 <= 4.0), "{p99}");
}

#[test]
fn serve_takes_what_a_plan_recommends() {
    let plan = json(&["plan", "--p99-wait", "4s", "--for", "3h", "--runs", "4", "--json"]);
    let toml = plan["toml"].as_str().expect("a snippet");
    let check = ["serve", "--config", "forebay.toml", "--check"];
    let ended = forebay(&check).file("forebay.toml", toml).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    // All of it was understood: it is what the check says it would run with.
    let said = ended.stdout;
    let pause_ms = toml.lines().find_map(|line| line.strip_prefix("fast_pause_ms = "));
    let pause = format!("{}ms", pause_ms.expect("a pause"));
    for line in toml.lines().skip(1).filter(|line| !line.contains("pause")) {
        assert!(said.contains(&format!("consumer.{line}")), "{line}: {said}");
    }
    assert!(said.contains("consumer.slow_pause_ms = \"1s500ms\""), "{said}");
    assert!(said.contains(&format!("consumer.fast_pause_ms = \"{pause}\"")), "{said}");
    // The mean pause keeps the promise, too, as the pauses by chance do.
    let setting = &plan["setting"];
    let of = |name: &str| setting[name].as_str().expect("as it is written");
    let mut args = vec!["--slow", "1500ms", "--fast", &pause, "--engage", of("engage")];
    args.extend(["--release", of("release"), "--for", "3h", "--seed", "5", "--json"]);
    let p99 = &json(&args)["figures"]["p99_wait_s"]["mean"];
    assert!(p99.as_f64().is_some_and(|p99| p99 <= 4.0), "{p99}");
}

#[test]
fn a_plan_prefers_the_gentler_of_two_settings_that_keep_the_promise() {
    let args = |wait: &'static str| ["plan", "--p99-wait", wait, "--for", "3h", "--runs", "4"];
    let pressure = |wait| {
        let plan = json(&[&args(wait)[..], &["--json"]].concat());
        plan["pressure_per_s"].as_f64().expect("a number")
    };
    // Who may wait longer is taken more gently; below what comes, 1.14 a second, nothing drains.
    let (strict, loose) = (pressure("3s"), pressure("6s"));
    assert!(1.14 < loose && loose < strict, "{loose}, {strict}");
}

#[test]
fn a_plan_that_nothing_keeps_says_the_nearest() {
    let ended = simulated(&["plan", "--p99-wait", "1ms", "--for", "1h", "--runs", "2"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("The nearest reaches"), "{}", ended.stderr);
}

#[test]
fn a_ceiling_shifts_without_a_tick_that_is_said_and_work_without_time_is_refused() {
    let busy = ["--arrivals", "exp:100ms", "--slow", "0", "--fast", "0", "--service", "exp:300ms"];
    let busy = [&busy[..], &["--style", "get-then-serve", "--workers", "1:8"]].concat();
    for controller in ["combined", "aimd", "gradient"] {
        let args = ["--controller", controller, "--for", "1h", "--runs", "2", "--json"];
        let found = json(&[&busy[..], &args].concat());
        assert_eq!(found["verdict"], "drains", "{controller}: {}", found["reason"]);
        is_refused(&["--controller", controller], &["work under way", "--service"]);
    }
}

#[test]
fn every_example_of_the_helps_can_be_done_but_for_files_that_are_not_there() {
    for words in [&["simulate"][..], &["simulate", "sweep"], &["simulate", "plan"]] {
        let help = forebay(&[words, &["--help"]].concat()).start().wait(PATIENCE).stdout;
        let (_, examples) = help.split_once("Examples:").expect("there are examples");
        let whole = examples.replace("\\\n", " ");
        let lines = whole.lines().map(|line| line.split('#').next().unwrap_or(line).trim());
        let commands: Vec<&str> = lines.filter_map(|line| line.strip_prefix("forebay ")).collect();
        assert!(commands.len() >= 3, "{help}");
        for command in commands.into_iter().filter(|command| !command.contains("--replay")) {
            let args: Vec<&str> = command.split_whitespace().collect();
            // Fewer and shorter runs, where it is not said how long.
            let quick: &[&str] = if args.contains(&"--for") { &[] } else { &["--for", "2h"] };
            let ended =
                forebay(&[&args[..], quick, &["--runs", "4"]].concat()).start().wait(PATIENCE);
            assert_eq!(ended.code, Some(0), "{command}: {}", ended.stderr);
        }
    }
}

#[test]
fn a_plan_refuses_what_it_looks_for_itself() {
    is_refused(&["plan", "--p99-wait", "4s", "--engage", "9"], &["--engage", "itself"]);
}

#[test]
fn what_is_told_has_no_interval_below_nothing_nor_digits_that_nobody_knows() {
    let seldom = ["--arrivals", "exp:3s", "--slow", "const:2s", "--for", "5min", "--runs", "4"];
    let told = simulated(&seldom).stdout;
    assert!(told.starts_with("Drains"), "{told}");
    assert!(!told.contains(" -"), "{told}");
    let steady = ["--arrivals", "const:1s", "--slow", "const:700ms", "--for", "1h", "--runs", "4"];
    let told = simulated(&steady).stdout;
    let line = told.lines().find(|line| line.starts_with("99 of 100")).expect("a percentile");
    assert!(line.ends_with("the same in all runs"), "{line}");
    assert!(!told.contains("workers at the sink"), "{told}");
}

#[test]
fn a_file_that_cannot_be_written_is_said_before_anything_is_simulated() {
    for option in ["--plot=/no/such/folder/x.png", "--csv=/no/such/folder/x.csv"] {
        is_refused(&[option], &["there is no folder /no/such/folder"]);
    }
}

#[test]
fn a_picture_names_what_befalls_the_sink_and_what_was_set() {
    let args = ["--sink", "dead:5min..10min", "--service", "50ms", "--capacity", "5000"];
    let more = ["--when-full", "reject", "--for", "1h", "--runs", "2", "--plot", "out.svg"];
    let program = forebay(&[&["simulate"][..], &args, &more].concat()).start();
    assert!(program.stderr().close_within(PATIENCE));
    let picture = std::fs::read_to_string(program.folder().join("out.svg")).expect("a picture");
    assert_eq!(program.wait(PATIENCE).code, Some(0));
    for part in ["The sink is dead from 5.00 min to 10.0 min", "50ms at the sink", "room for 5000"]
    {
        assert!(picture.contains(part), "no `{part}` in {picture}");
    }
    // The axis is long, the thresholds are close: their labels stand apart all the same.
    let height = |label: &str| -> f64 {
        let (before, _) = picture.split_once(label).expect("a label");
        let (_, y) = before.rsplit_once(" y=\"").expect("its place");
        y.split('"').next().and_then(|y| y.parse().ok()).expect("a number")
    };
    assert!((height("shift up above 5") - height("shift down at 0")).abs() >= 14.0);
}

#[test]
fn impossible_parameters_are_named_with_what_is_allowed() {
    is_refused(&["--slow", "2s..1s"], &["--slow", "below the longest"]);
    is_refused(&["--fast=-5ms"], &["--fast", "-5ms"]);
    is_refused(&["--arrivals", "exp:0s"], &["--arrivals", "1 ns or more"]);
    is_refused(&["--arrivals", "gamma:1s:NaN"], &["--arrivals", "0.001 to 100"]);
    is_refused(&["--workers", "0"], &["--workers", "1 to 100000"]);
    is_refused(&["--for", "NaN"], &["--for"]);
    is_refused(&["--engage", "3", "--release", "3"], &["--release is 3", "0 to 2"]);
    is_refused(&["--engage", "0"], &["--engage", "from 1 to"]);
    is_refused(&["--seed=-1"], &["--seed", "a whole number from 0"]);
    is_refused(&["--runs=-1"], &["--runs", "a whole number from 1 to 1000000"]);
    is_refused(&["--when-full", "reject"], &["--when-full does nothing", "--capacity"]);
}

#[test]
fn a_file_that_cannot_be_replayed_is_named_with_its_line() {
    let replay = |text: &str| {
        let args = ["simulate", "--replay", "times.csv", "--format", "csv:t", "--runs", "2"];
        let ended = forebay(&args).file("times.csv", text).start().wait(PATIENCE);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        ended.stderr
    };
    assert!(replay("t\n1.0\n2.5\n2.0\n").contains("times.csv:4"));
    assert!(replay("t\n1.0\nsoon\n").contains("times.csv:3"));
    assert!(replay("").contains("times.csv: empty"));
    let guessed =
        forebay(&["simulate", "--replay", "times.csv"]).file("times.csv", "t\n1.0\n2.5\n");
    let guessed = guessed.start().wait(PATIENCE).stderr;
    assert!(
        guessed.contains("read as an access log") && guessed.contains("csv:COLUMN"),
        "{guessed}"
    );
    is_refused(&["--replay", "none.csv", "--format", "csv:t"], &["none.csv", "No such file"]);
}

#[test]
fn an_interrupted_run_tells_what_is_done_so_far() {
    let args = [
        "simulate",
        "--for",
        "800000h",
        "--runs",
        "64",
        "--json",
        "--limit-events",
        "1000000000000000",
    ];
    let program = forebay(&args).start();
    assert!(
        program.runs_for(std::time::Duration::from_millis(1500)),
        "{}",
        program.stderr().text()
    );
    program.signal(Signal::INT);
    let ended = program.wait(PATIENCE);
    let found: Value = serde_json::from_str(&ended.stdout).expect("still one JSON object");
    assert_eq!(found["is_partial"], true, "{}", ended.stderr);
}
