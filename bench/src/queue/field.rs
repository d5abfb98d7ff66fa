//! The programs of the field: built by cargo, asked one question a start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::setup::cargo;

const PROGRAMS: [&str; 2] = ["field-forebay", "field-peers"];

/// Three hundred times what a measurement takes.
const ANSWERS_WITHIN: Duration = Duration::from_secs(6);
/// For the cells that take longer by nature.
const ANSWERS_AT_LEISURE_WITHIN: Duration = Duration::from_secs(60);

/// glibc keeps what it has once got from the system, however large: a spike of 256 MB is else the kernel's time, which
/// zeroes every page of it anew.
const WARM_MEMORY: [(&str, &str); 2] =
    [("MALLOC_MMAP_THRESHOLD_", "2000000000"), ("MALLOC_TRIM_THRESHOLD_", "4000000000")];

/// The folder of the field's sources.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("field")
}

/// A queue that is measured.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Contender {
    pub(super) name: String,
    pub(super) package: String,
    pub(super) role: Role,
    /// The cells it can be measured in.
    pub(super) cells: Vec<String>,
    #[serde(skip)]
    program: PathBuf,
}

/// What its figures are there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Ours,
    /// A peer that loses nothing when a future is dropped.
    Safe,
    /// A peer that does, or that hangs or crashes.
    Lossy,
    /// Nobody's peer.
    Yardstick,
}

impl Role {
    /// Whether it is one of those that ours is measured against.
    pub(super) fn is_peer(self) -> bool {
        matches!(self, Role::Safe | Role::Lossy)
    }
}

/// Names and values.
pub(super) type Figures = BTreeMap<String, f64>;

/// The field, built.
#[derive(Debug)]
pub(super) struct Field {
    programs: PathBuf,
}

impl Field {
    /// Builds the programs; the first time that takes minutes, then only what has changed.
    pub(super) async fn build() -> Result<Self, Failure> {
        let target = target_folder()?.join("field");
        let mut command = Command::new(cargo());
        command.args(["build", "--release", "--manifest-path"]);
        command.arg(folder().join("Cargo.toml")).arg("--target-dir").arg(&target);
        // What cargo said to this process about itself is not for the one below.
        command.env_remove("CARGO_TARGET_DIR").kill_on_drop(true);
        eprintln!("building the field: minutes the first time");
        let status = command.status().await;
        match status.map_err(|error| Failure::because("starting cargo", error))? {
            status if status.success() => Ok(Self { programs: target.join("release") }),
            status => Err(Failure::new(format!("building the field: cargo ended with {status}"))),
        }
    }

    /// Everybody there is.
    pub(super) async fn roster(&self) -> Result<Vec<Contender>, Failure> {
        let mut roster = Vec::new();
        for name in PROGRAMS {
            let program = self.programs.join(name);
            let answer = answer(&program, &["list"], ANSWERS_WITHIN).await.map_err(Failure::new)?;
            for line in answer.lines() {
                let contender: Contender = serde_json::from_str(line)
                    .map_err(|error| Failure::because("reading the list of contenders", error))?;
                roster.push(Contender { program: program.clone(), ..contender });
            }
        }
        Ok(roster)
    }

    /// The figures of the machine, in their order.
    pub(super) async fn floor(&self) -> Result<Figures, Failure> {
        let program = self.programs.join(PROGRAMS[0]);
        figures(&program, &["floor"], ANSWERS_AT_LEISURE_WITHIN).await.map_err(Failure::new)
    }
}

impl Contender {
    /// The figures of one cell, or why there are none.
    pub(super) async fn measure(&self, cell: &str) -> Result<Figures, String> {
        let limit = match cell.split(['/']).next() {
            Some("longestput" | "waiting") => ANSWERS_AT_LEISURE_WITHIN,
            _ => ANSWERS_WITHIN,
        };
        figures(&self.program, &["measure", cell, &self.name], limit).await
    }

    /// The command that does what a cell does so many times.
    pub(super) fn repeat(&self, cell: &str, count: u64) -> Vec<String> {
        let program = self.program.display().to_string();
        vec![program, "repeat".into(), cell.into(), self.name.clone(), count.to_string()]
    }
}

async fn figures(program: &Path, arguments: &[&str], limit: Duration) -> Result<Figures, String> {
    let answer = answer(program, arguments, limit).await?;
    serde_json::from_str(&answer).map_err(|error| format!("{error} in {answer}"))
}

async fn answer(program: &Path, arguments: &[&str], limit: Duration) -> Result<String, String> {
    let mut command = Command::new(program);
    command
        .envs(WARM_MEMORY)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(limit, command.output())
        .await
        .map_err(|_| format!("hung: no end within {} s", limit.as_secs()))?
        .map_err(|error| format!("starting {}: {error}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() { Ok(said) } else { Err(format!("{}: {said}", output.status)) }
}

/// Where the build of this very program lies: beside it there is room for others.
fn target_folder() -> Result<PathBuf, Failure> {
    let program =
        std::env::current_exe().map_err(|error| Failure::because("this program", error))?;
    let target = program.ancestors().nth(2).map(Path::to_owned);
    target.ok_or_else(|| Failure::new("this program lies in no build folder"))
}
