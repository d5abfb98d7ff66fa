//! Events of one key become rows in the order in which they were accepted, if their route asks for it.

use std::collections::BTreeMap;
use std::time::Duration;

use forebay_testkit::chance::Chance;
use forebay_testkit::nats::NatsServer;
use forebay_testkit::postgres::Cluster;
use forebay_testkit::program::Program;
use forebay_testkit::program::client::Client;
use forebay_testkit::seed::seed;
use serde_json::json;

use crate::into_postgres::runtime;
use crate::start::{open, serve, wait_for_status};

const SETTINGS: &str = "[backlog]\nack_wait = \"1s\"\n[routes.default]\norder_by = \"/customer\"\n\
                        [consumer]\nengage_above = 1\nslow_batch_events_max = 3\nfast_batch_events_max = 3\n";

/// A table that says in which order its rows came.
const TABLE: &str = "CREATE TABLE events (id uuid PRIMARY KEY, received_at timestamptz NOT NULL,
    attributes jsonb NOT NULL, body jsonb NOT NULL, place bigserial)";

const ROWS: &str = "SELECT body->>'customer', (body->>'n')::bigint FROM events ORDER BY place";

const PRODUCERS: u64 = 3;
const CUSTOMERS_OF_EACH: u64 = 5;
const REQUESTS_OF_EACH: u64 = 150;

/// Sends events of customers who are this producer's alone, each request once the one before it is answered. Returns how many.
fn send(client: &Client, producer: u64, mut chance: Chance) -> u64 {
    let mut next = [0; CUSTOMERS_OF_EACH as usize];
    for request in 0..REQUESTS_OF_EACH {
        let events: Vec<_> = (0..=chance.below(7))
            .map(|_| {
                let customer = chance.below(CUSTOMERS_OF_EACH);
                let n = &mut next[usize::try_from(customer).expect("five")];
                *n += 1;
                json!({ "customer": format!("{producer}-{customer}"), "n": *n - 1 })
            })
            .collect();
        let key = format!("\"{producer}-{request}\"");
        let (headers, body) = ([("idempotency-key", key.as_str())], json!(events).to_string());
        let answer = client.try_post_with("/events", "application/json", &headers, body.as_bytes());
        let answer = answer.expect("whoever takes in is not killed");
        assert_eq!(answer.status, 202, "{}", answer.body);
    }
    next.iter().sum()
}

/// Sends from several at once, with `meanwhile`, and returns how many events there are.
fn under_load(client: &Client, chance: &mut Chance, meanwhile: impl FnOnce(&mut Chance)) -> u64 {
    std::thread::scope(|scope| {
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                let (client, chance) = (client.clone(), chance.fork());
                scope.spawn(move || send(&client, producer, chance))
            })
            .collect();
        meanwhile(chance);
        producers.into_iter().map(|producer| producer.join().expect("it sends")).sum()
    })
}

fn database(cluster: &Cluster) -> String {
    runtime().block_on(async {
        let database = cluster.create_database().await;
        let client = cluster.connect(&database).await;
        client.batch_execute(TABLE).await.expect("a table can be made");
        database
    })
}

/// Waits until all are rows, and demands that those of each key are there once and in order.
fn demand_order(cluster: &Cluster, database: &str, sent: u64, by: &(Program, Client)) {
    let runtime = runtime();
    let database = runtime.block_on(cluster.connect(database));
    let rows = || {
        let rows = runtime.block_on(database.query(ROWS, &[])).expect("it answers");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect::<Vec<(String, i64)>>()
    };
    wait_for_status(&by.0, &by.1, |_| rows().len() as u64 >= sent);
    let mut next = BTreeMap::<String, i64>::new();
    for (customer, n) in rows() {
        let expected = next.entry(customer.clone()).or_default();
        assert_eq!(n, *expected, "of customer {customer}");
        *expected += 1;
    }
    assert_eq!(u64::try_from(next.values().sum::<i64>()), Ok(sent), "0 lost, 0 twice");
}

#[test]
fn each_key_is_in_order_although_those_who_deliver_are_killed() {
    let mut chance = Chance::new(seed());
    let (nats, cluster) = (NatsServer::start_new(), Cluster::shared());
    let database = database(cluster);
    let start = |role: &str| {
        let (backlog, sink) = (nats.url("events"), cluster.url(&database));
        let args = ["--config", "forebay.toml", "--role", role, "--backlog", &backlog];
        open(serve(&args).args(["--sink", &sink]).file("forebay.toml", SETTINGS))
    };
    let ingest = start("ingest");
    let mut consumers = [(); 3].map(|()| start("consume"));
    let sent = under_load(&ingest.1, &mut chance, |chance| {
        for kill in 0..6 {
            assert!(ingest.0.runs_for(Duration::from_millis(50 + chance.below(150))));
            // Dropped, it is killed with whatever it has in hand.
            consumers[kill % 3] = start("consume");
        }
    });
    demand_order(cluster, &database, sent, &ingest);
}

#[test]
fn each_key_is_in_order_on_one_machine_whatever_the_gear() {
    let mut chance = Chance::new(seed());
    let cluster = Cluster::shared();
    for backlog in ["memory:", "disk:./data"] {
        let (database, args) = (database(cluster), ["--config", "forebay.toml"]);
        let start = serve(&args).args(["--backlog", backlog, "--sink", &cluster.url(&database)]);
        let both = open(start.file("forebay.toml", SETTINGS));
        let sent = under_load(&both.1, &mut chance, |_| ());
        demand_order(cluster, &database, sent, &both);
    }
}
