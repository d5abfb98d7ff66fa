//! Which documents there must be, how long they may be, and that the map shows every member.

use super::finding::{Finding, Reason};
use super::source::Source;
use super::tree::Tree;

/// A `*` stands for the rest of a name.
const REQUIRED: [&str; 8] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "docs/guarantees.md",
    "docs/design/0001-*",
];

const MISSING: Reason =
    Reason { why: "somebody will look for it there", fix: "write it; a few true lines will do" };

const LINES_MAX: [(&str, usize); 2] = [("README.md", 120), ("ARCHITECTURE.md", 250)];

const LONG: Reason = Reason {
    why: "it is read by people who have not decided yet whether to read on",
    fix: "move what not everybody needs into docs/",
};

const MAP: &str = "ARCHITECTURE.md";

const NOT_ON_THE_MAP: Reason = Reason {
    why: "whoever looks for a part starts at the code map",
    fix: "add it to the section `Code map` of ARCHITECTURE.md, in the order an item passes",
};

pub(super) fn required_documents_exist(tree: &Tree) -> Vec<Finding> {
    let is_there = |required: &str| match required.split_once('*') {
        None => tree.file(required).is_some(),
        Some((start, _)) => tree.files.iter().any(|file| file.path.starts_with(start)),
    };
    let missing = REQUIRED.iter().filter(|required| !is_there(required));
    missing.map(|required| MISSING.broken(required, 0, "this document is missing")).collect()
}

pub(super) fn documents_stay_short(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, lines_max) in LINES_MAX {
        let lines = tree.file(path).map_or(0, |file| file.lines().count());
        if lines > lines_max {
            findings.push(LONG.broken(path, 0, format!("{lines} lines, at most {lines_max}")));
        }
    }
    findings
}

pub(super) fn the_code_map_names_every_member(tree: &Tree) -> Vec<Finding> {
    let Some(map) = tree.file(MAP) else {
        return Vec::new();
    };
    let shown = section(map, "code map");
    let members = tree.files.iter().filter_map(|file| file.path.strip_suffix("/Cargo.toml"));
    members
        .filter(|member| {
            let folder = member.rsplit('/').next().unwrap_or(member);
            !shown.iter().any(|line| words_of(line).any(|word| word == folder))
        })
        .map(|member| NOT_ON_THE_MAP.broken(MAP, 0, format!("the code map lacks `{member}`")))
        .collect()
}

/// The lines below the heading that has `title` in it, up to the next heading of its rank.
fn section<'a>(file: &'a Source, title: &str) -> Vec<&'a str> {
    let rank = |line: &str| line.chars().take_while(|c| *c == '#').count();
    let mut lines = file.lines().map(|(_, text)| text);
    let heading = lines.find(|text| rank(text) > 0 && text.to_lowercase().contains(title));
    let Some(heading) = heading else {
        return Vec::new();
    };
    lines.take_while(|text| rank(text) == 0 || rank(text) > rank(heading)).collect()
}

/// Split so that `crates/forebay-backlog/` has the words `crates` and `forebay-backlog`.
fn words_of(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::{
        REQUIRED, documents_stay_short, required_documents_exist, the_code_map_names_every_member,
    };

    #[test]
    fn a_missing_document_is_found() {
        let there = |paths: &[&str]| {
            let samples: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
            required_documents_exist(&Tree::of(&samples)).len()
        };
        let mut paths = REQUIRED.to_vec();
        let last = paths.len() - 1;
        assert_eq!(there(&paths[..last]), 1);
        paths[last] = "docs/design/0001-words.md";
        assert_eq!(there(&paths), 0);
    }

    #[test]
    fn a_readme_of_120_lines_is_fine_and_one_of_121_is_not() {
        let findings = |lines: usize| {
            documents_stay_short(&Tree::of(&[("README.md", &"\n".repeat(lines))])).len()
        };
        assert_eq!(findings(120), 0);
        assert_eq!(findings(121), 1);
    }

    #[test]
    fn a_member_that_is_not_in_the_code_map_is_found() {
        let members = [("crates/forebay/Cargo.toml", ""), ("bench/Cargo.toml", "")];
        let findings = |map: &str| {
            let tree = Tree::of(&[members[0], members[1], ("ARCHITECTURE.md", map)]);
            the_code_map_names_every_member(&tree).len()
        };
        assert_eq!(findings("# A\n## Code map\n- `crates/forebay`: x\n### More\n`bench/`"), 0);
        assert_eq!(findings("# A\n## Code map\n- `crates/forebay-cli`\n## Next\nbench"), 2);
        assert_eq!(findings("forebay and bench, but no map"), 2);
    }
}
