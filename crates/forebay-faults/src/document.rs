//! docs/faults.md: of each row the last run that was written down, those of the short form and those of the
//! long one apart.

use std::fmt::Write as _;

use crate::clock;
use crate::rows::{Form, ROWS};
use crate::sheet::{FAILED, Sheet};

/// Where it is.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md");

const HEAD: &str = "\
| row | fault | injected | acknowledged | what was seen | took | run |
|---|---|---|---|---|---|---|
";

/// Puts what came of some rows in the place of their last run. `again` is what makes them the same again.
///
/// # Errors
/// The document cannot be read or written, or has no place for them.
pub(crate) fn write(form: Form, sheet: &Sheet, again: &str) -> Result<(), String> {
    let told = |error: std::io::Error| format!("{PATH}: {error}");
    let text = std::fs::read_to_string(PATH).map_err(told)?;
    let run = format!("{}, `{again}`", clock::today());
    let lines: Vec<_> = sheet.lines().map(|(row, line)| (row, format!("{line} {run} |"))).collect();
    let renewed = renewed(&text, form, &lines).map_err(|why| format!("{PATH}: {why}"))?;
    std::fs::write(PATH, renewed).map_err(told)
}

/// What stands between these is written by the command.
fn marks(form: Form) -> [String; 2] {
    let name = match form {
        Form::Short => "short",
        Form::Long => "long",
    };
    ["begin", "end"].map(|side| format!("<!-- {name}, written by the command: {side} -->"))
}

fn renewed(text: &str, form: Form, lines: &[(u32, String)]) -> Result<String, String> {
    let [begin, end] = marks(form);
    let missing = || format!("it has not the lines `{begin}` and `{end}`");
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (old, after) = rest.split_once(&end).ok_or_else(missing)?;
    let of_row = |row: u32| {
        let new = lines.iter().find(|(its, _)| *its == row).map(|(_, line)| line.as_str());
        new.or_else(|| old.lines().find(|line| cell(line, 0) == Some(&row.to_string())))
    };
    let lines: Vec<&str> = ROWS.iter().filter_map(|row| of_row(row.number)).collect();
    Ok(format!("{before}{begin}\n\n{}\n{}\n{end}{after}", sentence(&lines), table(&lines)))
}

/// What all of them come to.
fn sentence(lines: &[&str]) -> String {
    let (failed, passed): (Vec<&str>, Vec<&str>) =
        lines.iter().copied().partition(|line| line.contains(FAILED));
    let sum =
        |at| passed.iter().filter_map(|line| cell(line, at)?.parse::<u64>().ok()).sum::<u64>();
    let (faults, acknowledged) = (sum(2), sum(3));
    // A row passes only when nothing is lost, so this is true of those, and says nothing of the others.
    let of_these = if failed.is_empty() { "" } else { " in these" };
    let mut said = format!(
        "{} of {} rows passed. {faults} faults injected, 0 acknowledged events lost of {acknowledged}, 0 unreadable backlogs{of_these}.\n",
        passed.len(),
        ROWS.len()
    );
    if !failed.is_empty() {
        let _ = writeln!(said, "\n{FAILED}: {} rows.", failed.len());
    }
    said
}

fn table(lines: &[&str]) -> String {
    lines.iter().fold(HEAD.to_owned(), |table, line| format!("{table}{line}\n"))
}

/// What stands in a cell of a line.
fn cell(line: &str, at: usize) -> Option<&str> {
    line.strip_prefix('|')?.split('|').nth(at).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "text\n<!-- long, written by the command: begin -->\n<!-- long, written by the command: end -->\nmore\n";

    fn line(row: u32, faults: u64, seen: &str) -> (u32, String) {
        (row, format!("| {row} | it | {faults} | 10 | {seen} | 1.0 s | today, `--seed 1` |"))
    }

    #[test]
    fn a_row_that_is_run_again_takes_the_place_of_its_last_run_and_the_others_stay() {
        let first = renewed(EMPTY, Form::Long, &[line(2, 5, "old"), line(1, 7, "kept")]).unwrap();
        let text = renewed(&first, Form::Long, &[line(2, 6, "new")]).unwrap();
        assert!(text.starts_with("text\n") && text.ends_with("\nmore\n"), "{text}");
        assert!(text.contains("2 of") && text.contains("13 faults injected"), "{text}");
        assert!(text.contains("lost of 20,"), "{text}");
        assert!(!text.contains("old") && text.find("kept") < text.find("new"), "{text}");
        assert_eq!(renewed(&text, Form::Long, &[]).unwrap(), text);
    }

    #[test]
    fn a_row_that_failed_is_said_to_have_and_does_not_count() {
        let failed = line(1, 7, &format!("{FAILED}: an event is missing"));
        let text = renewed(EMPTY, Form::Long, &[failed, line(2, 5, "")]).unwrap();
        assert!(
            text.contains("5 faults injected")
                && text.contains("backlogs in these.")
                && text.contains("**FAILED**: 1 rows"),
            "{text}"
        );
    }

    #[test]
    fn a_document_without_a_place_for_the_form_is_refused() {
        assert!(renewed(EMPTY, Form::Short, &[]).unwrap_err().contains("short, written"));
    }
}
