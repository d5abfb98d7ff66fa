//! What every measurement needs: a folder, the client, a PostgreSQL and the forebay binary.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use forebay_testkit::postgres::{Cluster, Sync};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::failure::Failure;
use crate::provenance::Provenance;
use crate::sink::{Sink, SinkKind};
use crate::wrk::Wrk;

/// Everything is given back when it is dropped: the cluster stopped, the folders removed.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) provenance: Provenance,
    pub(crate) forebay: PathBuf,
    pub(crate) wrk: Wrk,
    pub(crate) postgres: Cluster,
    folder: TempDir,
}

impl Setup {
    /// Builds forebay and starts PostgreSQL, saying so.
    pub(crate) async fn new() -> Result<Self, Failure> {
        let mut provenance = Provenance::of_this_run();
        let folder = tempfile::Builder::new().prefix("forebay-bench-").tempdir();
        let folder = folder.map_err(|error| Failure::because("a temporary folder", error))?;
        let wrk = Wrk::new(folder.path()).await?;
        let forebay = build_forebay().await?;
        eprintln!("starting a PostgreSQL of its own");
        let postgres = Cluster::start_new(Sync::Disk);
        provenance.add_databases(&version_of(&postgres).await?, folder.path())?;
        Ok(Self { provenance, forebay, wrk, postgres, folder })
    }

    /// An empty database of `kind`. One of a kind at a time.
    pub(crate) async fn empty_sink(&self, kind: SinkKind) -> Result<Sink<'_>, Failure> {
        Sink::empty(kind, self.folder.path(), &self.postgres).await
    }

    /// Where the processes run and SQLite's file is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

async fn version_of(postgres: &Cluster) -> Result<String, Failure> {
    let client = postgres.connect("postgres").await;
    let row = client.query_one("SHOW server_version", &[]).await;
    Ok(row.map_err(|error| Failure::because("asking PostgreSQL for its version", error))?.get(0))
}

/// Builds forebay and returns where it is.
pub(crate) async fn build_forebay() -> Result<PathBuf, Failure> {
    eprintln!("building forebay: cargo build --release -p forebay-cli");
    let output = Command::new(cargo())
        .args([
            "build",
            "--release",
            "--package=forebay-cli",
            "--message-format=json-render-diagnostics",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| Failure::because("starting cargo", error))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .find(|path| path.ends_with("forebay"))
        .ok_or_else(|| Failure::new("forebay does not build"))
}

/// Installs what the benches need if one of `programs` is missing, saying so. Whether all are there then.
pub(crate) async fn install_missing(programs: &[&str]) -> bool {
    let is_there = |program: &&str| in_path(program).is_some();
    let Some(missing) = programs.iter().find(|program| !is_there(program)) else { return true };
    eprintln!("{missing} is missing: running `cargo xtask setup bench`");
    let setup = Command::new(cargo())
        .args(["xtask", "setup", "bench"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::null())
        .status()
        .await;
    if let Err(error) = setup {
        eprintln!("it could not be run: {error}");
    }
    programs.iter().all(is_there)
}

/// Where a program is.
pub(crate) fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The cargo that runs the bench, or the one in the path.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
