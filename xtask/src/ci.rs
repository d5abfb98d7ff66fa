//! `cargo xtask ci`: every check besides the tests, each with its time, and what came of it.
//!
//! A failing check does not stop the ones behind it: one run shows everything there is to mend.
//! The summary has a line for each check. Miri, ThreadSanitizer and the fuzzer are not among them:
//! they need a nightly toolchain, and minutes. Of the models it runs the small ones, of the fuzzer's
//! plans the seeds and some random ones, of the faults the short form.

use std::fmt;
use std::time::Duration;

use crate::clock::timed;
use crate::failure::{Failure, no_arguments};
use crate::{Work, deny, docs, faults, fuzz, layers, lint, model, tidy};

/// The quick ones first, so that a slip is seen in seconds.
const CHECKS: [(&str, Work); 10] = [
    ("fmt", lint::run_fmt),
    ("tidy", tidy::run),
    ("layers", layers::run),
    ("clippy", lint::run_clippy),
    ("docs", docs::run),
    ("deny", deny::run),
    ("model", model::run_small),
    ("field", lint::run_field),
    ("fuzz", fuzz::run_seeds),
    ("faults", faults::run_short),
];

enum Verdict {
    Passed,
    Failed(String),
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
        let (verdict, took) = timed(|| verdict_of(*chore));
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

fn verdict_of(chore: Work) -> Verdict {
    match chore(&[]) {
        Ok(()) => Verdict::Passed,
        Err(failure) => Verdict::Failed(failure.to_string()),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        match &self.verdict {
            Verdict::Passed => write!(f, "{:8} ok in {seconds:.1} s", self.check),
            Verdict::Failed(why) => write!(f, "{:8} FAILED in {seconds:.1} s: {why}", self.check),
        }
    }
}

fn summary(reports: &[Report]) -> String {
    let lines = reports.iter().map(|report| format!("{report}\n")).collect::<String>();
    let took: Duration = reports.iter().map(|report| report.took).sum();
    format!("\nchecks, besides the tests\n{lines}took {:.1} s\n", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Report, Verdict, summary};

    fn report(check: &'static str, verdict: Verdict) -> Report {
        Report { check, verdict, took: Duration::from_millis(1250) }
    }

    #[test]
    fn the_summary_has_a_line_for_each_check() {
        let text = summary(&[
            report("fmt", Verdict::Passed),
            report("tidy", Verdict::Failed("3 findings".to_owned())),
        ]);
        assert!(text.contains("fmt      ok in 1.2 s\n"), "{text}");
        assert!(text.contains("tidy     FAILED in 1.2 s: 3 findings\n"), "{text}");
        assert!(text.ends_with("took 2.5 s\n"), "{text}");
    }
}
