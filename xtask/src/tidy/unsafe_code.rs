//! Where `unsafe` may stand.

use super::finding::{Finding, Reason};
use super::tree::Tree;

/// Each of them begins with what it relies on, and which tests hold it.
const FILES: [&str; 7] = [
    "bench/field/cells/src/memory.rs", // counts in an allocator of its own
    "crates/forebay/src/queue/ring.rs", // slots that hold an item or not
    "crates/forebay/src/sync/barrier.rs", // a system call
    "crates/forebay/src/sync/biased.rs", // the queue's lock
    "crates/forebay/src/sync/parts.rs", // where the value of a lock lives
    "crates/forebay/tests/main/memory.rs", // counts in an allocator of its own
    "crates/forebay-server/src/memory.rs", // gives memory back to the system
];

const ELSEWHERE: Reason = Reason {
    why: "what is dangerous stands in few files, where everybody looks at it twice",
    fix: "do without; if it must be, put it in a file of its own and name that in tidy/unsafe_code.rs",
};

pub(super) fn unsafe_lives_in_known_files(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust_files().filter(|file| !FILES.contains(&file.path.as_str())) {
        for token in file.tokens.iter().filter(|token| token.text == "unsafe") {
            findings.push(ELSEWHERE.broken(&file.path, token.line, "`unsafe`"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::{FILES, unsafe_lives_in_known_files};

    #[test]
    fn unsafe_is_found_except_where_it_is_known() {
        let code = "// unsafe\n#![expect(unsafe_code)]\nfn a() { unsafe { b() } }";
        let findings = unsafe_lives_in_known_files(&Tree::of(&[("src/a.rs", code)]));
        assert_eq!(findings.iter().map(|finding| finding.line).collect::<Vec<_>>(), [3]);
        assert!(unsafe_lives_in_known_files(&Tree::of(&[(FILES[0], code)])).is_empty());
    }
}
