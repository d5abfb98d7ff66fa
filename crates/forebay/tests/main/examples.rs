//! The programs of the lessons print what the book says they print.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo puts examples beside the folder of the test programs.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let profile = test.ancestors().nth(2).expect("it is in deps/ of a profile");
    let program = profile.join("examples").join(name);
    assert!(program.is_file(), "{} is not built: cargo build -p forebay --examples", name);
    program
}

/// The names of the files in a folder of the workspace, without what kind of file they are.
fn names_in(folder: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).expect("the folder is part of the workspace").flatten();
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    files.filter_map(|file| stem(file.path())).collect()
}

#[test]
fn every_program_of_the_book_prints_what_the_book_says() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = here.join("../../docs/book/output");
    let programs = names_in(&here.join("examples"));
    assert_eq!(programs, names_in(&output), "each has its output in {}", output.display());
    for name in programs {
        let ran = Command::new(built(&name)).output().expect("it can be started");
        assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        let told = std::fs::read_to_string(output.join(format!("{name}.txt"))).expect("see above");
        assert_eq!(String::from_utf8_lossy(&ran.stdout), told, "{name}");
    }
}
