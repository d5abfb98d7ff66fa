//! A clock that is set while the program runs.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use forebay_testkit::nats::NatsServer;
use rusqlite::Connection;

use super::Run;
use crate::load::{Answer, post};
use crate::sheet::Findings;
use crate::sink::Sink;
use crate::stage::Stage;

/// Loaded before the C library, and asked for the time instead of it.
const CLOCK: &str = include_str!("clock.c");

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;
/// By how much it is set, forward or back.
const JUMPS_S: [i64; 6] = [HOUR_S, -HOUR_S, DAY_S, -DAY_S, 5, -5];

/// Row 12.
pub(super) fn in_time(run: &mut Run) -> Result<Findings, String> {
    let stage = Stage::new(run.forebay());
    jump(run, stage.with_settings("[consumer]\nretry_ms_first = 5\nretry_ms_max = 200\n"))
}

/// Row 33. The server's own clock cannot be set: it asks the kernel without the C library.
pub(super) fn around_a_stream(run: &mut Run) -> Result<Findings, String> {
    let server = NatsServer::start_new();
    let stage = Stage::new(run.forebay()).with_backlog(&server.url("events"));
    jump(run, stage.with_settings(&super::jetstream::settings("both")))
}

fn jump(run: &mut Run, stage: Stage) -> Result<Findings, String> {
    let jumps = run.count(20, 200);
    let (library, offset) = (stage.beside("clock.so"), stage.beside("clock"));
    compile(&stage.beside("clock.c"), &library)?;
    let mut ahead_s = 0_i64;
    set(&offset, ahead_s)?;
    let stage = stage
        .with_variable("LD_PRELOAD", &library.display().to_string())
        .with_variable("FAULTS_CLOCK", &offset.display().to_string());
    let running = stage.start()?;
    for jump in 0..jumps {
        run.tick(jump, jumps);
        // With one in three the sink is away, so that it happens between two tries.
        let lock = if jump % 3 == 0 { lock(&stage.sink) } else { None };
        let send = || match post(&running.client, &stage.oracle, &stage.oracle.issue(5))? {
            Answer::Taken => running.balanced_status(),
            other => Err(format!("it takes nothing: {other:?}")),
        };
        send()?;
        let which = usize::try_from(run.chance.below(JUMPS_S.len() as u64)).expect("0 to 5");
        ahead_s += JUMPS_S[which];
        set(&offset, ahead_s)?;
        send()?;
        drop(lock);
        running.settle().map_err(|why| format!("jump {jump}, by {} s: {why}", JUMPS_S[which]))?;
    }
    let is_seen = came_at_different_hours(&stage.sink, 2)?;
    running.stop()?;
    let verdict = stage.judge()?;
    super::killed::nobody_is_dead(&verdict)?;
    if !is_seen {
        return Err("the program did not see the clock jump".to_owned());
    }
    let mut findings = Findings::of(jumps).figure("ages never negative, nothing stuck");
    findings.add(&verdict);
    Ok(findings)
}

fn compile(source: &Path, library: &Path) -> Result<(), String> {
    fs::write(source, CLOCK).map_err(|error| error.to_string())?;
    let mut cc = Command::new("cc");
    let output = cc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(library).arg(source).output();
    let output = output.map_err(|error| format!("this row needs a C compiler, cc: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("cc: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// Written in place, and never shorter on the way: it is mapped.
fn set(offset: &Path, ahead_s: i64) -> Result<(), String> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(offset);
    let written = file.and_then(|file| file.write_all_at(&ahead_s.to_le_bytes(), 0));
    written.map_err(|error| error.to_string())
}

fn lock(sink: &Sink) -> Option<Connection> {
    let Sink::Sqlite(path) = sink else { return None };
    let connection = Connection::open(path).ok()?;
    connection.execute_batch("BEGIN IMMEDIATE").ok()?;
    Some(connection)
}

/// Whether the events came at so many different hours, at least.
fn came_at_different_hours(sink: &Sink, hours: i64) -> Result<bool, String> {
    let Sink::Sqlite(path) = sink else { return Err("a file is meant".to_owned()) };
    let count = "SELECT count(DISTINCT substr(received_at, 1, 13)) FROM events";
    let connection = Connection::open(path).map_err(|error| error.to_string())?;
    let found: i64 =
        connection.query_row(count, [], |row| row.get(0)).map_err(|error| error.to_string())?;
    Ok(found >= hours)
}
