//! Where figures come from: machine, commit, date and command.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::clock;
use crate::failure::Failure;

/// What has to be known to measure again.
#[derive(Debug, Clone)]
pub(crate) struct Provenance {
    lines: Vec<(&'static str, String)>,
}

const UNKNOWN: &str = "unknown";

impl Provenance {
    /// Asks the machine; what it does not tell is unknown.
    pub(crate) fn of_this_run() -> Self {
        let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
        let lines = vec![
            ("command", command()),
            ("date", said_by("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
            ("commit", commit()),
            ("cpu", format!("{}, {cores} cores", after_colon("/proc/cpuinfo", "model name"))),
            ("memory", after_colon("/proc/meminfo", "MemTotal")),
            ("kernel", said_by("uname", &["-sr"])),
            ("load before", first_words("/proc/loadavg", 3)),
            ("rustc", said_by("rustc", &["--version"])),
        ];
        Self { lines }
    }

    /// Adds the versions of the databases, and how long a commit takes in `folder`, where they are.
    pub(crate) fn add_databases(&mut self, postgres: &str, folder: &Path) -> Result<(), Failure> {
        let fdatasync = fdatasync(folder).map_err(|error| Failure::because("fdatasync", error))?;
        self.add("PostgreSQL", postgres.to_owned());
        self.add("SQLite", rusqlite::version().to_owned());
        self.add("fdatasync", fdatasync);
        Ok(())
    }

    /// Adds what is known only later.
    pub(crate) fn add(&mut self, name: &'static str, value: String) {
        self.lines.push((name, value));
    }

    /// Names and values, in order.
    pub(crate) fn lines(&self) -> &[(&'static str, String)] {
        &self.lines
    }
}

fn command() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("cargo run --release -p forebay-bench -- {}", arguments.join(" "))
}

fn commit() -> String {
    let commit = said_by("git", &["rev-parse", "--short=12", "HEAD"]);
    match said_by("git", &["status", "--porcelain", "--", ".", ":!bench/results"]).as_str() {
        "" => commit,
        _ => format!("{commit} with uncommitted changes"),
    }
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(program).args(arguments).current_dir(root).output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => UNKNOWN.to_owned(),
    }
}

fn first_words(path: &str, count: usize) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().take(count).collect::<Vec<_>>().join(" ")
}

fn after_colon(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or_else(|| UNKNOWN.to_owned(), |(_, value)| value.trim().to_owned())
}

/// The time of one small durable write where the databases are: every ratio with a commit in it depends on it.
fn fdatasync(folder: &Path) -> std::io::Result<String> {
    const WRITES: u32 = 200;
    let path = folder.join("fdatasync");
    let mut file = File::create(&path)?;
    let started = clock::now();
    for _ in 0..WRITES {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
    }
    let each = started.elapsed() / WRITES;
    fs::remove_file(path)?;
    Ok(format!("{:.2} ms for 4 KiB appended", each.as_secs_f64() * 1000.0))
}
