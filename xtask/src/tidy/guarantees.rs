//! What `docs/guarantees.md` must keep: each promise names the tests that hold it, and they exist.

use super::finding::{Finding, Reason};
use super::function::functions_in;
use super::token::Place;
use super::tree::Tree;

const PATH: &str = "docs/guarantees.md";

/// What a promise says instead of a test while its part of the system does not exist.
const NOT_YET: &str = "not yet";

const NO_TEST: Reason = Reason {
    why: "a promise without a test is a hope",
    fix: "name a test in backticks in the column of tests, or say `not yet` there and why",
};

const GONE: Reason = Reason {
    why: "whoever wants to see the promise kept looks for this test",
    fix: "write the name the test has now, or write the test",
};

/// One line of the table: where it stands, and what is in its column of tests.
struct Promise<'a> {
    line: usize,
    tests: &'a str,
}

pub(super) fn every_promise_has_a_test(tree: &Tree) -> Vec<Finding> {
    let without = |promise: &Promise<'_>| {
        names_in(promise.tests).next().is_none() && !promise.tests.to_lowercase().contains(NOT_YET)
    };
    let promises = promises_in(tree).into_iter().filter(without);
    promises.map(|promise| NO_TEST.broken(PATH, promise.line, "no test is named here")).collect()
}

pub(super) fn every_named_test_exists(tree: &Tree) -> Vec<Finding> {
    let promises = promises_in(tree);
    let named = promises
        .iter()
        .flat_map(|promise| names_in(promise.tests).map(move |name| (promise.line, name)));
    named
        .filter(|(_, name)| !is_a_test(tree, name))
        .map(|(line, name)| GONE.broken(PATH, line, format!("there is no test `{name}`")))
        .collect()
}

/// A function with a test's attribute, or, since macros may add that, any function among tests.
fn is_a_test(tree: &Tree, name: &str) -> bool {
    tree.rust_files().any(|file| {
        file.tokens.iter().any(|token| token.text == name)
            && functions_in(&file.tokens).iter().any(|function| {
                function.name == name && (function.is_test || function.place == Place::Test)
            })
    })
}

/// The rows of every table that has a column of tests.
fn promises_in(tree: &Tree) -> Vec<Promise<'_>> {
    let mut promises = Vec::new();
    let mut column = None;
    for (line, text) in tree.file(PATH).into_iter().flat_map(|file| file.lines()) {
        let cells: Vec<&str> = text.trim().trim_matches('|').split('|').map(str::trim).collect();
        if !text.trim_start().starts_with('|') {
            column = None;
        } else if let Some(column) = column {
            let tests = cells.get::<usize>(column).copied().unwrap_or_default();
            let is_rule = tests.chars().all(|c| matches!(c, '-' | ':')) && !tests.is_empty();
            if !is_rule {
                promises.push(Promise { line, tests });
            }
        } else {
            column = cells.iter().position(|cell| cell.to_lowercase().contains("test"));
        }
    }
    promises
}

/// The names in backticks, each without the path before it.
fn names_in(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2).map(|name| name.rsplit("::").next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::{PATH, every_named_test_exists, every_promise_has_a_test};

    const TESTS: &str = "#[test] fn puts_never_wait() {} fn a_model() {}";
    const CODE: &str = "pub fn put() {} #[cfg(test)] mod tests { #[test] fn cancels() {} }";

    fn tree(cell: &str) -> Tree {
        let table =
            format!("Text.\n\n| promise | tests | where |\n|---|:--|---|\n| a | {cell} | b |");
        Tree::of(&[
            (PATH, &table),
            ("crates/a/tests/main/a.rs", TESTS),
            ("crates/a/src/a.rs", CODE),
        ])
    }

    #[test]
    fn a_promise_without_a_test_is_found() {
        assert_eq!(every_promise_has_a_test(&tree("")).len(), 1);
        assert_eq!(every_promise_has_a_test(&tree("surely"))[0].line, 5);
        assert!(every_promise_has_a_test(&tree("`puts_never_wait`")).is_empty());
        assert!(every_promise_has_a_test(&tree("not yet: no disk")).is_empty());
    }

    #[test]
    fn a_test_that_does_not_exist_is_found() {
        let findings = every_named_test_exists(&tree("`puts_never_wait`, `gets_never_wait`"));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].what, "there is no test `gets_never_wait`");
        assert_eq!(every_named_test_exists(&tree("`put`")).len(), 1, "code is not a test");
    }

    #[test]
    fn tests_in_files_and_below_code_exist() {
        assert!(every_named_test_exists(&tree("`a::puts_never_wait` `a_model`")).is_empty());
        assert!(every_named_test_exists(&tree("`cancels`")).is_empty());
    }
}
