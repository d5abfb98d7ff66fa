//! One file of the tree: its text, and when it is Rust, its tokens.

use super::finding::{Finding, Reason};
use super::token::{Place, Token, tokens_of};
use super::tree::Tree;

pub(super) struct Source {
    /// From the root of the repository, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// Empty when the file is not Rust.
    pub(super) tokens: Vec<Token>,
    /// Where the Rust in it cannot be read, if so.
    unreadable_at: Option<usize>,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let place = if is_test_path(path) { Place::Test } else { Place::Code };
        let tokens = if path.ends_with(".rs") { tokens_of(text, place) } else { Ok(Vec::new()) };
        let unreadable_at = tokens.as_ref().err().copied();
        let tokens = tokens.unwrap_or_default();
        Self { path: path.to_owned(), text: text.to_owned(), tokens, unreadable_at }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The lines with their numbers, counted from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The file's name without its folders and without what follows the last dot.
    pub(super) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// The testkit is made of tests, or of what only tests call.
fn is_test_path(path: &str) -> bool {
    path.split('/').any(|part| part == "tests") || path.starts_with("crates/forebay-testkit/")
}

const UNREADABLE: Reason = Reason {
    why: "a file that cannot be read escapes every other rule",
    fix: "see what rustc says about it, or remove it",
};

pub(super) fn every_rust_file_can_be_read(tree: &Tree) -> Vec<Finding> {
    let at = |file: &Source| {
        Some(UNREADABLE.broken(&file.path, file.unreadable_at?, "this is not Rust"))
    };
    tree.rust_files().filter_map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::{Source, every_rust_file_can_be_read};

    #[test]
    fn a_file_with_unbalanced_braces_is_found() {
        let good = ("good.rs", "fn whole() { \"}\"; }");
        let bad = ("bad.rs", "\n\nfn half() {");
        let findings = every_rust_file_can_be_read(&Tree::of(&[good, bad]));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].path, "bad.rs");
    }

    #[test]
    fn the_stem_is_what_a_module_is_called() {
        assert_eq!(Source::new("src/http/body.rs", "").stem(), "body");
        assert_eq!(Source::new("LICENSE-MIT", "").stem(), "LICENSE-MIT");
    }
}
