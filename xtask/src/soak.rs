//! `cargo xtask soak`: the queue's tests, with everything that chance or timing decides done
//! hundreds of times as often as usual.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::clock::timed;
use crate::command::{cargo, shown};
use crate::failure::Failure;

/// What the tests' own `forebay_testkit::rounds` asks for.
const VARIABLE: &str = "FOREBAY_TEST_ROUNDS";

/// So often that there are a million schedules against the model, and of every wake-up test a
/// million rounds.
const TIMES: u32 = 200;

/// What one of these times costs on two cores that have nothing else to do.
const SECONDS_A_TIME: f64 = 3.0;

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    let times = times_in(args)?;
    let minutes = (f64::from(times) * SECONDS_A_TIME / 60.0).ceil();
    println!("soak: {times} times as often as usual, which takes some {minutes} minutes");
    let mut tally = Tally::default();
    let (outcome, took) = timed(|| test(times, &mut tally));
    println!("soak: in {:.1} minutes these were run:", took.as_secs_f64() / 60.0);
    for (what, rounds) in &tally.rounds {
        println!("{rounds:12} {what}");
    }
    outcome
}

fn times_in(args: &[String]) -> Result<u32, Failure> {
    let hint = || Failure::usage("soak takes nothing or how many times as often, 1 or more");
    match args {
        [] => Ok(TIMES),
        [word] => word.parse().ok().filter(|&times| times > 0).ok_or_else(hint),
        _ => Err(hint()),
    }
}

/// Runs the tests; prints what they say as they say it, and adds up what they did.
fn test(times: u32, tally: &mut Tally) -> Result<(), Failure> {
    let mut command = cargo(&["test", "--package", "forebay", "--locked", "--release"]);
    command.args(["--test", "main", "--", "--show-output"]).env(VARIABLE, times.to_string());
    let line = shown(&command);
    println!("==> {line}");
    let broken = |error| Failure::failed(format!("cannot run `{line}`: {error}"));
    let mut tests = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(broken)?;
    let output = tests.stdout.take().expect("its output is piped");
    for said in BufReader::new(output).lines() {
        let said = said.map_err(broken)?;
        if tally.takes(&said) == Worth::Showing {
            println!("{said}");
        }
    }
    let status = tests.wait().map_err(broken)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::failed(format!("`{line}` failed: {status}")))
    }
}

/// What the tests said they did.
#[derive(Default)]
struct Tally {
    /// How many rounds of what.
    rounds: BTreeMap<String, u64>,
    /// It is the output of tests that passed.
    is_of_a_success: bool,
}

#[derive(Debug, PartialEq)]
enum Worth {
    Showing,
    Nothing,
}

impl Tally {
    /// Takes a line of the tests' output.
    fn takes(&mut self, line: &str) -> Worth {
        if line == "successes:" {
            self.is_of_a_success = true;
        } else if line == "failures:" || line.starts_with("test result:") {
            self.is_of_a_success = false;
        }
        if let Some((rounds, what)) = rounds_in(line) {
            *self.rounds.entry(what.to_owned()).or_default() += rounds;
        }
        if self.is_of_a_success { Worth::Nothing } else { Worth::Showing }
    }
}

/// The form of `forebay_testkit::rounds`.
fn rounds_in(line: &str) -> Option<(u64, &str)> {
    let (rounds, what) = line.strip_prefix("rounds: ")?.split_once(' ')?;
    Some((rounds.parse().ok()?, what))
}

#[cfg(test)]
mod tests {
    use super::{TIMES, Tally, Worth, times_in};

    fn times_of(words: &[&str]) -> Option<u32> {
        times_in(&words.iter().map(ToString::to_string).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn it_is_done_as_often_as_it_is_told() {
        assert_eq!(times_of(&[]), Some(TIMES));
        assert_eq!(times_of(&["3"]), Some(3));
        for wrong in [&["0"][..], &["-1"], &["often"], &["1", "2"]] {
            assert_eq!(times_of(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn what_the_tests_say_they_did_is_added_up() {
        let mut tally = Tally::default();
        for line in ["successes:", "rounds: 600 schedules", "rounds: 7 runs", "rounds: many"] {
            assert_eq!(tally.takes(line), Worth::Nothing);
        }
        for line in ["failures:", "rounds: 600 schedules", "test result: FAILED."] {
            assert_eq!(tally.takes(line), Worth::Showing);
        }
        let rounds: Vec<_> = tally.rounds.into_iter().collect();
        assert_eq!(rounds, [("runs".to_owned(), 7), ("schedules".to_owned(), 1200)]);
    }
}
