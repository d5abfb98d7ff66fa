//! Where the links of the book lead: every chapter, picture, program and heading is there.

use std::collections::BTreeSet;

use super::finding::{Finding, Reason};
use super::source::Source;
use super::tree::Tree;

const FOLDER: &str = "docs";
const SUMMARY: &str = "docs/SUMMARY.md";

const LEADS_NOWHERE: Reason = Reason {
    why: "somebody follows it, and stands before nothing",
    fix: "name a file below docs/ (a page has to be in docs/SUMMARY.md), and a heading as it is now",
};

const NO_FILE: Reason = Reason {
    why: "the book is built with what is in that file",
    fix: "write the path as seen from the page",
};

pub(super) fn links_of_the_book_lead_somewhere(tree: &Tree) -> Vec<Finding> {
    let Some(summary) = tree.file(SUMMARY) else { return Vec::new() };
    let listed = targets(summary).into_iter().filter_map(|(_, target)| resolved(SUMMARY, target));
    let chapters: BTreeSet<String> = listed.collect();
    let pages = chapters.iter().filter_map(|path| tree.file(path));
    pages.chain([summary]).flat_map(|page| broken_in(page, &chapters, tree)).collect()
}

fn broken_in(page: &Source, chapters: &BTreeSet<String>, tree: &Tree) -> Vec<Finding> {
    let leads = |target: &str| {
        let (path, heading) = target.split_once('#').unwrap_or((target, ""));
        let Some(path) = resolved(&page.path, path) else { return false };
        let is_page = chapters.contains(&path);
        let is_in_book = path.starts_with(&format!("{FOLDER}/")) && !path.ends_with(".md");
        let file = tree.file(&path).filter(|_| is_page || is_in_book);
        file.is_some_and(|file| heading.is_empty() || headings(file).contains(heading))
    };
    let links = targets(page).into_iter().filter(|(_, target)| !leads(target));
    let links = links.map(|(line, target)| {
        LEADS_NOWHERE.broken(&page.path, line, format!("this leads nowhere: {target}"))
    });
    let is_there =
        |path: &str| resolved(&page.path, path).is_some_and(|path| tree.file(&path).is_some());
    let included = included(page).into_iter().filter(|(_, path)| !is_there(path));
    let included = included
        .map(|(line, path)| NO_FILE.broken(&page.path, line, format!("there is no {path}")));
    links.chain(included).collect()
}

/// What follows `](` outside of code, but for addresses on the web.
fn targets(page: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (line, text) in prose(page) {
        let outside_code = text.split('`').step_by(2);
        for target in outside_code.flat_map(|part| part.split("](").skip(1)) {
            let target = target.split(')').next().unwrap_or_default();
            if !target.contains("://") {
                found.push((line, target));
            }
        }
    }
    found
}

/// The files that a page includes, without the part of them that it wants.
fn included(page: &Source) -> Vec<(usize, &str)> {
    let found = page.lines().filter_map(|(line, text)| {
        let (_, rest) = text.split_once("{{#include ")?;
        Some((line, rest.split([':', '}']).next().unwrap_or_default()))
    });
    found.collect()
}

/// The lines that are not in a block of code.
fn prose(page: &Source) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    page.lines().filter(move |(_, text)| {
        let is_fence = text.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// What one writes behind `#` to come to a heading.
fn headings(page: &Source) -> BTreeSet<String> {
    let titles = prose(page).filter(|(_, text)| text.starts_with('#'));
    titles.map(|(_, text)| slug(text.trim_start_matches('#').trim())).collect()
}

fn slug(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// A path as seen from a page, from the root; an empty one is the page itself.
fn resolved(page: &str, path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(page.to_owned());
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => (),
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::links_of_the_book_lead_somewhere;

    fn findings(page: &str) -> usize {
        let tree = Tree::of(&[
            ("docs/SUMMARY.md", "- [A](book/a.md)\n- [B](b.md)"),
            ("docs/book/a.md", page),
            ("docs/b.md", "# B\n## What is *it*, then?\n"),
            ("docs/c.md", "not in the summary"),
            ("docs/d.svg", ""),
            ("crates/e.rs", ""),
        ]);
        links_of_the_book_lead_somewhere(&tree).len()
    }

    #[test]
    fn a_link_leads_to_a_chapter_its_heading_or_a_file_of_the_book() {
        assert_eq!(
            findings("[b](../b.md), ![d](../d.svg) and [a web page](https://a.example/b)"),
            0
        );
        assert_eq!(findings("# Here\n[it](../b.md#what-is-it-then) [here](#here)"), 0);
        assert_eq!(findings("[c](../c.md)"), 1, "a page that is not in the book");
        assert_eq!(findings("[e](../../crates/e.rs)"), 1, "a file that is not in the book");
        assert_eq!(findings("[b](b.md) and [what](../b.md#what)"), 2);
        assert_eq!(findings("`[b](x.md)`\n```text\n[b](x.md)\n```\n"), 0, "code is no link");
    }

    #[test]
    fn an_included_file_is_there() {
        assert_eq!(findings("```rust\n{{#include ../../crates/e.rs:5:}}\n```"), 0);
        assert_eq!(findings("```rust\n{{#include ../crates/e.rs}}\n```"), 1);
    }

    #[test]
    fn a_chapter_that_is_missing_is_found() {
        let tree = Tree::of(&[("docs/SUMMARY.md", "[A](a.md)")]);
        assert_eq!(links_of_the_book_lead_somewhere(&tree).len(), 1);
    }
}
