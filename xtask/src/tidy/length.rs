//! How long files and functions may be.

use super::finding::{Finding, Reason};
use super::function::functions_in;
use super::tree::Tree;

const FILE_LINES_MAX: usize = 500;
const FILE_LINES_MEDIAN_MAX: usize = 200;
const FUNCTION_LINES_MAX: usize = 70;

const LONG_FILE: Reason = Reason {
    why: "a file has to fit in the head of whoever changes it",
    fix: "split it by noun, into a folder of the same name",
};

const LONG_FUNCTION: Reason = Reason {
    why: "a function has to fit on a screen",
    fix: "keep the branches here and move the loops and the steps down into functions",
};

pub(super) fn files_fit_in_the_head(tree: &Tree) -> Vec<Finding> {
    tree.rust_files()
        .map(|file| (file, file.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(file, lines)| {
            LONG_FILE.broken(&file.path, 0, format!("{lines} lines, at most {FILE_LINES_MAX}"))
        })
        .collect()
}

pub(super) fn functions_fit_on_a_screen(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        for function in functions_in(&file.tokens) {
            let lines = function.line_end - function.line + 1;
            if lines > FUNCTION_LINES_MAX {
                let what =
                    format!("`{}` has {lines} lines, at most {FUNCTION_LINES_MAX}", function.name);
                findings.push(LONG_FUNCTION.broken(&file.path, function.line, what));
            }
        }
    }
    findings
}

/// What to print when the files grow as a whole; nobody has to act on it at once.
pub(super) fn median_warning(tree: &Tree) -> Option<String> {
    let mut lengths: Vec<usize> = tree.rust_files().map(|file| file.lines().count()).collect();
    lengths.sort_unstable();
    let median = *lengths.get(lengths.len() / 2)?;
    (median > FILE_LINES_MEDIAN_MAX)
        .then(|| format!("half of the files have {median} lines or more, aim for less than 200"))
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::{files_fit_in_the_head, functions_fit_on_a_screen, median_warning};

    #[test]
    fn a_file_of_500_lines_is_fine_and_one_of_501_is_not() {
        let (good, bad) = ("\n".repeat(500), "\n".repeat(501));
        assert!(files_fit_in_the_head(&Tree::of(&[("a.rs", &good)])).is_empty());
        assert_eq!(files_fit_in_the_head(&Tree::of(&[("a.rs", &bad)])).len(), 1);
        assert!(files_fit_in_the_head(&Tree::of(&[("a.sql", &bad)])).is_empty());
    }

    #[test]
    fn a_function_of_70_lines_is_fine_and_one_of_71_is_not() {
        let of = |lines: usize| format!("\nfn a() {{{}}}", "\n".repeat(lines - 1));
        assert!(functions_fit_on_a_screen(&Tree::of(&[("a.rs", &of(70))])).is_empty());
        let findings = functions_fit_on_a_screen(&Tree::of(&[("a.rs", &of(71))]));
        assert_eq!(findings[0].line, 2);
        assert_eq!(findings[0].what, "`a` has 71 lines, at most 70");
    }

    #[test]
    fn one_long_file_among_short_ones_is_no_warning() {
        let (short, long) = ("\n".repeat(50), "\n".repeat(300));
        let few = Tree::of(&[("a.rs", &short), ("b.rs", &short), ("c.rs", &long)]);
        assert_eq!(median_warning(&few), None);
        let many = Tree::of(&[("a.rs", &short), ("b.rs", &long), ("c.rs", &long)]);
        assert!(median_warning(&many).is_some());
    }
}
