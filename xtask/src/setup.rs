//! `cargo xtask setup`: what the tests and benches need besides Rust, as Debian packages, and
//! the libraries of clients in other languages.
//!
//! It installs only what is missing, says beforehand what it is going to do, never asks, and
//! leaves every database that is already on the machine alone.

mod clients;
mod debian;
mod need;

use need::Need;
pub(crate) use need::TESTS;

use crate::command::{output, program, run as run_command};
use crate::failure::Failure;
use debian::Privilege;

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    match args {
        [] => for_tests(),
        [word] if word == "bench" => {
            install_missing(need::BENCHES)?;
            for_tests()
        }
        [word, ..] => Err(Failure::usage(format!("setup takes nothing or `bench`, not `{word}`"))),
    }
}

/// Brings everything that the tests need.
pub(crate) fn for_tests() -> Result<(), Failure> {
    install_missing(TESTS)?;
    clients::install()
}

/// Installs those of `needs` that this machine lacks, and looks again afterwards.
///
/// # Errors
/// Nobody here may install packages, or a package did not bring its program; the message has the
/// commands to type.
pub(crate) fn install_missing(needs: &[Need]) -> Result<(), Failure> {
    let missing: Vec<Need> = needs.iter().filter(|need| !say_where(need)).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let steps = debian::steps(&missing);
    let Some(privilege) = privilege() else {
        return Err(Failure::failed(debian::by_hand(&steps)));
    };
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    println!("installing {} from this machine's package sources", packages.join(" and "));
    for step in &steps {
        let line = debian::command_line(privilege, step);
        let (name, rest) = line.split_first().expect("a step has at least its program");
        run_command(&mut program(name, rest))?;
    }
    match missing.iter().find(|need| need.find().is_none()) {
        None => Ok(()),
        Some(Need { package, program, .. }) => {
            let what = format!("{package} is installed now, but `{program}` is still missing");
            Err(Failure::failed(what))
        }
    }
}

fn say_where(need: &Need) -> bool {
    let found = need.find();
    let Need { program, used_for, .. } = need;
    match &found {
        Some(path) => println!("{program} is here ({used_for}): {}", path.display()),
        None => println!("{program} is missing ({used_for})"),
    }
    found.is_some()
}

/// How this process may install packages, if at all.
fn privilege() -> Option<Privilege> {
    output(&mut program("apt-get", &["--version"])).ok()?;
    let user = output(&mut program("id", &["-u"])).ok()?;
    if user.trim() == "0" {
        return Some(Privilege::Root);
    }
    output(&mut program("sudo", &["-n", "true"])).is_ok().then_some(Privilege::Sudo)
}
