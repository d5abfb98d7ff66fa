//! `cargo xtask package`: what one installs, in target/dist: a static binary, a Debian package with
//! units, manual pages and completions, and the folder that packaging/Containerfile copies from.

use std::fs;
use std::path::Path;

use crate::command::{cargo, output, program, run as run_command, target_of};
use crate::failure::{Failure, no_arguments};

/// Makes Debian packages, and is in no Debian release.
const CARGO_DEB: [&str; 5] = ["install", "cargo-deb", "--version", "3.8.0", "--locked"];

const BINARY_BYTES_MAX: u64 = 25 * 1024 * 1024;

const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let dist = target_of("dist");
    // The image takes an empty folder from here, as the place for its user's files.
    make_folder(&dist.join("data"))?;
    let built = ["build", "--release", "--locked", "--package", "forebay-cli"];
    run_command(&mut cargo(&built))?;
    let forebay = target_of("release/forebay");
    write_down(&forebay, &dist)?;
    make_debian_package(&dist)?;
    make_static(&built, &dist)?;
    println!("what there is to install is in {}", dist.display());
    Ok(())
}

/// Manual pages and completions, by the program itself.
fn write_down(forebay: &Path, dist: &Path) -> Result<(), Failure> {
    let forebay = forebay.to_string_lossy();
    run_command(&mut program(&forebay, &["man", &dist.join("man").to_string_lossy()]))?;
    for shell in SHELLS {
        let script = output(&mut program(&forebay, &["completions", shell]))?;
        let path = dist.join(format!("forebay.{shell}"));
        fs::write(&path, script).map_err(|error| cannot("write", &path, &error))?;
    }
    Ok(())
}

fn make_debian_package(dist: &Path) -> Result<(), Failure> {
    let tools = target_of("tools");
    let tool = tools.join("bin/cargo-deb");
    if !tool.is_file() {
        println!("cargo-deb is missing (it makes the package); it is built once, in some minutes");
        run_command(cargo(&CARGO_DEB).arg("--root").arg(&tools))?;
    }
    let mut command = program(&tool.to_string_lossy(), &["--no-build", "--locked", "--output"]);
    run_command(command.arg(dist.join("forebay.deb")).args(["--package", "forebay-cli"]))
}

/// The same program with everything in it, for images without a C library.
fn make_static(built: &[&str], dist: &Path) -> Result<(), Failure> {
    let said = output(&mut program("rustc", &["-vV"]))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Failure::failed("rustc does not say what it compiles for"))?;
    let mut command = cargo(built);
    command.args(["--target", host]).env("RUSTFLAGS", "-Ctarget-feature=+crt-static");
    run_command(&mut command)?;
    let (from, to) = (target_of(host).join("release/forebay"), dist.join("forebay"));
    run_command(program("strip", &["-o"]).arg(&to).arg(&from))?;
    check_static(&to)
}

fn check_static(path: &Path) -> Result<(), Failure> {
    let shared = program("ldd", &[]).arg(path).output();
    let shared = shared.map_err(|error| cannot("ask ldd about", path, &error))?;
    let said = [shared.stdout, shared.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if !(said.contains("statically linked") || said.contains("not a dynamic executable")) {
        let path = path.display();
        return Err(Failure::failed(format!("{path} wants libraries:\n{said}")));
    }
    let bytes = fs::metadata(path).map_err(|error| cannot("look at", path, &error))?.len();
    if bytes > BINARY_BYTES_MAX {
        let path = path.display();
        let what = format!("{path} has {bytes} bytes, at most {BINARY_BYTES_MAX} are meant");
        return Err(Failure::failed(what));
    }
    println!("{} is static and has {bytes} bytes", path.display());
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| cannot("make", path, &error))
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot {what} {}: {error}", path.display()))
}
