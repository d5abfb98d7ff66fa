//! `cargo xtask ci`: every check besides the tests, each with its time, and what came of it.
//!
//! A failing check does not stop the ones behind it: one run shows everything there is to mend.
//! The summary has the form of `cargo test`, a line for each check and one for all of them.

use std::fmt;
use std::time::Duration;

use crate::clock::timed;
use crate::failure::{Failure, no_arguments};
use crate::{Work, deny, docs, layers, lint, miri, model, tidy};

/// The quick ones first, so that a slip is seen in seconds.
const CHECKS: [(&str, Work); 8] = [
    ("fmt", lint::run_fmt),
    ("tidy", tidy::run),
    ("layers", layers::run),
    ("clippy", lint::run_clippy),
    ("docs", docs::run),
    ("deny", deny::run),
    ("model", model::run),
    ("miri", miri::run),
];

enum Verdict {
    Passed,
    Failed(String),
    Skipped(&'static str),
}

struct Report {
    check: &'static str,
    verdict: Verdict,
    took: Duration,
}

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let mut reports = Vec::new();
    for (number, (check, chore)) in CHECKS.iter().enumerate() {
        println!("\ncheck {} of {}: {check}", number + 1, CHECKS.len());
        let (verdict, took) = timed(|| verdict_of(check, *chore));
        let report = Report { check, verdict, took };
        println!("{report}");
        reports.push(report);
    }
    print!("{}", summary(&reports));
    match reports.iter().filter(|report| matches!(report.verdict, Verdict::Failed(_))).count() {
        0 => Ok(()),
        failed => Err(Failure::failed(format!("{failed} of {} checks failed", reports.len()))),
    }
}

fn verdict_of(check: &str, chore: Work) -> Verdict {
    if check == "miri" && !miri::is_present() {
        return Verdict::Skipped("miri: not on this machine");
    }
    match chore(&[]) {
        Ok(()) => Verdict::Passed,
        Err(failure) => Verdict::Failed(failure.to_string()),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        match &self.verdict {
            Verdict::Passed => write!(f, "test ci::{} ... ok <{seconds:.1}s>", self.check),
            Verdict::Failed(_) => write!(f, "test ci::{} ... FAILED <{seconds:.1}s>", self.check),
            Verdict::Skipped(why) => write!(f, "test ci::{} ... ignored, {why}", self.check),
        }
    }
}

fn summary(reports: &[Report]) -> String {
    let (mut passed, mut failed, mut skipped, mut took) = (0, 0, 0, Duration::ZERO);
    let mut text = format!("\nrunning {} checks\n", reports.len());
    let mut failures = String::new();
    for report in reports {
        text.push_str(&format!("{report}\n"));
        took += report.took;
        match &report.verdict {
            Verdict::Passed => passed += 1,
            Verdict::Skipped(_) => skipped += 1,
            Verdict::Failed(why) => {
                failed += 1;
                failures.push_str(&format!("    {}: {why}\n", report.check));
            }
        }
    }
    if failed > 0 {
        text.push_str(&format!("\nfailures:\n{failures}"));
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    text.push_str(&format!(
        "\ntest result: {word}. {passed} passed; {failed} failed; {skipped} ignored; 0 measured; \
         0 filtered out; finished in {:.2}s\n",
        took.as_secs_f64()
    ));
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Report, Verdict, summary};

    fn report(check: &'static str, verdict: Verdict) -> Report {
        Report { check, verdict, took: Duration::from_millis(1250) }
    }

    #[test]
    fn the_summary_has_a_line_for_each_check_and_one_for_all() {
        let text = summary(&[
            report("fmt", Verdict::Passed),
            report("miri", Verdict::Skipped("miri: not on this machine")),
        ]);
        assert!(text.contains("test ci::fmt ... ok <1.2s>\n"), "{text}");
        assert!(text.contains("test ci::miri ... ignored, miri: not on this machine\n"), "{text}");
        assert!(text.contains("test result: ok. 1 passed; 0 failed; 1 ignored;"), "{text}");
        assert!(text.ends_with("finished in 2.50s\n"), "{text}");
    }

    #[test]
    fn one_failed_check_fails_the_whole_and_says_why() {
        let text = summary(&[
            report("tidy", Verdict::Failed("3 findings".to_owned())),
            report("fmt", Verdict::Passed),
        ]);
        assert!(text.contains("test ci::tidy ... FAILED"), "{text}");
        assert!(text.contains("    tidy: 3 findings\n"), "{text}");
        assert!(text.contains("test result: FAILED. 1 passed; 1 failed; 0 ignored;"), "{text}");
    }
}
