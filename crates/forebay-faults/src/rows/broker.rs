//! The server of a stream takes nothing more, is away for long, or is one of three and leads.

use std::time::Duration;

use forebay_testkit::nats::NatsServer;
use serde_json::{Value, json};

use super::Run;
use super::full::until_full;
use super::jetstream::{LOAD, in_the_end, settings};
use crate::clock;
use crate::load::{Answer, post};
use crate::sheet::Findings;
use crate::stage::{PATIENCE, Stage};

const STREAM: &str = "events";
/// Below what the server has for its stream at least.
const BYTES_MAX: u64 = 1 << 20;
const EVENTS_MAX: u64 = 500;
/// An operator may narrow a stream that is at work.
const MESSAGES_MAX: u64 = 40;

/// What a stream is full of.
#[derive(Debug, Clone, Copy)]
enum Limit {
    Bytes,
    Events,
    Messages,
}

/// Row 31.
pub(super) fn full(run: &mut Run) -> Result<Findings, String> {
    let cycles = run.count(2, 20);
    let mut findings = Findings::of(3 * cycles);
    for limit in [Limit::Bytes, Limit::Events, Limit::Messages] {
        let filled = filled_and_emptied(run, limit, cycles)?;
        findings = findings.and(filled);
    }
    Ok(findings)
}

fn filled_and_emptied(run: &mut Run, limit: Limit, cycles: u64) -> Result<Findings, String> {
    let server = NatsServer::start_new();
    let limits = match limit {
        Limit::Bytes => format!("bytes_max = {BYTES_MAX}\n"),
        Limit::Events => format!("events_max = {EVENTS_MAX}\n"),
        Limit::Messages => String::new(),
    };
    let with_limits = |role| settings(role).replace("[backlog]\n", &format!("[backlog]\n{limits}"));
    let stage = Stage::new(run.forebay())
        .with_backlog(&server.url(STREAM))
        .with_settings(&with_limits("ingest"));
    let ingest = stage.start()?;
    let delivering = Stage::new(run.forebay())
        .with_backlog(&server.url(STREAM))
        .with_settings(&with_limits("consume"))
        .with_sink(stage.sink.clone());
    let mut sent_away = 0;
    for cycle in 0..cycles {
        run.tick(cycle, cycles);
        let told = |why: String| format!("{limit:?}, cycle {cycle}: {why}");
        if matches!(limit, Limit::Messages) {
            narrow(&server, json!(MESSAGES_MAX)).map_err(told)?;
        }
        sent_away += until_full(&ingest, &stage).map_err(told)?;
        if matches!(limit, Limit::Messages) {
            narrow(&server, json!(-1)).map_err(told)?;
        }
        let consume = delivering.start()?;
        let mut taken = 0;
        let goes_on = clock::comes_true(PATIENCE, || {
            let answer = post(&ingest.client, &stage.oracle, &stage.oracle.issue(1));
            taken += u64::from(answer == Ok(Answer::Taken));
            taken == 10
        });
        if !goes_on {
            return Err(told(format!("there is room, and it takes nothing: {}", ingest.says())));
        }
        in_the_end(&stage).map_err(told)?;
        consume.stop()?;
    }
    ingest.stop()?;
    let mut findings = Findings::default().figure(format!(
        "{limit:?} full {cycles} times, {sent_away} requests sent away, no restart"
    ));
    findings.add(&stage.judge()?);
    Ok(findings)
}

/// Has the server take no more than so many messages, as `nats stream edit` does.
fn narrow(server: &NatsServer, messages_max: Value) -> Result<(), String> {
    let asked = |subject: &str, question: &str| {
        server.ask(&format!("$JS.API.STREAM.{subject}.{STREAM}"), question)
    };
    let info = asked("INFO", "").map_err(|error| error.to_string())?;
    let mut config = info["config"].clone();
    config["max_msgs"] = messages_max;
    let answer = asked("UPDATE", &config.to_string()).map_err(|error| error.to_string())?;
    answer["error"].is_null().then_some(()).ok_or_else(|| format!("it stays as it is: {answer}"))
}

/// Row 32.
pub(super) fn away(run: &mut Run) -> Result<Findings, String> {
    let lasts = Duration::from_secs(run.size(12, 600));
    let server = NatsServer::start_new();
    let stage = Stage::new(run.forebay())
        .with_backlog(&server.url(STREAM))
        .with_settings(&settings("both"));
    let running = stage.start()?;
    let mut chance = run.chance.fork();
    let (flows, answers) = LOAD.send(&running.client, &stage.oracle, &mut chance, |_| {
        clock::pause(Duration::from_millis(200));
        server.kill();
        clock::pause(lasts);
        server.start();
        until_it_flows(&stage)
    })?;
    running.settle()?;
    // What was on the wire when the server went is counted as gone, and comes again after `ack_wait`.
    let verdict = in_the_end(&stage)?;
    running.stop()?;
    let sent_away = answers.sent_away.into_inner();
    let figure = format!(
        "{} s, {sent_away} requests sent away meanwhile; traffic flows {} ms after the server is back",
        lasts.as_secs(),
        flows?.as_millis()
    );
    let mut findings = Findings::of(1).figure(figure);
    findings.add(&verdict);
    Ok(findings)
}

/// Row 34.
pub(super) fn leader_killed(run: &mut Run) -> Result<Findings, String> {
    let kills = run.count(3, 100);
    let servers = NatsServer::cluster_of_three();
    if !clock::comes_true(PATIENCE, || agrees(&servers[0])) {
        return Err("three servers do not agree on who leads".to_owned());
    }
    let replicas = settings("both").replace("[backlog]\n", "[backlog]\nreplicas = 3\n");
    let stage = Stage::new(run.forebay())
        .with_backlog(&NatsServer::url_of_all(&servers, STREAM))
        .with_settings(&replicas);
    let running = stage.start()?;
    let mut slowest = Duration::ZERO;
    for kill in 0..kills {
        run.tick(kill, kills);
        let leader = leader(&servers)?;
        let before = Duration::from_millis(run.chance.below(200));
        let mut chance = run.chance.fork();
        let (flows, _) = LOAD.send(&running.client, &stage.oracle, &mut chance, |_| {
            clock::pause(before);
            leader.kill();
            let flows = until_it_flows(&stage);
            leader.start();
            flows
        })?;
        slowest = slowest.max(flows?);
        // Two of three have everything that was acknowledged; the next may go when all have.
        if !clock::comes_true(PATIENCE, || is_whole(&servers)) {
            return Err("a server that was killed does not catch up".to_owned());
        }
    }
    running.settle()?;
    let verdict = in_the_end(&stage).map_err(|lost| format!("{lost}; {}", told(&servers)))?;
    running.stop()?;
    let figure =
        format!("traffic flows {} ms after the leader is gone, at most", slowest.as_millis());
    let mut findings = Findings::of(kills).figure(figure);
    findings.add(&verdict);
    Ok(findings)
}

/// What is left of a stream, and of those who take from it, for who has to find out where an event
/// went.
fn told(servers: &[NatsServer]) -> String {
    let state = stream(servers).map_or(Value::Null, |info| info["state"].clone());
    let list =
        |server: &NatsServer| server.ask(&format!("$JS.API.CONSUMER.LIST.{STREAM}"), "").ok();
    let consumers = servers.iter().filter_map(list).find(|list| list["error"].is_null());
    let consumers = consumers.map_or(Value::Null, |list| list["consumers"].clone());
    format!("the stream has {state}, its consumers {consumers}")
}

fn until_it_flows(stage: &Stage) -> Result<Duration, String> {
    let (began, taken) = (clock::now(), stage.oracle.acknowledged());
    match clock::comes_true(PATIENCE, || stage.oracle.acknowledged() > taken) {
        true => Ok(began.elapsed()),
        false => Err("nothing is taken in any more".to_owned()),
    }
}

/// Whether a cluster has one who decides where streams are.
fn agrees(server: &NatsServer) -> bool {
    let account = server.ask("$JS.API.INFO", "");
    account.is_ok_and(|account| account["error"].is_null() && account["limits"].is_object())
}

fn stream(servers: &[NatsServer]) -> Option<Value> {
    let ask = |server: &NatsServer| server.ask(&format!("$JS.API.STREAM.INFO.{STREAM}"), "").ok();
    servers.iter().filter_map(ask).find(|info| info["error"].is_null())
}

/// The server that leads the stream.
fn leader(servers: &[NatsServer]) -> Result<&NatsServer, String> {
    let mut place = None;
    clock::comes_true(PATIENCE, || {
        let name =
            stream(servers).and_then(|info| info["cluster"]["leader"].as_str().map(str::to_owned));
        place = name.and_then(|name| name.strip_prefix("server-")?.parse::<usize>().ok());
        place.is_some()
    });
    place.and_then(|place| servers.get(place)).ok_or_else(|| "nobody leads the stream".to_owned())
}

/// Whether every copy of the stream is as it should be.
fn is_whole(servers: &[NatsServer]) -> bool {
    let Some(info) = stream(servers) else { return false };
    let others = info["cluster"]["replicas"].as_array();
    others.is_some_and(|others| {
        others.len() == 2 && others.iter().all(|other| other["current"] == true)
    })
}
