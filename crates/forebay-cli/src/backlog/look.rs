//! `forebay backlog inspect` and `verify`: what is in a backlog, and whether it is intact. Both only
//! read, and may be used while forebay serves.

use std::io;
use std::path::{Path, PathBuf};

use forebay_backlog::disk::{self, Damage, Inspection, SegmentInspection, Verification};
use serde_json::{Value, json};

use crate::clock;
use crate::outcome::Failure;
use crate::output;
use crate::progress::Progress;

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    pub(super) path: PathBuf,
    pub(super) json: bool,
}

pub(super) fn inspect(options: &Options) -> Result<(), Failure> {
    let found = disk::inspect(&options.path).map_err(|error| Failure::Failed(error.to_string()))?;
    let told = if options.json {
        inspection_json(&found).to_string()
    } else {
        inspection_text(&options.path, &found, clock::unix_ms())
    };
    tell(&told)
}

/// Damage is what was asked for, and fails all the same: a script that checks a backlog looks at
/// the exit code.
pub(super) fn verify(options: &Options) -> Result<(), Failure> {
    let progress = Progress::start("verifying", 0);
    let found = disk::verify(&options.path, |far| progress.at_of(far.bytes_done, far.bytes_total));
    progress.end();
    let found = found.map_err(|error| Failure::Failed(error.to_string()))?;
    let told = if options.json {
        verification_json(&found).to_string()
    } else {
        verification_text(&found)
    };
    tell(&told)?;
    match found.is_intact() {
        true => Ok(()),
        false => Err(Failure::Failed(advice(&options.path, &found))),
    }
}

/// What to do about what was found.
fn advice(path: &Path, found: &Verification) -> String {
    let path = path.display();
    if found.missing.is_empty() {
        return format!(
            "{path} is damaged; what is intact is delivered all the same: stop forebay and run forebay \
             backlog repair {path} to set the rest aside"
        );
    }
    format!(
        "{path} is damaged: files of it are gone, and the events in them with them; the rest is delivered \
         all the same. From a copy of the folder, forebay backlog export and import bring their events \
         back; forebay backlog repair {path} takes note that they are gone, with forebay stopped"
    )
}

fn tell(told: &str) -> Result<(), Failure> {
    output::line(&mut io::stdout().lock(), told).map_err(|error| Failure::of_output(&error))
}

fn inspection_json(found: &Inspection) -> Value {
    let recovery = &found.recovery;
    let segments: Vec<Value> = found
        .segments
        .iter()
        .map(|file| {
            json!({
                "file": file.file,
                "bytes": file.bytes,
                "events": file.events,
                "absent_bytes": file.absent_bytes,
            })
        })
        .collect();
    json!({
        "format": found.format,
        "id": found.id,
        "events": recovery.events,
        "bytes": found.bytes,
        "oldest_received_at_ms": found.oldest_received_at_ms,
        "damaged": recovery.damaged,
        "lost": recovery.lost,
        "missing_segments": recovery.missing_segments,
        "torn_bytes": recovery.torn_bytes,
        "marks": found.marks,
        "segments": segments,
    })
}

fn inspection_text(path: &Path, found: &Inspection, now_ms: i64) -> String {
    let recovery = &found.recovery;
    let age = found.oldest_received_at_ms.map(|at_ms| now_ms.saturating_sub(at_ms).max(0));
    let age = age.map_or("none".to_owned(), |ms| {
        humantime::format_duration(std::time::Duration::from_secs(ms.unsigned_abs() / 1000))
            .to_string()
    });
    let mut lines = vec![
        format!("backlog      {} (format {}, id {})", path.display(), found.format, found.id),
        format!("waiting      {} events, {} bytes", recovery.events, found.bytes),
        format!("oldest       {age}"),
        format!("remembered   {} keys", found.marks),
        format!(
            "damaged      {} places, {} events lost, as the newest file says; verify reads every event",
            recovery.damaged, recovery.lost
        ),
    ];
    if recovery.missing_segments > 0 {
        lines.push(format!("missing      {} files", recovery.missing_segments));
    }
    if recovery.torn_bytes > 0 {
        lines.push(format!("torn         {} bytes, never acknowledged", recovery.torn_bytes));
    }
    lines.extend(found.segments.iter().map(|file| {
        let SegmentInspection { file: name, bytes, events, absent_bytes, .. } = file;
        match bytes - absent_bytes {
            there if there < *bytes => format!(
                "file         {name} is damaged: {there} of {bytes} bytes are there; {events} events should be"
            ),
            _ => format!("file         {name} {bytes} bytes, {events} events"),
        }
    }));
    lines.join("\n")
}

fn verification_json(found: &Verification) -> Value {
    let places = |places: &[Damage]| -> Vec<Value> {
        let place = |at: &Damage| {
            json!({
                "file": at.file,
                "offset": at.offset,
                "bytes": at.bytes,
                "absent_bytes": at.absent_bytes,
            })
        };
        places.iter().map(place).collect()
    };
    json!({
        "intact": found.is_intact(),
        "events": found.events,
        "lost": found.lost,
        "damage": places(&found.damage),
        "set_aside": found.set_aside,
        "torn": places(&found.torn),
        "missing": found.missing,
    })
}

fn verification_text(found: &Verification) -> String {
    let state = if found.is_intact() { "intact" } else { "damaged" };
    let mut lines = vec![format!(
        "{state}: {} events waiting, {} lost, {} damaged places set aside before",
        found.events, found.lost, found.set_aside
    )];
    lines.extend(found.damage.iter().map(|at| place("damaged", at)));
    lines.extend(found.missing.iter().map(|file| format!("missing: {file}")));
    lines.extend(found.torn.iter().map(|at| place("torn, never acknowledged", at)));
    lines.join("\n")
}

/// A line that names a place.
pub(super) fn place(what: &str, at: &Damage) -> String {
    let absent = match at.absent_bytes {
        0 => String::new(),
        absent => format!(", {absent} of them not there: the file is shorter"),
    };
    format!("{what}: {} at {}, {} bytes{absent}", at.file, at.offset, at.bytes)
}
