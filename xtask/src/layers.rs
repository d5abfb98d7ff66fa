//! `cargo xtask layers`: who may depend on whom.
//!
//! The rules are a table in `layers/rule.rs`; what there is comes from `cargo tree`. A crate's
//! dependencies for its own tests are looked at too, since they are how cycles begin.

mod edge;
mod rule;

use crate::command::{cargo, output};
use crate::failure::{Failure, no_arguments};
use edge::{Edge, Kind};

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    let mut edges = edges_of(Kind::Normal, "normal,build")?;
    edges.extend(edges_of(Kind::Test, "dev")?);
    let mut broken = rule::broken_by(&edges);
    broken.extend(rule::too_much_in_the_queue(&tree_of_the_queue()?));
    broken.sort_unstable();
    broken.dedup(); // The queue's own dependencies are in both.
    for line in &broken {
        println!("{line}");
    }
    if broken.is_empty() {
        println!("layers: {} dependencies looked at, all as they should be", edges.len());
        return Ok(());
    }
    Err(Failure::failed(format!("layers: {} findings", broken.len())))
}

/// Every direct dependency of every member, on every platform and with every feature.
fn edges_of(kind: Kind, cargo_kinds: &str) -> Result<Vec<Edge>, Failure> {
    let mut command = cargo(&["tree", "--workspace", "--locked", "--all-features"]);
    command.args(["--target", "all", "--depth", "1", "--no-dedupe", "--prefix", "depth"]);
    let tree = output(command.args(["--format", " {p}", "--edges", cargo_kinds]))?;
    Ok(edge::edges_in(&tree, kind))
}

/// Everything that whoever adds the queue gets with it, directly or not.
fn tree_of_the_queue() -> Result<String, Failure> {
    let mut command = cargo(&["tree", "--package", "forebay", "--locked", "--all-features"]);
    output(command.args(["--edges", "normal,build", "--prefix", "depth", "--format", " {p}"]))
}
