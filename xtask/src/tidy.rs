//! `cargo xtask tidy`: the rules of this repository that neither rustc nor clippy knows.
//!
//! A rule is a function from the tree to what breaks it, with its reason and its remedy, and lives
//! in a file with a good and a bad sample. To add one, write it in `tidy/` and add it to [`RULES`].

// What there is to look at: the tree, its files, their Rust tokens, the functions in them.
mod function;
mod source;
mod token;
mod tree;

// What a rule says.
mod finding;

// The rules.
mod design;
mod documents;
mod guarantees;
mod length;
mod links;
mod name;
mod place;
mod signature;
mod test_code;
mod unsafe_code;

use crate::failure::{Failure, no_arguments};
use finding::Finding;
use tree::Tree;

type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: [Rule; 18] = [
    source::every_rust_file_can_be_read,
    length::files_fit_in_the_head,
    length::functions_fit_on_a_screen,
    name::files_are_named_for_what_is_in_them,
    name::a_thing_has_one_word,
    signature::no_flags_in_what_others_call,
    test_code::nothing_is_ignored,
    test_code::no_test_sleeps,
    test_code::a_crate_has_one_test_program,
    unsafe_code::unsafe_lives_in_known_files,
    place::no_file_knows_its_machine,
    documents::required_documents_exist,
    documents::documents_stay_short,
    documents::the_code_map_names_every_member,
    links::links_of_the_book_lead_somewhere,
    design::designs_have_their_headings,
    guarantees::every_promise_has_a_test,
    guarantees::every_named_test_exists,
];

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let tree = Tree::load()?;
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    findings.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    for finding in &findings {
        println!("{finding}");
    }
    if let Some(warning) = length::median_warning(&tree) {
        println!("warning: {warning}");
    }
    if findings.is_empty() {
        println!("tidy: {} files looked at, nothing to say", tree.files.len());
        return Ok(());
    }
    Err(Failure::failed(format!("tidy: {} findings", findings.len())))
}
