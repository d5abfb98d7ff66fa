//! The manual pages can be read.

use std::process::Command;

use crate::start::{PATIENCE, forebay};

#[test]
fn every_command_has_a_page_that_renders_with_its_examples_as_they_are() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let man = folder.path().join("man1");
    let ended = forebay(&["man", &man.display().to_string()]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let pages = std::fs::read_dir(&man).expect("it was made").flatten();
    let pages: Vec<_> = pages.map(|page| page.path()).collect();
    for page in &pages {
        let said = Command::new("groff").args(["-man", "-Tutf8", "-ww"]).arg(page).output();
        let said = said.expect("groff is installed: cargo xtask setup");
        let complaints = String::from_utf8_lossy(&said.stderr);
        assert_eq!(complaints, "", "{}", page.display());
    }
    let page = |name: &str| {
        std::fs::read_to_string(man.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    for name in ["forebay.1", "forebay-demo.1", "forebay-serve.1", "forebay-backlog-dead.1"] {
        assert!(page(name).contains(".SH NAME"), "{name}");
    }
    let example = "\n  forebay demo \\-\\-live \\-\\-speed 5\n";
    assert!(page("forebay-demo.1").contains(example), "{}", page("forebay-demo.1"));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let start = forebay(&["man", "taken/man1"]).file("taken", "a file");
    let ended = start.start().wait(PATIENCE);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("taken/man1"), "{}", ended.stderr);
}
