//! Several consumers share a stream, and a sink that does not let all of them in.

use std::time::Duration;

use forebay_testkit::nats::NatsServer;
use forebay_testkit::postgres::{Cluster, Sync};
use forebay_testkit::program::Program;
use forebay_testkit::program::client::Client;

use crate::into_postgres::{numbers, runtime};
use crate::into_sqlite::send_numbers;
use crate::start::{open, serve, wait_for_status};

/// As of the consumers, but for those connections that a person holds.
const CONNECTIONS: &str = "SELECT pid FROM pg_stat_activity WHERE usename = 'consumer'";

const SETTINGS: &str = "[backlog]\nack_wait = \"2s\"\n[consumer]\nengage_above = 10\n\
                        retry_ms_first = 5\nretry_ms_max = 50\n";

/// A stream, and a database that lets the consumers in so often at one time and no more.
struct Stage {
    nats: NatsServer,
    cluster: Cluster,
    database: String,
}

impl Stage {
    fn new(connections_max: u32) -> Self {
        let (nats, cluster) = (NatsServer::start_new(), Cluster::start_new(Sync::None));
        let database = runtime().block_on(async {
            let database = cluster.create_database().await;
            let client = cluster.connect(&database).await;
            let role = format!(
                "CREATE ROLE consumer LOGIN CONNECTION LIMIT {connections_max}; GRANT ALL ON SCHEMA public TO consumer"
            );
            client.batch_execute(&role).await.expect("a role can be made");
            database
        });
        Stage { nats, cluster, database }
    }

    fn start(&self, role: &str) -> (Program, Client) {
        let sink = self.cluster.url_as("consumer", "", &self.database);
        let backlog = self.nats.url("events");
        let args = ["--config", "forebay.toml", "--role", role, "--backlog", &backlog];
        open(serve(&args).args(["--sink", &sink]).file("forebay.toml", SETTINGS))
    }

    /// Waits until each of these numbers is a row, and says so if that never comes.
    fn wait_for_rows(&self, count: u64, by: &(Program, Client)) {
        let rows = "SELECT count(*) FROM events";
        let runtime = runtime();
        let client = runtime.block_on(self.cluster.connect(&self.database));
        wait_for_status(&by.0, &by.1, |_| {
            let count_now = runtime.block_on(client.query_one(rows, &[])).expect("it is there");
            u64::try_from(count_now.get::<_, i64>(0)) == Ok(count)
        });
        assert!(numbers(&self.cluster, &self.database).into_iter().eq(0..count));
    }
}

#[test]
fn what_a_consumer_cannot_write_goes_to_one_that_can() {
    let stage = Stage::new(1);
    let ingest = stage.start("ingest");
    // It has the only connection, and keeps it while there is nothing to do.
    let first = stage.start("consume");
    wait_for_status(&first.0, &first.1, |status| status["sink"]["state"] == "up");
    let second = stage.start("consume");
    wait_for_status(&second.0, &second.1, |status| status["sink"]["state"] == "down");
    for number in 0..200 {
        send_numbers(&ingest.1, number, 1);
    }
    stage.wait_for_rows(200, &first);

    // Now the second one takes the connection away, and the first has to find out with events in its hands.
    runtime().block_on(async {
        let database = stage.cluster.connect(&stage.database).await;
        let cut = format!("SELECT pg_terminate_backend(pid) FROM ({CONNECTIONS}) AS those");
        database.execute(&cut, &[]).await.expect("it may be cut");
    });
    wait_for_status(&second.0, &second.1, |status| status["sink"]["state"] == "up");
    for number in 200..400 {
        send_numbers(&ingest.1, number, 1);
    }
    stage.wait_for_rows(400, &second);
}

#[test]
fn several_consumers_stay_within_the_connections_of_the_sink_and_write_everything() {
    const CONNECTIONS_MAX: usize = 3;
    let stage = Stage::new(3);
    let ingest = stage.start("ingest");
    // With five writers each, they would have fifteen.
    let consumers = [(); 3].map(|()| stage.start("consume"));
    let busiest = std::thread::scope(|scope| {
        for first in (0..4_000).step_by(1_000) {
            let client = ingest.1.clone();
            scope.spawn(move || {
                (0..1_000).for_each(|number| send_numbers(&client, first + number, 1))
            });
        }
        let runtime = runtime();
        let database = runtime.block_on(stage.cluster.connect(&stage.database));
        let mut busiest = 0;
        wait_for_status(&ingest.0, &ingest.1, |_| {
            runtime.block_on(async {
                let those = database.query(CONNECTIONS, &[]).await.expect("it answers");
                busiest = busiest.max(those.len());
                let rows = database.query_one("SELECT count(*) FROM events", &[]).await;
                rows.is_ok_and(|rows| rows.get::<_, i64>(0) == 4_000)
            })
        });
        busiest
    });
    assert!((1..=CONNECTIONS_MAX).contains(&busiest), "{busiest}");
    stage.wait_for_rows(4_000, &consumers[0]);
    // Whoever was not let in holds nothing.
    for (program, client) in &consumers {
        wait_for_status(program, client, |status| status["in_flight"] == 0);
        assert!(program.runs_for(Duration::ZERO));
    }
}
