//! Somebody else who works on the same database: pgbench.

use std::process::Stdio;
use std::time::Duration;

use forebay_testkit::postgres::Cluster;
use tokio::process::{Child, Command};

use crate::failure::Failure;

/// How much is in its tables: 100,000 rows for each.
const SCALE: &str = "5";

/// How many of its connections work at once.
const CLIENTS: &str = "4";

/// pgbench with its tables.
#[derive(Debug)]
pub(super) struct Neighbor<'a> {
    cluster: &'a Cluster,
    database: &'a str,
}

impl<'a> Neighbor<'a> {
    /// Makes its tables.
    pub(super) fn new(cluster: &'a Cluster, database: &'a str) -> Result<Self, Failure> {
        let mut command = cluster.client("pgbench");
        command.args(["--initialize", "--quiet", "--scale", SCALE, database]);
        let output =
            command.output().map_err(|error| Failure::because("pgbench --initialize", error))?;
        match output.status.success() {
            true => Ok(Neighbor { cluster, database }),
            false => Err(Failure::new(String::from_utf8_lossy(&output.stderr).into_owned())),
        }
    }

    pub(super) fn told(&self) -> String {
        format!("pgbench, scale {SCALE}, {CLIENTS} connections")
    }

    /// Begins to work for so long.
    pub(super) fn works(&self, span: Duration) -> Result<Working, Failure> {
        let mut command = self.cluster.client("pgbench");
        command.args(["--no-vacuum", "--client", CLIENTS, "--time", &span.as_secs().to_string()]);
        command.arg(self.database).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = Command::from(command);
        let child = command.kill_on_drop(true).spawn();
        Ok(Working(child.map_err(|error| Failure::because("pgbench", error))?))
    }
}

/// At work.
#[derive(Debug)]
pub(super) struct Working(Child);

impl Working {
    /// Its transactions a second, when it is done.
    pub(super) async fn per_s(self) -> Result<f64, Failure> {
        let output = self.0.wait_with_output().await;
        let output = output.map_err(|error| Failure::because("pgbench", error))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let per_s = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let per_s = per_s.and_then(|rest| rest.split(' ').next()?.parse().ok());
        per_s.ok_or_else(|| Failure::new(format!("pgbench told no tps: {said}")))
    }
}
