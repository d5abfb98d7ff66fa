//! What stands in the book can be done as it stands there.

use std::path::{Path, PathBuf};

use crate::start::{PATIENCE, forebay};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of code of this kind on a page.
fn blocks<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let begun = format!("\n```{kind}\n");
    let after = page.split(&*begun).skip(1);
    after.map(|rest| rest.split("\n```").next().unwrap_or(rest)).collect()
}

#[test]
fn the_pictures_of_the_book_are_what_the_commands_above_them_draw() {
    let folder = docs().join("book");
    let page = ["tune.md", "growth.md"].map(|page| read(&folder.join(page))).concat();
    let is_drawing = |line: &&str| line.starts_with("forebay ") && line.contains(" --plot ");
    let commands: Vec<&str> = page.lines().filter(is_drawing).collect();
    assert!(commands.len() >= 4, "{commands:?}");
    let drawn = tempfile::tempdir().expect("a temporary folder can be made");
    for command in commands {
        let mut words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let picture = words.pop().expect("it ends with its picture");
        let path = drawn.path().join(picture.replace('/', "-")).display().to_string();
        let ended = forebay(&[&words[..], &[&path]].concat()).start().wait(PATIENCE);
        assert_eq!(ended.code, Some(0), "{command}: {}", ended.stderr);
        let is_same = read(path.as_ref()) == read(&folder.join(picture));
        assert!(is_same, "{picture} is of another time: cargo xtask book");
    }
}

#[test]
fn the_page_of_settings_is_what_the_program_says_they_are() {
    let ended = forebay(&["settings"]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let is_same = ended.stdout == read(&docs().join("book/configuration.md"));
    assert!(is_same, "it is of another time: forebay settings > docs/book/configuration.md");
    let text = ended.stdout;
    for said in [
        "### `http.body_bytes_max`\n",
        "`1B` to `1GiB`",
        "- flag: `--listen ADDRESS`\n",
        "- environment: `FOREBAY__ROUTES__NAME__ACK`\n",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn every_configuration_in_the_book_is_accepted() {
    let mut count = 0;
    for name in ["operate.md", "book/from-vector.md", "book/what-happens-when.md"] {
        for block in blocks(&read(&docs().join(name)), "toml") {
            let start = forebay(&["serve", "--check", "--config", "a.toml"])
                .file("a.toml", block)
                .file("payments.secrets", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
            let ended = start.start().wait(PATIENCE);
            // The databases of the book are not here; its settings can be.
            let is_good = ended.stderr.contains("ok     settings");
            assert!(is_good && ended.code != Some(2), "{name}: {}", ended.stderr);
            count += 1;
        }
    }
    assert!(count >= 2, "{count}");
}
