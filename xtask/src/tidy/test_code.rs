//! What a test may not do: be skipped, sleep, or be a program of its own.

use std::collections::BTreeMap;

use super::finding::{Finding, Reason};
use super::token::{Place, Token, is_attribute_with};
use super::tree::Tree;

const IGNORED: Reason = Reason {
    why: "a test that nobody runs holds no promise",
    fix: "make it quick and certain enough to run every time, or delete it",
};

const SLEEPS: Reason = Reason {
    why: "a test that sleeps is slow on a good day and wrong on a bad one",
    fix: "poll by hand, wait for a signal, or pass the time in as an argument",
};

const MANY_PROGRAMS: Reason = Reason {
    why: "each file directly in tests/ is linked as a program of its own, which takes seconds",
    fix: "move it to tests/main/ and name it in tests/main.rs",
};

/// `loom.rs` is built with another configuration than everything else.
const TEST_PROGRAMS: [&str; 1] = ["main"];

pub(super) fn nothing_is_ignored(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        for at in (0..file.tokens.len()).filter(|at| is_ignore(&file.tokens[*at..])) {
            let line = file.tokens[at].line;
            findings.push(IGNORED.broken(&file.path, line, "a test is ignored"));
        }
        for (line, text) in file.lines() {
            let text = text.trim_start();
            let is_doc = text.starts_with("///") || text.starts_with("//!");
            let is_skipped = text.contains("```ignore") || text.contains("```rust,ignore");
            if is_doc && is_skipped {
                findings.push(IGNORED.broken(&file.path, line, "an example is ignored"));
            }
        }
    }
    findings
}

/// Not under Miri is fine: it has no sockets and no files, and everybody runs the test elsewhere.
fn is_ignore(tokens: &[Token]) -> bool {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let plain = word(0) == "#" && word(1) == "[" && word(2) == "ignore";
    plain || is_attribute_with(tokens, "cfg_attr", "ignore") && word(4) != "miri"
}

pub(super) fn no_test_sleeps(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files() {
        for pair in file.tokens.windows(2) {
            let [name, open] = pair else { continue };
            let is_call = open.text == "(" && name.place == Place::Test;
            if is_call && matches!(name.text.as_str(), "sleep" | "sleep_until" | "sleep_ms") {
                findings.push(SLEEPS.broken(&file.path, name.line, "a test sleeps"));
            }
        }
    }
    findings
}

pub(super) fn a_crate_has_one_test_program(tree: &Tree) -> Vec<Finding> {
    let mut programs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in tree.rust_files() {
        let Some((folder, name)) = file.path.rsplit_once('/') else {
            continue;
        };
        if folder.ends_with("/tests") && !folder.contains("/src/") {
            programs.entry(name).or_default().push(&file.path);
        }
    }
    let allowed = TEST_PROGRAMS.map(|name| format!("{name}.rs"));
    let others = programs.into_iter().filter(|(name, _)| !allowed.iter().any(|file| file == name));
    let paths = others.flat_map(|(_, paths)| paths);
    paths.map(|path| MANY_PROGRAMS.broken(path, 0, "one more test program")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Finding;
    use super::super::tree::Tree;
    use super::{a_crate_has_one_test_program, no_test_sleeps, nothing_is_ignored};

    fn count(rule: fn(&Tree) -> Vec<Finding>, path: &str, code: &str) -> usize {
        rule(&Tree::of(&[(path, code)])).len()
    }

    #[test]
    fn an_ignored_test_is_found_whatever_the_reason() {
        let of = |code: &str| count(nothing_is_ignored, "src/a.rs", code);
        assert_eq!(of("#[test] #[ignore = \"slow\"] fn a() {}"), 1);
        assert_eq!(of("#[cfg_attr(windows, ignore)] fn a() {}"), 1);
        assert_eq!(of("/// ```ignore\n/// a\n/// ```\nfn a() {}"), 1);
    }

    #[test]
    fn a_test_that_only_miri_passes_over_is_fine() {
        let of = |code: &str| count(nothing_is_ignored, "src/a.rs", code);
        assert_eq!(of("#[test] #[cfg_attr(miri, ignore = \"starts a server\")] fn a() {}"), 0);
        assert_eq!(of("/// ```no_run\n/// ```\nfn ignore() {}"), 0);
    }

    #[test]
    fn a_sleep_is_found_in_tests_only() {
        let sleep = "fn a() { tokio::time::sleep(PAUSE).await; }";
        assert_eq!(count(no_test_sleeps, "crates/a/tests/main/a.rs", sleep), 1);
        assert_eq!(count(no_test_sleeps, "crates/a/src/demo.rs", sleep), 0);
        let inside = format!("#[cfg(test)] mod tests {{ {sleep} }}");
        assert_eq!(count(no_test_sleeps, "crates/a/src/demo.rs", &inside), 1);
        assert_eq!(count(no_test_sleeps, "crates/a/tests/main.rs", "fn a() { \"sleep(\"; }"), 0);
    }

    #[test]
    fn a_second_file_directly_in_tests_is_found() {
        let of = |path: &str| count(a_crate_has_one_test_program, path, "");
        assert_eq!(of("crates/a/tests/main.rs"), 0);
        assert_eq!(of("crates/a/tests/main/order.rs"), 0);
        assert_eq!(of("crates/a/tests/order.rs"), 1);
    }
}
