//! `forebay backlog repair`: what is damaged is set aside, what is intact stays.

use std::io;

use forebay_backlog::OpenError;
use forebay_backlog::disk;
use serde_json::json;

use super::look::{Options, place};
use crate::outcome::Failure;
use crate::output;
use crate::progress::Progress;

pub(super) fn repair(options: &Options) -> Result<(), Failure> {
    let progress = Progress::start("repairing", 0);
    let mended = disk::repair(&options.path, |far| progress.at_of(far.bytes_done, far.bytes_total));
    progress.end();
    let mended = mended.map_err(|error| match error {
        OpenError::InUse { .. } => Failure::Failed(format!(
            "{error}; nothing was touched: stop the forebay that uses it, then repair it"
        )),
        error => Failure::Failed(format!("{error}; nothing was touched")),
    })?;
    let before = &mended.before;
    let told = if options.json {
        json!({
            "was_intact": before.is_intact(),
            "events": before.events,
            "lost": before.lost,
            "missing": before.missing,
            "set_aside": mended.set_aside,
        })
        .to_string()
    } else if before.is_intact() {
        format!("intact: {} events waiting; nothing was touched", before.events)
    } else {
        let mut lines =
            vec![format!("repaired: {} events waiting, {} lost", before.events, before.lost)];
        lines.extend(before.damage.iter().map(|at| place("damaged", at)));
        lines.extend(mended.set_aside.iter().map(|file| format!("set aside: {file}")));
        lines.extend(before.missing.iter().map(|file| format!("missing: {file}")));
        lines.join("\n")
    };
    output::line(&mut io::stdout().lock(), &told).map_err(|error| Failure::of_output(&error))
}
