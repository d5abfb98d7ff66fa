//! What a run of rows came to: lines as it goes, then a table and one sentence.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::oracle::Verdict;
use crate::rows::Row;

/// What stands in the line of a row that failed.
pub(crate) const FAILED: &str = "**FAILED**";

/// What one row found.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Findings {
    /// How many faults were injected.
    pub(crate) faults: u64,
    /// Events that were acknowledged.
    pub(crate) acknowledged: u64,
    /// What else was counted or measured, in words.
    pub(crate) figures: Vec<String>,
}

impl Findings {
    /// So many faults, and nothing else yet.
    pub(crate) fn of(faults: u64) -> Self {
        Self { faults, ..Self::default() }
    }

    /// Adds what the oracle said.
    pub(crate) fn add(&mut self, verdict: &Verdict) {
        self.acknowledged += verdict.acknowledged;
    }

    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.faults += other.faults;
        self.acknowledged += other.acknowledged;
        self.figures.extend(other.figures);
        self
    }

    /// Adds a figure.
    pub(crate) fn figure(mut self, figure: impl Into<String>) -> Self {
        self.figures.push(figure.into());
        self
    }
}

/// A row that was run.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    number: u32,
    fault: &'static str,
    took_s: f64,
    #[serde(flatten)]
    findings: Findings,
    /// Why it failed, if it did.
    failure: Option<String>,
}

/// All that were run.
#[derive(Debug, Serialize)]
pub(crate) struct Sheet {
    /// What to type to repeat it.
    command: String,
    seed: u64,
    entries: Vec<Entry>,
}

impl Sheet {
    pub(crate) fn new(command: String, seed: u64) -> Self {
        Self { command, seed, entries: Vec::new() }
    }

    /// Takes in what became of a row.
    pub(crate) fn add(&mut self, row: &Row, took: Duration, outcome: Result<Findings, String>) {
        let (findings, failure) = match outcome {
            Ok(findings) => (findings, None),
            Err(why) => (Findings::default(), Some(why)),
        };
        let took_s = took.as_secs_f64();
        self.entries.push(Entry {
            number: row.number,
            fault: row.fault,
            took_s,
            findings,
            failure,
        });
    }

    /// The line of the row that was added last.
    pub(crate) fn last_line(&self) -> String {
        self.entries.last().map_or_else(String::new, Entry::line)
    }

    /// Which rows failed.
    pub(crate) fn failed(&self) -> Vec<u32> {
        let failed = self.entries.iter().filter(|entry| entry.failure.is_some());
        failed.map(|entry| entry.number).collect()
    }

    /// The one sentence.
    pub(crate) fn sentence(&self) -> String {
        let faults: u64 = self.entries.iter().map(|entry| entry.findings.faults).sum();
        let acknowledged: u64 = self.entries.iter().map(|entry| entry.findings.acknowledged).sum();
        let failed = self.failed();
        if failed.is_empty() {
            format!(
                "{faults} faults injected, 0 acknowledged events lost of {acknowledged}, 0 unreadable backlogs"
            )
        } else {
            let rows: Vec<String> = failed.iter().map(ToString::to_string).collect();
            format!(
                "{faults} faults injected in the rows that passed; FAILED: row {}",
                rows.join(", ")
            )
        }
    }

    /// How to get the same again.
    pub(crate) fn command(&self) -> &str {
        &self.command
    }

    /// The table, for people.
    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from(
            "| row | fault | injected | acknowledged | what was seen | took |\n|---|---|---|---|---|---|\n",
        );
        for (_, line) in self.lines() {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// The lines of that table, by the numbers of their rows.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (u32, String)> {
        self.entries.iter().map(|entry| (entry.number, entry.table_line()))
    }

    /// The same, for programs.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("it has only names, figures and text")
    }
}

impl Entry {
    fn table_line(&self) -> String {
        let Self { number, fault, took_s, findings, failure } = self;
        let seen = match failure {
            Some(why) => format!("{FAILED}: {}", one_line(why)),
            None => findings.figures.join("; "),
        };
        let Findings { faults, acknowledged, .. } = findings;
        format!("| {number} | {fault} | {faults} | {acknowledged} | {seen} | {took_s:.1} s |")
    }

    fn line(&self) -> String {
        let Self { number, fault, took_s, findings, failure } = self;
        match failure {
            Some(why) => format!("row {number:2}  FAILED in {took_s:.1} s: {fault}: {why}"),
            None => format!(
                "row {number:2}  ok in {took_s:.1} s: {fault}: {} faults, {} acknowledged; {}",
                findings.faults,
                findings.acknowledged,
                findings.figures.join("; ")
            ),
        }
    }
}

/// A cell of a table has no lines and no bars.
fn one_line(text: &str) -> String {
    let text: String = text.chars().take(300).collect();
    text.replace('\n', " ").replace('|', "/")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Findings, Sheet};
    use crate::rows::ROWS;

    #[test]
    fn a_row_that_fails_is_named_and_never_counted_as_passed() {
        let mut sheet = Sheet::new("cargo xtask faults --seed 1".to_owned(), 1);
        sheet.add(&ROWS[0], Duration::from_secs(1), Ok(Findings::of(3).figure("a figure")));
        assert!(sheet.sentence().starts_with("3 faults injected, 0 acknowledged events lost"));
        sheet.add(&ROWS[1], Duration::from_secs(1), Err("one | is\nlost".to_owned()));
        assert_eq!(sheet.failed(), [ROWS[1].number]);
        assert!(sheet.sentence().contains("FAILED"), "{}", sheet.sentence());
        assert!(sheet.markdown().contains("**FAILED**: one / is lost |"), "{}", sheet.markdown());
        assert!(sheet.json().contains("\"failure\": \"one | is\\nlost\""));
    }
}
