//! `forebay backlog dead`: listed, put back, deleted.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::{Value, json};

use super::desk::{Desk, Place, Which};
use crate::outcome::Failure;
use crate::output;
use crate::progress::Progress;

/// What `forebay backlog dead` was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(super) what: Do,
    pub(super) which: Which,
    pub(super) place: Place,
    pub(super) json: bool,
}

/// What is to be done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Do {
    List,
    Requeue,
    AskAndPurge,
    Purge,
}

/// So many are listed, put back or deleted at a time.
const STEP: u32 = 200;

pub(super) fn run(options: Options) -> Result<(), Failure> {
    let Options { what, which, place, json } = options;
    if what == Do::AskAndPurge && !io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "nobody can be asked whether they may be deleted: add --yes".to_owned(),
        ));
    }
    let desk = Desk::open(place, which)?;
    let (done, word) = match what {
        Do::List => return list(&desk, json),
        Do::Requeue => (in_steps(&desk, "putting back", Desk::requeue)?, "requeued"),
        Do::AskAndPurge if !may_purge(&desk)? => (0, "purged"),
        Do::AskAndPurge | Do::Purge => (in_steps(&desk, "deleting", Desk::purge)?, "purged"),
    };
    let told = if json { json!({ word: done }).to_string() } else { format!("{done} {word}") };
    output::line(&mut io::stdout().lock(), &told).map_err(|error| Failure::of_output(&error))
}

fn list(desk: &Desk, json: bool) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let (mut left, mut after) = (desk.limit(), None);
    while left > 0 {
        let step = u32::try_from(left).unwrap_or(STEP).min(STEP);
        let page = desk.page(after, step)?;
        left -= page.dead.len() as u64;
        for letter in &page.dead {
            let text = if json { letter.to_string() } else { line(letter) };
            output::line(&mut out, &text).map_err(|error| Failure::of_output(&error))?;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

/// One dead letter for a person.
fn line(letter: &Value) -> String {
    let text = |name: &str| letter[name].as_str().unwrap_or("?").replace(['\n', '\r', '\t'], " ");
    let on_its_way = if letter["requeued_at"].is_null() { "" } else { "on its way back: " };
    format!(
        "{}\t{}\t{}\t{}\t{on_its_way}{}",
        text("id"),
        text("route"),
        text("failed_at"),
        letter["attempts"],
        text("reason")
    )
}

/// Goes on until none is left, showing how far it is.
fn in_steps(
    desk: &Desk,
    doing: &'static str,
    step: fn(&Desk, u64) -> Result<u64, Failure>,
) -> Result<u64, Failure> {
    let progress = Progress::start(doing, desk.count()?);
    let mut done = 0;
    while done < desk.limit() {
        let now = (desk.limit() - done).min(STEP.into());
        let count = step(desk, now)?;
        done += count;
        progress.at(done);
        if count < now {
            break;
        }
    }
    progress.end();
    Ok(done)
}

fn may_purge(desk: &Desk) -> Result<bool, Failure> {
    let count = desk.count()?;
    if count == 0 {
        return Ok(true);
    }
    let asked = write!(io::stderr(), "delete {count} dead letters for good? [y/N] ");
    let mut answer = String::new();
    let read = asked.and_then(|()| io::stdin().read_line(&mut answer));
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}
