//! Where a file may not say it comes from: the machine it was written on.

use super::finding::{Finding, Reason};
use super::tree::Tree;

/// Folders that exist on somebody's machine only.
const FOLDERS: [&str; 4] = ["home", "root", "work", "Users"];

/// Where packages come from is the business of the machine that builds.
///
/// Each in two halves, so that this file does not name them either.
const PACKAGE_SOURCES: [(&str, &str); 6] = [
    ("crates", ".io"),
    ("replace", "-with"),
    ("debian", ".org"),
    ("hosted", ".org"),
    ("npmjs", ".org"),
    ("golang", ".org"),
];

/// Cargo writes these.
const EXCEPT: [&str; 4] =
    ["Cargo.lock", "bench/clients/Cargo.lock", "bench/field/Cargo.lock", "fuzz/Cargo.lock"];

const MACHINE: Reason = Reason {
    why: "it exists on one machine, and tells everybody else about it",
    fix: "write a path from the root of the repository, or take it from the environment",
};

pub(super) fn no_file_knows_its_machine(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| !EXCEPT.contains(&file.path.as_str())) {
        for (line, text) in file.lines() {
            let folders = FOLDERS.map(|name| format!("/{name}/"));
            let folder = folders.into_iter().find(|folder| starts_a_path(text, folder));
            let sources = PACKAGE_SOURCES.map(|(name, rest)| format!("{name}{rest}"));
            let source = sources.into_iter().find(|source| text.contains(source));
            for found in folder.into_iter().chain(source) {
                findings.push(MACHINE.broken(&file.path, line, format!("`{found}`")));
            }
        }
    }
    findings
}

/// At the root, and not in the middle of a longer path, which is a path inside something.
fn starts_a_path(text: &str, folder: &str) -> bool {
    text.match_indices(folder).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.' | '/' | '}'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::no_file_knows_its_machine;

    fn findings(text: &str) -> usize {
        no_file_knows_its_machine(&Tree::of(&[("docs/a.md", text)])).len()
    }

    #[test]
    fn a_folder_of_one_machine_is_found() {
        let [home, root, users] = ["home", "root", "Users"].map(|name| format!("/{name}/"));
        assert_eq!(findings(&format!("see {home}me/notes")), 1);
        assert_eq!(findings(&format!("`{root}.cargo/bin` and \"{home}main\"")), 1);
        assert_eq!(findings(&format!("a\nb={users}me/a\nb")), 1);
    }

    #[test]
    fn a_folder_of_every_machine_is_fine() {
        assert_eq!(findings("/usr/lib/postgresql and crates/a and www/ho/me/a"), 0);
    }

    #[test]
    fn a_package_source_is_found() {
        assert_eq!(findings(concat!("[source.a]\nreplace", "-with = \"mirror\"")), 1);
        assert_eq!(findings("https://docs.rs/forebay"), 0);
    }
}
