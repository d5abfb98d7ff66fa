//! A database that is killed, slow, flapping, cut off after any byte, or that refuses a row.

use std::time::Duration;

use serde_json::Value;

use super::{Form, Run, spread};
use crate::clock;
use crate::event::{event, poison, small};
use crate::load::{Again, Answer, Load, post, post_bodies};
use crate::oracle::Oracle;
use crate::proxy::{Cut, Mood, Proxy, Way};
use crate::sheet::Findings;
use crate::sink::{Postgres, Sink};
use crate::stage::{Running, Stage};

/// A sink that comes back is tried again soon.
const SOON: &str = "[consumer]\nretry_ms_first = 5\nretry_ms_max = 50\n";

const LOAD: Load = Load { clients: 8, group_events_max: 20, again: Again::UnderItsKey };
/// How long each fault lasts, at most.
const FAULT_MS_MAX: u64 = 400;

/// Rows of a batch that goes by INSERT, and of one that goes by COPY.
const BATCHES: [u64; 2] = [3, 20];

/// Row 21.
pub(super) fn down_slow_and_flapping(run: &mut Run) -> Result<Findings, String> {
    let postgres = Postgres::start();
    let proxy = Proxy::before(postgres.address());
    let stage = Stage::new(run.forebay())
        .with_settings(SOON)
        .with_sink(Sink::Through(postgres.clone(), proxy.address()));
    let faults = run.count(40, 1500);
    let mut counts = [0_u64; 6];
    let mut running = stage.start()?;
    for fault in 0..faults {
        run.tick(fault, faults);
        let which = usize::try_from(run.chance.below(6)).expect("0 to 5");
        counts[which] += 1;
        let lasts = Duration::from_millis(1 + run.chance.below(FAULT_MS_MAX));
        let mut chance = run.chance.fork();
        let client = running.client.clone();
        let (next, _) = LOAD.send(&client, &stage.oracle, &mut chance, |_| {
            let next = inject(which, lasts, &stage, &postgres, &proxy, running);
            proxy.set_mood(Mood::Pass);
            next
        })?;
        running = next?;
    }
    // No more faults: a fresh event flows, and so does everything before it.
    let fresh = stage.oracle.issue(1);
    if post(&running.client, &stage.oracle, &fresh)? != Answer::Taken {
        return Err("a fresh event is not taken after the faults have stopped".to_owned());
    }
    running.settle()?;
    running.stop()?;
    let verdict = stage.judge()?;
    super::killed::nobody_is_dead(&verdict)?;
    let [killed, slow, flapping, away, ended, stopped] = counts;
    let mut findings = Findings::of(faults).figure(format!(
        "PostgreSQL killed -9 {killed} times, away {away}, slow {slow}, cut off again and again {flapping}; forebay killed -9 {ended} times, stopped {stopped}"
    ));
    findings.add(&verdict);
    Ok(findings)
}

/// One fault, under load; returns the program, which may be another one afterwards.
fn inject(
    which: usize,
    lasts: Duration,
    stage: &Stage,
    postgres: &Postgres,
    proxy: &Proxy,
    running: Running,
) -> Result<Running, String> {
    match which {
        0 => {
            postgres.cluster.kill();
            clock::pause(lasts);
            postgres.cluster.start();
        }
        1 => {
            proxy.set_mood(Mood::Slow(5));
            clock::pause(lasts);
        }
        2 => {
            let cut = || {
                proxy.cut_all();
                false
            };
            clock::comes_true(lasts, cut);
        }
        3 => {
            proxy.set_mood(Mood::Refuse);
            proxy.cut_all();
            clock::pause(lasts);
        }
        4 => {
            clock::pause(lasts);
            running.kill();
            return stage.start();
        }
        _ => {
            clock::pause(lasts);
            running.stop()?;
            return stage.start();
        }
    }
    Ok(running)
}

/// Row 24.
pub(super) fn cut_at_every_byte(run: &mut Run) -> Result<Findings, String> {
    let postgres = Postgres::start();
    let proxy = Proxy::before(postgres.address());
    let stage = Stage::new(run.forebay())
        .with_settings(SOON)
        .with_sink(Sink::Through(postgres, proxy.address()));
    let running = stage.start()?;
    let oracle = &stage.oracle;
    let mut findings = Findings::default();
    let step = usize::try_from(run.size(17, 1)).expect("it is small");
    for batch in BATCHES {
        send(&running, oracle, batch)?;
        let of_a_write = bytes_of(&proxy, || send(&running, oracle, batch))?;
        let of_a_new_connection = bytes_of(&proxy, || {
            proxy.cut_all();
            send(&running, oracle, batch)
        })?;
        let all = of_a_new_connection.iter().sum::<u64>() * 2 / step as u64;
        for (way, place) in [(Way::ToTheServer, 0), (Way::Back, 1)] {
            let in_the_write = (0..of_a_write[place]).step_by(step).map(|at| vec![at]);
            // First the old connection is cut, and then the new one on its way to the write.
            let setup = of_a_new_connection[place] - of_a_write[place];
            let in_the_setup = (0..setup).step_by(step).map(|at| vec![0, at]);
            for cuts in in_the_write.chain(in_the_setup) {
                run.tick(findings.faults, all);
                let made = proxy.made();
                proxy.cut(cuts.into_iter().map(|after_bytes| Cut { way, after_bytes }));
                send(&running, oracle, batch)?;
                proxy.cut([]);
                findings.faults += proxy.made() - made;
            }
        }
    }
    running.stop()?;
    let verdict = stage.judge()?;
    super::killed::nobody_is_dead(&verdict)?;
    findings.add(&verdict);
    Ok(findings.figure(format!(
        "every {step}. byte to the server and back, of INSERT, of COPY, and of the way there"
    )))
}

/// Sends a batch of small events and waits until it is delivered.
fn send(running: &Running, oracle: &Oracle, events: u64) -> Result<(), String> {
    let numbers = oracle.issue(events);
    let group: Vec<Value> = numbers.clone().map(small).collect();
    match post_bodies(&running.client, oracle, &numbers, &group)? {
        Answer::Taken => running.settle().map(drop),
        other => Err(format!("a batch was not taken: {other:?}")),
    }
}

/// How many bytes it sends to the server, and gets back.
fn bytes_of(proxy: &Proxy, work: impl FnOnce() -> Result<(), String>) -> Result<[u64; 2], String> {
    let before = proxy.passed();
    work()?;
    let after = proxy.passed();
    Ok([after[0] - before[0], after[1] - before[1]])
}

/// The rows of a batch with a bad one in it.
const BATCH: u64 = 1000;
const ONE_BATCH: &str = "[consumer]\nslow_batch_events_max = 1000\nfast_batch_events_max = 1000\n\
    writers = 1\nretry_ms_first = 5\nretry_ms_max = 20\n";
/// Times a drain is measured, of which the middle one counts.
const DRAINS: usize = 3;

/// Row 25.
pub(super) fn poisoned(run: &mut Run) -> Result<Findings, String> {
    let postgres = Postgres::start();
    let stage = Stage::new(run.forebay())
        .with_settings(ONE_BATCH)
        .with_sink(Sink::Postgres(postgres.another()));
    let running = stage.start()?;
    let positions = run.size(20, BATCH);
    for position in spread(positions, BATCH) {
        run.tick(position, BATCH);
        send_poisoned(&running, &stage.oracle, BATCH, |place| place + 1 == position)?;
        running.settle()?;
    }
    running.stop()?;
    let verdict = stage.judge()?;
    if verdict.dead != positions {
        return Err(format!("{} dead letters instead of {positions}", verdict.dead));
    }
    let rows = run.size(10_000, 100_000);
    let (mut pure, mut mixed) = (Vec::new(), Vec::new());
    for _ in 0..DRAINS {
        pure.push(drained(run, &postgres, rows, u64::MAX)?);
        mixed.push(drained(run, &postgres, rows, 100)?);
    }
    let (pure_s, mixed_s) = (middle(pure), middle(mixed));
    let ratio = mixed_s / pure_s;
    if run.form == Form::Long && ratio >= 2.0 {
        return Err(format!("with 1 % bad rows, {rows} of them take {ratio:.2} times as long"));
    }
    let mut findings = Findings::of(positions + DRAINS as u64 * rows / 100)
        .figure(format!("{positions} places in a batch of {BATCH}, all others landed"))
        .figure(format!(
            "{rows} rows in {pure_s:.2} s, with 1 % bad ones in {mixed_s:.2} s, {ratio:.2} times as long"
        ));
    findings.add(&verdict);
    Ok(findings)
}

/// Fills a backlog while the database is away, and says how long it takes to get it empty.
fn drained(run: &Run, postgres: &Postgres, rows: u64, bad_one_in: u64) -> Result<f64, String> {
    let postgres = postgres.another();
    let proxy = Proxy::before(postgres.address());
    proxy.set_mood(Mood::Refuse);
    let stage = Stage::new(run.forebay())
        .with_settings(ONE_BATCH)
        .with_sink(Sink::Through(postgres, proxy.address()));
    let running = stage.start()?;
    for _ in 0..rows / BATCH {
        send_poisoned(&running, &stage.oracle, BATCH, |place| {
            place % bad_one_in == bad_one_in - 1
        })?;
    }
    let began = clock::now();
    proxy.set_mood(Mood::Pass);
    running.settle()?;
    let took = began.elapsed();
    running.stop()?;
    let verdict = stage.judge()?;
    let bad = rows / bad_one_in;
    if verdict.dead != bad {
        return Err(format!("{} dead letters instead of {bad}", verdict.dead));
    }
    Ok(took.as_secs_f64())
}

fn send_poisoned(
    running: &Running,
    oracle: &Oracle,
    events: u64,
    is_bad: impl Fn(u64) -> bool,
) -> Result<(), String> {
    let numbers = oracle.issue(events);
    let body = |number: u64| {
        if is_bad(number - numbers.start) { poison(number) } else { event(number) }
    };
    let group: Vec<Value> = numbers.clone().map(body).collect();
    match post_bodies(&running.client, oracle, &numbers, &group)? {
        Answer::Taken => Ok(()),
        other => Err(format!("a batch was not taken: {other:?}")),
    }
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
