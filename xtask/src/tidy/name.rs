//! What files, modules and items may be called.

use super::finding::{Finding, Reason};
use super::source::Source;
use super::tree::Tree;

/// Names that say nothing about what is inside, so that anything ends up inside.
const EMPTY_WORDS: [&str; 10] = [
    "util",
    "utils",
    "utility",
    "utilities",
    "common",
    "misc",
    "helper",
    "helpers",
    "manager",
    "managers",
];

const EMPTY_NAME: Reason = Reason {
    why: "such a name fits everything, so it collects everything",
    fix: "name it for the one thing that is in it, or move the parts to where they are used",
};

const MOD_FILE: Reason = Reason {
    why: "an editor full of tabs called mod.rs helps nobody",
    fix: "put it beside the folder, under the folder's name",
};

/// Words that have another word here, in code, documents, metrics and errors alike.
const FIXED_WORDS: [(&str, &str); 12] = [
    ("enqueue", "put"),
    ("enqueued", "put"),
    ("dequeue", "get"),
    ("dequeued", "got"),
    ("sender", "producer"),
    ("senders", "producers"),
    ("receiver", "consumer"),
    ("receivers", "consumers"),
    ("dlq", "dead letters"),
    ("nak", "nack"),
    ("quarantine", "dead letter"),
    ("channel", "queue"),
];

const FIXED_WORD: Reason = Reason {
    why: "one thing has one word everywhere, so that searching for it finds all of it",
    fix: "rename it; only what is named by somebody else, like an import, keeps its name",
};

/// What others made is called what they call it, and these speak of what others made.
const SPEAKS_OF_OTHERS: &str = "bench/";

pub(super) fn files_are_named_for_what_is_in_them(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        let folders = file.path.split('/').rev().skip(1);
        for part in folders.chain([file.stem()]) {
            findings.extend(empty_word_in(part).map(|word| {
                EMPTY_NAME.broken(&file.path, 0, format!("`{word}` in the name `{part}`"))
            }));
        }
        if file.path.ends_with("/mod.rs") && !file.path.contains("/tests/") {
            findings.push(MOD_FILE.broken(&file.path, 0, "a file called mod.rs"));
        }
    }
    findings
}

pub(super) fn a_thing_has_one_word(tree: &Tree) -> Vec<Finding> {
    let files = tree.rust_files().filter(|file| !file.path.starts_with(SPEAKS_OF_OTHERS));
    files.flat_map(items_with_other_words).collect()
}

fn items_with_other_words(file: &Source) -> Vec<Finding> {
    const KEYWORDS: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];
    let mut findings = Vec::new();
    for pair in file.tokens.windows(2) {
        let [keyword, name] = pair else { continue };
        if !KEYWORDS.contains(&keyword.text.as_str()) {
            continue;
        }
        for word in words_of(&name.text) {
            if let Some((_, ours)) = FIXED_WORDS.iter().find(|(theirs, _)| *theirs == word) {
                let what = format!("`{}`: what others call {word} is {ours} here", name.text);
                findings.push(FIXED_WORD.broken(&file.path, name.line, what));
            }
            if EMPTY_WORDS.contains(&word.as_str()) {
                let what = format!("`{word}` in the name `{}`", name.text);
                findings.push(EMPTY_NAME.broken(&file.path, name.line, what));
            }
        }
    }
    findings
}

fn empty_word_in(name: &str) -> Option<String> {
    words_of(name).into_iter().find(|word| EMPTY_WORDS.contains(&word.as_str()))
}

/// `drain_for`, `DrainFor`, `DRAIN_FOR` and `drain-for` are each `drain`, `for`.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous = '_';
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && previous.is_lowercase()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        previous = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::super::tree::Tree;
    use super::{a_thing_has_one_word, files_are_named_for_what_is_in_them, words_of};

    fn findings_for_path(path: &str) -> usize {
        files_are_named_for_what_is_in_them(&Tree::of(&[(path, "")])).len()
    }

    #[test]
    fn a_file_is_named_for_what_is_in_it() {
        assert_eq!(findings_for_path("src/http/body.rs"), 0);
        assert_eq!(findings_for_path("src/commonality.rs"), 0);
        assert_eq!(findings_for_path("src/utils.rs"), 1);
        assert_eq!(findings_for_path("src/misc/body.rs"), 1);
        assert_eq!(findings_for_path("src/queue_manager.rs"), 1);
        assert_eq!(findings_for_path("docs/helper.md"), 1);
    }

    #[test]
    fn a_module_with_a_folder_is_a_file_beside_it() {
        assert_eq!(findings_for_path("src/http/mod.rs"), 1);
        assert_eq!(findings_for_path("crates/forebay/tests/main/mod.rs"), 0);
    }

    fn findings_for_code(path: &str, code: &str) -> usize {
        a_thing_has_one_word(&Tree::of(&[(path, code)])).len()
    }

    #[test]
    fn an_item_with_a_word_of_others_is_found() {
        assert_eq!(findings_for_code("src/a.rs", "pub struct EventSender;"), 1);
        assert_eq!(findings_for_code("src/a.rs", "fn try_enqueue() {}"), 1);
        assert_eq!(findings_for_code("src/a.rs", "mod util { }"), 1);
        assert_eq!(findings_for_code("src/a.rs", "struct QueueManager;"), 1);
    }

    #[test]
    fn our_words_imports_and_the_bench_are_fine() {
        assert_eq!(findings_for_code("src/a.rs", "pub struct Producer; fn try_put() {}"), 0);
        assert_eq!(findings_for_code("src/a.rs", "use tokio::sync::oneshot::Receiver;"), 0);
        assert_eq!(findings_for_code("bench/src/a.rs", "struct FlumeSender;"), 0);
    }

    #[test]
    fn a_name_in_any_case_is_split_into_words() {
        assert_eq!(words_of("drain_forMs"), ["drain", "for", "ms"]);
        assert_eq!(words_of("DRAIN_FOR"), ["drain", "for"]);
        assert_eq!(words_of("drain-for"), ["drain", "for"]);
    }
}
