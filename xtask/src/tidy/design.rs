//! What a design record must say.

use super::finding::{Finding, Reason};
use super::source::Source;
use super::tree::Tree;

const HEADINGS: [&str; 5] =
    ["Decision", "Why", "Not chosen", "Evidence", "What would change our mind"];

const INCOMPLETE: Reason = Reason {
    why: "a record without its reasons has to be argued all over again",
    fix: "give it this heading, as `## ` and in these words, and say it in a few lines",
};

pub(super) fn designs_have_their_headings(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| is_design(file)) {
        let headings: Vec<&str> =
            file.lines().filter_map(|(_, text)| text.strip_prefix("## ")).map(str::trim).collect();
        for heading in HEADINGS.iter().filter(|heading| !headings.contains(heading)) {
            findings.push(INCOMPLETE.broken(&file.path, 0, format!("lacks `## {heading}`")));
        }
    }
    findings
}

/// `docs/design/NNNN-title.md`; other files in the folder explain it.
fn is_design(file: &Source) -> bool {
    let name = file.path.strip_prefix("docs/design/").unwrap_or_default();
    name.ends_with(".md") && name.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::designs_have_their_headings;

    #[test]
    fn each_missing_heading_is_found() {
        let whole = "# Why two gears\n## Decision\n## Why\n## Not chosen\n## Evidence\n\
                     ## What would change our mind\n";
        let findings =
            |text: &str| designs_have_their_headings(&Tree::of(&[("docs/design/0002-a.md", text)]));
        assert!(findings(whole).is_empty());
        let found = findings(&whole.replace("## Evidence\n", ""));
        assert_eq!(found[0].what, "lacks `## Evidence`");
        assert_eq!(found.len(), 1);
    }
}
