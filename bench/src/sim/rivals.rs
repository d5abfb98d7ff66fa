//! SimPy and Ciw, at their newest versions, in a Python of their own.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio::process::Command;

use super::check;
use crate::failure::Failure;

/// Somebody else's simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rival {
    SimPy,
    Ciw,
}

impl Rival {
    pub(super) fn name(self) -> &'static str {
        match self {
            Rival::SimPy => "SimPy",
            Rival::Ciw => "Ciw",
        }
    }

    fn script(self) -> &'static str {
        match self {
            Rival::SimPy => include_str!("two_loops_simpy.py"),
            Rival::Ciw => include_str!("two_loops_ciw.py"),
        }
    }

    /// How much it simulates in a round: some seconds' worth.
    fn simulated_s(self) -> u32 {
        match self {
            Rival::SimPy => 200_000,
            Rival::Ciw => 100_000,
        }
    }
}

/// A Python that has them.
#[derive(Debug)]
pub(super) struct Rivals {
    python: PathBuf,
}

/// What a script prints.
#[derive(Debug, Deserialize)]
struct Found {
    took_s: f64,
    items: f64,
    mean_wait_s: f64,
}

impl Rivals {
    /// Makes it in `folder`, from the Python index.
    pub(super) async fn install(folder: &Path) -> Result<Self, Failure> {
        eprintln!("installing SimPy and Ciw into a Python of their own");
        let home = folder.join("python");
        said_by(Command::new("python3").args(["-m", "venv"]).arg(&home)).await?;
        let python = home.join("bin/python");
        said_by(Command::new(&python).args(["-m", "pip", "install", "--quiet", "simpy", "ciw"]))
            .await?;
        Ok(Rivals { python })
    }

    /// Which versions they are.
    pub(super) async fn versions(&self) -> Result<String, Failure> {
        let ask = "import importlib.metadata as m, sys; \
                   print('SimPy', m.version('simpy') + ', Ciw', m.version('ciw') + ', Python', sys.version.split()[0])";
        Ok(said_by(Command::new(&self.python).args(["-c", ask])).await?.trim().to_owned())
    }

    /// Runs the two loops once.
    pub(super) async fn ns_an_item(&self, rival: Rival, seed: usize) -> Result<f64, Failure> {
        let mut command = Command::new(&self.python);
        command.args(["-c", rival.script()]);
        command.args([rival.simulated_s().to_string(), seed.to_string()]);
        let said = said_by(&mut command).await?;
        let found: Found =
            serde_json::from_str(&said).map_err(|error| Failure::because(rival.name(), error))?;
        check(rival.name(), found.mean_wait_s)?;
        Ok(found.took_s * 1e9 / found.items)
    }
}

async fn said_by(command: &mut Command) -> Result<String, Failure> {
    let name = format!("{:?}", command.as_std().get_program());
    let output = command.kill_on_drop(true).output().await;
    let output = output.map_err(|error| Failure::because(&name, error))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("{name}: {}", why.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
