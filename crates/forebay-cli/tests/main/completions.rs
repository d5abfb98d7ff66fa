//! The completions do complete, in the shells they are for.

use std::process::Command;

use forebay_testkit::program::Ended;

use crate::start::{PATIENCE, forebay};

fn script(shell: &str) -> String {
    let Ended { code, stdout, stderr } = forebay(&["completions", shell]).start().wait(PATIENCE);
    assert_eq!(code, Some(0), "{stderr}");
    stdout
}

/// What a shell says to this, with the script in the file that is its first argument.
fn said_by(shell: &str, program: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("_forebay");
    std::fs::write(&file, script(shell)).expect("it can be written to");
    let said = Command::new(shell).args(program).arg(&file).output();
    let said = said.unwrap_or_else(|error| panic!("{shell}: {error}; cargo xtask setup"));
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(said.stderr.is_empty(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8_lossy(&said.stdout).into_owned()
}

#[test]
fn bash_completes_commands_and_flags() {
    let complete = "source $0; COMP_CWORD=1; COMP_WORDS=(forebay de); _forebay forebay de forebay; \
                    echo ${COMPREPLY[@]}; COMP_CWORD=2; COMP_WORDS=(forebay demo --s); \
                    _forebay forebay --s demo; echo ${COMPREPLY[@]}";
    assert_eq!(said_by("bash", &["-c", complete]), "demo\n--seed --speed\n");
}

#[test]
fn zsh_reads_its_completions() {
    said_by("zsh", &["-n"]);
    assert!(script("zsh").starts_with("#compdef forebay\n"));
}

#[test]
fn fish_completes_commands_and_flags() {
    let complete = "source $argv[1]; complete -C 'forebay de'; complete -C 'forebay demo --sp'";
    let said = said_by("fish", &["-N", "-c", complete]);
    assert!(said.starts_with("demo\t") && said.contains("--speed\t"), "{said}");
}

#[test]
fn another_shell_is_refused_with_those_there_are() {
    let ended = forebay(&["completions", "tcsh"]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("bash, zsh, fish"), "{}", ended.stderr);
}
