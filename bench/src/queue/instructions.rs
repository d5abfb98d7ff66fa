//! Instructions a put and a get, counted by valgrind: the figure that does not depend on what else the machine does.

use std::process::Stdio;

use tokio::process::Command;

use super::field::{Contender, Role};
use super::table::ns;
use crate::failure::Failure;
use crate::report::Section;

const CELLS: [&str; 10] = [
    "trypair/b128",
    "trypair/unb",
    "batch64/b128",
    "batch64/unb",
    "batch64x1/unb",
    "readypair/b128",
    "readypair/unb",
    "ct/1P1C_b128",
    "ct/1P1C_b1",
    "pingpong/ct_unb",
];

/// Two runs of different length; what is left of their difference is the pairs alone.
const PAIRS: [u64; 2] = [6_400, 32_000];

/// Those that have been seen among the two with the fewest; a run under valgrind takes a second.
const COUNTED: [&str; 6] =
    ["chenal", "kanal", "rapidfire mpsc", "rapidfire mpmc", "tachyonix", "asyncband mpsc"];

/// How many of them are shown.
const SHOWN: usize = 2;

/// Counts for forebay and the two peers that need the fewest.
pub(super) async fn measure(roster: &[Contender]) -> Result<Section, Failure> {
    let head = &["cell", "forebay", "fewest", "", "second", ""];
    let section = |text, rows| Section { title: "Instructions a pair", text, head, rows };
    if Command::new("valgrind").arg("--version").output().await.is_err() {
        eprintln!("valgrind is not installed: no instructions are counted");
        return Ok(section("Not counted: valgrind is not installed.", Vec::new()));
    }
    let ours = roster.iter().find(|contender| contender.role == Role::Ours);
    let ours = ours.ok_or_else(|| Failure::new("forebay is not in the field"))?;
    let mut rows = Vec::new();
    for cell in CELLS {
        eprintln!("instructions: {cell}");
        let mut row = vec![cell.to_owned(), ns(of(ours, cell).await?)];
        for (name, count) in fewest(roster, cell).await? {
            row.extend([name, ns(count)]);
        }
        row.resize(head.len(), "–".to_owned());
        rows.push(row);
    }
    Ok(section(
        "Of one put and one get together (a round trip for pingpong; the runtime counts where there is one), under \
         valgrind's callgrind: forebay and the two peers with the fewest. A fetch_add counts as one instruction, so this \
         is no measure of time.",
        rows,
    ))
}

async fn fewest(roster: &[Contender], cell: &str) -> Result<Vec<(String, f64)>, Failure> {
    let mut counts = Vec::new();
    for peer in roster {
        let is_counted = COUNTED.contains(&peer.name.as_str());
        if is_counted && peer.cells.iter().any(|name| name == cell) {
            counts.push((peer.name.clone(), of(peer, cell).await?));
        }
    }
    counts.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    counts.truncate(SHOWN);
    Ok(counts)
}

/// The instructions of one pair.
async fn of(contender: &Contender, cell: &str) -> Result<f64, Failure> {
    let few = counted(contender.repeat(cell, PAIRS[0])).await?;
    let many = counted(contender.repeat(cell, PAIRS[1])).await?;
    Ok((many - few) / (PAIRS[1] - PAIRS[0]) as f64)
}

async fn counted(command: Vec<String>) -> Result<f64, Failure> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).args(&command);
    valgrind.stdin(Stdio::null()).kill_on_drop(true);
    let output = valgrind.output().await.map_err(|error| Failure::because("valgrind", error))?;
    let said = String::from_utf8_lossy(&output.stderr);
    collected(&said).filter(|_| output.status.success()).ok_or_else(|| {
        let last = said.lines().last().unwrap_or("nothing").to_owned();
        Failure::because(format!("counting {}", command.join(" ")), last)
    })
}

/// The number behind `Collected :`.
fn collected(said: &str) -> Option<f64> {
    let (_, after) = said.split_once("Collected :")?;
    after.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::collected;

    #[test]
    fn the_count_is_found_in_what_valgrind_says() {
        let said = "==7== Events    : Ir\n==7== Collected : 233061\n==7==\n";
        assert_eq!(collected(said), Some(233_061.0));
        assert_eq!(collected("==7== Events"), None);
    }
}
