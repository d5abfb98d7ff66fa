//! Events of one key become rows in the order in which they were accepted, whoever delivers them. Consumers on hosts of their
//! own are killed, stand still, and are cut off from the stream while they still reach the database.

use std::collections::BTreeMap;
use std::mem::replace;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use forebay_testkit::chance::Chance;
use forebay_testkit::nats::NatsServer;
use forebay_testkit::program::Signal;
use forebay_testkit::program::client::Client;
use serde_json::Value;

use super::Run;
use super::jetstream::{ACK_WAIT, in_the_end, settings};
use crate::clock;
use crate::event::keyed;
use crate::hosts::{Host, Way, Wire};
use crate::oracle::Oracle;
use crate::sheet::Findings;
use crate::sink::{Postgres, Sink};
use crate::stage::{PATIENCE, Running, Stage};

const PRODUCERS: u64 = 4;
const KEYS_OF_EACH: u64 = 16;
const GROUP_EVENTS_MAX: u64 = 8;

/// Between two requests of a producer: more would only take longer to be read in the end.
const BETWEEN: Duration = Duration::from_millis(20);

const ORDERED: &str = "[routes.default]\norder_by = \"/key\"\n";

/// What a consumer meets.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Killed,
    StandsStill,
    CutOff(Way),
}

const FAULTS: [Fault; 5] = [
    Fault::Killed,
    Fault::StandsStill,
    Fault::CutOff(Way::Both),
    Fault::CutOff(Way::FromTheFirst),
    Fault::CutOff(Way::FromTheSecond),
];

/// The numbers of events, key by key, in their order.
type Order = BTreeMap<u64, Vec<u64>>;

/// Who delivers, and its way to the stream.
struct Consumer<'h> {
    host: &'h Host,
    wire: Wire<'h>,
    stage: Stage,
    running: Running,
}

impl<'h> Consumer<'h> {
    fn start(host: &'h Host, wire: Wire<'h>, stage: Stage) -> Result<Self, String> {
        let running = host.inside(|| stage.start())?;
        Ok(Consumer { host, wire, stage, running })
    }

    /// What it has in hand meanwhile becomes another's, and it may still have it afterwards.
    fn suffer(&mut self, fault: Fault, lasts: Duration) -> Result<(), String> {
        match fault {
            Fault::Killed => {
                self.running.signal(Signal::KILL);
                let again = self.host.inside(|| self.stage.start())?;
                drop(replace(&mut self.running, again).program.wait(PATIENCE));
            }
            Fault::StandsStill => {
                self.running.signal(Signal::STOP);
                clock::pause(lasts);
                self.running.signal(Signal::CONT);
            }
            Fault::CutOff(way) => {
                self.wire.cut(way)?;
                clock::pause(lasts);
                self.wire.heal()?;
            }
        }
        Ok(())
    }
}

/// Row 36.
pub(super) fn of_each_key(run: &mut Run) -> Result<Findings, String> {
    let times = run.count(10, 150);
    let site = [Host::new()?, Host::new()?, Host::new()?, Host::new()?];
    let [at_server, at_ingest, others @ ..] = &site;
    let server = at_server.inside(|| NatsServer::start_at([0, 0, 0, 0].into()));
    let sink = Postgres::start_with_places();
    let stage = |wire: &Wire<'_>, role: &str| {
        let url = server.url("events").replace("0.0.0.0", &wire.address(1).to_string());
        let stage = Stage::new(run.forebay()).with_backlog(&url);
        let stage = stage.with_settings(&(settings(role) + ORDERED));
        stage.with_sink(Sink::BySocket(sink.clone()))
    };
    let wire = Wire::between(at_ingest, at_server, 1)?;
    let taking_in = stage(&wire, "ingest");
    let ingest = at_ingest.inside(|| taking_in.start())?;
    let mut consumers = Vec::new();
    for (host, net) in others.iter().zip(2..) {
        let wire = Wire::between(host, at_server, net)?;
        let stage = stage(&wire, "consume");
        consumers.push(Consumer::start(host, wire, stage)?);
    }
    let mut chance = run.chance.fork();
    let meanwhile = |chance: &mut Chance| {
        for (time, fault) in (0..times).zip(FAULTS.into_iter().cycle()) {
            run.tick(time, times);
            clock::pause(Duration::from_millis(chance.below(200)));
            let lasts = ACK_WAIT + Duration::from_millis(chance.below(1000));
            let place = usize::try_from(time).expect("a few") % consumers.len();
            consumers[place].suffer(fault, lasts)?;
        }
        Ok(())
    };
    let sent = at_ingest
        .inside(|| under_load(&ingest.client, &taking_in.oracle, &mut chance, meanwhile))?;
    at_ingest.inside(|| ingest.settle())?;
    let verdict = in_the_end(&taking_in)?;
    in_order(&sent, sink.places()?)?;
    ingest.stop()?;
    for consumer in consumers {
        consumer.running.stop()?;
    }
    let mut findings = Findings::of(times).figure(format!("{} keys, each in order", sent.len()));
    findings.add(&verdict);
    Ok(findings)
}

/// Sends until `meanwhile` is over, and returns what was accepted.
fn under_load(
    client: &Client,
    oracle: &Oracle,
    chance: &mut Chance,
    meanwhile: impl FnOnce(&mut Chance) -> Result<(), String>,
) -> Result<Order, String> {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                let (chance, is_over) = (chance.fork(), &is_over);
                scope.spawn(move || send(client, oracle, producer, chance, is_over))
            })
            .collect();
        let outcome = meanwhile(chance);
        is_over.store(true, Ordering::Relaxed);
        let mut sent = Order::new();
        for producer in producers {
            sent.extend(producer.join().map_err(|_| "a producer panicked".to_owned())??);
        }
        outcome.map(|()| sent)
    })
}

/// Sends events of keys that are this producer's alone, each request once the one before it is accepted.
fn send(
    client: &Client,
    oracle: &Oracle,
    producer: u64,
    mut chance: Chance,
    is_over: &AtomicBool,
) -> Result<Order, String> {
    let mut order = Order::new();
    while !is_over.load(Ordering::Relaxed) {
        let numbers = oracle.issue(1 + chance.below(GROUP_EVENTS_MAX));
        let of = |number| (producer * KEYS_OF_EACH + chance.below(KEYS_OF_EACH), number);
        let events: Vec<(u64, u64)> = numbers.clone().map(of).collect();
        let group: Vec<Value> = events.iter().map(|(key, number)| keyed(*number, *key)).collect();
        until_accepted(client, &numbers.start.to_string(), &Value::from(group).to_string())?;
        oracle.acknowledge(&numbers);
        for (key, number) in events {
            order.entry(key).or_default().push(number);
        }
        clock::pause(BETWEEN);
    }
    Ok(order)
}

fn until_accepted(client: &Client, name: &str, body: &str) -> Result<(), String> {
    let name = format!("\"{name}\"");
    let headers = [("idempotency-key", name.as_str())];
    let mut said = String::new();
    let is_accepted = clock::comes_true(PATIENCE, || {
        match client.try_post_with("/events", "application/json", &headers, body.as_bytes()) {
            Ok(answer) if answer.status == 202 => true,
            Ok(answer) => {
                said = format!("{} {}", answer.status, answer.body);
                false
            }
            Err(error) => {
                said = error.to_string();
                false
            }
        }
    });
    if is_accepted { Ok(()) } else { Err(format!("it takes nothing in: {said}")) }
}

/// Whether the rows of each key have the order in which they were accepted, none missing and none twice.
fn in_order(sent: &Order, rows: Vec<(u64, u64)>) -> Result<(), String> {
    let mut found = Order::new();
    for (key, number) in rows {
        found.entry(key).or_default().push(number);
    }
    for (key, numbers) in sent {
        let there = found.remove(key).unwrap_or_default();
        if there != *numbers {
            let place = numbers.iter().zip(&there).take_while(|(sent, there)| sent == there);
            let place = place.count();
            return Err(format!(
                "key {key}: row {place} is event {:?}, and {:?} was accepted there; {} rows of {}",
                there.get(place),
                numbers.get(place),
                there.len(),
                numbers.len()
            ));
        }
    }
    match found.keys().next() {
        None => Ok(()),
        Some(key) => Err(format!("nobody sent anything of key {key}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, in_order};

    #[test]
    fn keys_out_of_order_lost_twice_and_made_up_are_found() {
        let sent = Order::from([(1, vec![3, 5, 8]), (2, vec![4])]);
        assert_eq!(in_order(&sent, vec![(1, 3), (2, 4), (1, 5), (1, 8)]), Ok(()));
        let wrong: [&[(u64, u64)]; 5] = [
            &[(1, 5), (1, 3), (1, 8), (2, 4)],
            &[(1, 3), (1, 5), (2, 4)],
            &[(1, 3), (1, 5), (1, 5), (1, 8), (2, 4)],
            &[(1, 3), (1, 5), (1, 8)],
            &[(1, 3), (1, 5), (1, 8), (2, 4), (3, 9)],
        ];
        for rows in wrong {
            assert!(in_order(&sent, rows.to_vec()).is_err(), "{rows:?}");
        }
    }
}
