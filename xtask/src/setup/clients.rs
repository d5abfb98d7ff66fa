//! Clients in other languages, each with the versions and digests that its lock file
//! names, in a folder of its own below `target`.

use std::path::Path;
use std::{fs, io};

use crate::command::{program, run as run_command, target_of};
use crate::failure::Failure;

/// Where the clients and their lock files are.
const SOURCES: &str = "crates/forebay-cli/tests/clients";

struct Client {
    /// What it is called, here and below `target`.
    name: &'static str,
    /// What is installed, to the byte.
    lock: &'static str,
    install: fn(source: &Path, target: &Path) -> Result<(), Failure>,
}

const CLIENTS: [Client; 4] = [
    Client { name: "python", lock: "requirements.txt", install: python },
    Client { name: "schemathesis", lock: "requirements.txt", install: python },
    Client { name: "otlp", lock: "requirements.txt", install: python },
    Client { name: "javascript", lock: "package-lock.json", install: javascript },
];

/// Installs what is missing, or is not what the lock files say.
pub(super) fn install() -> Result<(), Failure> {
    CLIENTS.iter().try_for_each(|client| {
        let source = Path::new(SOURCES).join(client.name);
        let target = target_of("clients").join(client.name);
        let lock = source.join(client.lock);
        let stamp = target.join("installed");
        let wanted = fs::read(&lock).map_err(|error| cannot("read", &lock, &error))?;
        if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
            println!("the {} client is here: {}", client.name, target.display());
            return Ok(());
        }
        if target.exists() {
            fs::remove_dir_all(&target).map_err(|error| cannot("remove", &target, &error))?;
        }
        fs::create_dir_all(&target).map_err(|error| cannot("make", &target, &error))?;
        (client.install)(&source, &target)?;
        // Last, so that what was broken off is begun again.
        fs::write(&stamp, wanted).map_err(|error| cannot("write", &stamp, &error))
    })
}

fn python(source: &Path, target: &Path) -> Result<(), Failure> {
    run_command(program("python3", &["-m", "venv"]).arg(target))?;
    let pip = target.join("bin").join("pip");
    let args = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"];
    run_command(program(&text(&pip), &args).arg(source.join("requirements.txt")))
}

fn javascript(source: &Path, target: &Path) -> Result<(), Failure> {
    for name in ["package.json", "package-lock.json"] {
        let (from, to) = (source.join(name), target.join(name));
        fs::copy(&from, &to).map_err(|error| cannot("copy", &from, &error))?;
    }
    let args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"];
    run_command(program("npm", &args).arg(target))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("cannot {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{CLIENTS, Path, SOURCES};

    #[test]
    fn every_client_has_its_lock_file_and_every_package_a_digest() {
        let locks = CLIENTS.map(|client| {
            let lock = Path::new("..").join(SOURCES).join(client.name).join(client.lock);
            std::fs::read_to_string(lock).expect("it is there")
        });
        let [python, schemathesis, otlp, javascript] = locks;
        let packages = |lock: &str, version: &str| lock.matches(version).count();
        for lock in [python, otlp] {
            assert_eq!(packages(&lock, "=="), packages(&lock, "--hash=sha256:"));
        }
        let lines = schemathesis.lines().filter(|line| !line.starts_with('#'));
        assert!(lines.clone().all(|line| line.contains("==") && line.contains(" --hash=sha256:")));
        assert!(lines.count() > 10);
        assert_eq!(
            packages(&javascript, "\"node_modules/"),
            packages(&javascript, "\"integrity\": \"sha512-"),
        );
    }
}
