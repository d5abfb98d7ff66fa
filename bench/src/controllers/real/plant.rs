//! A pool that writes rows, and whoever puts them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use forebay::{
    BatchHandler, Controller, Gear, Outcome, Outcomes, Pool, Producer, Queue, Runtime, Task,
};
use forebay_testkit::postgres::Cluster;
use serde::Serialize;
use tokio_postgres::Client;

use super::super::contender::{GEARS, Method, Table};
use crate::clock;
use crate::failure::Failure;

/// Rows a second at usual times.
const USUAL_PER_S: u64 = 300;
/// Rows of the spike, and how long it lasts.
const SPIKE: u64 = 30_000;
const SPIKE_S: f64 = 2.0;
/// So often whoever puts looks what is due.
const STEP: Duration = Duration::from_millis(10);
/// With fewer rows than these things are as they should be.
const CALM_BELOW: usize = 300;

/// Rows a transaction, and connections, by gear.
const SIZES: [(usize, usize); GEARS] =
    [(20, 1), (60, 1), (200, 1), (600, 1), (600, 2), (600, 3), (600, 4), (600, 5)];
/// The two gears of `serve`.
const TWO: [(usize, usize); 2] = [(100, 1), (5_000, 5)];

const TABLE: &str = "DROP TABLE IF EXISTS events; \
                     CREATE TABLE events (id int8 PRIMARY KEY, body text NOT NULL); CHECKPOINT";
const INSERT: &str = "INSERT INTO events SELECT * FROM unnest($1::int8[], $2::text[])";

/// What came of a run.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Found {
    pub(super) p99_wait_s: f64,
    pub(super) mean_wait_s: f64,
    pub(super) recovery_s: f64,
    pub(super) batches: u64,
    pub(super) busy: f64,
    pub(super) shifts: u64,
}

/// A row on its way.
#[derive(Debug, Clone, Copy)]
struct Row {
    id: i64,
    put: Instant,
}

/// A pool that writes into an empty table.
pub(super) struct Plant {
    producer: Producer<Row>,
    pool: Pool<Row>,
    writer: Writer,
    shifts: Arc<AtomicU64>,
    checker: Client,
}

/// Writes a batch in one transaction. Cloning makes another handle.
#[derive(Clone)]
struct Writer(Arc<Desk>);

struct Desk {
    idle: Mutex<Vec<Client>>,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    waits_s: Vec<f64>,
    batches: u64,
    busy: Duration,
}

struct Tokio(Instant);

impl Runtime for Tokio {
    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }

    fn after(&self, time: Duration) -> Task {
        Box::pin(tokio::time::sleep(time))
    }

    fn now(&self) -> Duration {
        clock::now() - self.0
    }
}

impl Plant {
    pub(super) async fn new(
        cluster: &Cluster,
        database: &str,
        method: Method,
    ) -> Result<Self, Failure> {
        let checker = cluster.connect(database).await;
        checker.batch_execute(TABLE).await.map_err(asking)?;
        let table = match method {
            Method::TwoGears => TWO.to_vec(),
            Method::Slowest => vec![SIZES[0]],
            Method::Fastest => vec![SIZES[GEARS - 1]],
            _ => SIZES.to_vec(),
        };
        let table: Vec<Gear> = table
            .into_iter()
            .map(|(batch, workers)| Gear { pause: Duration::ZERO, batch, workers })
            .collect();
        let connections = table.iter().map(|gear| gear.workers).max().unwrap_or(1);
        let mut idle = Vec::new();
        for _ in 0..connections {
            idle.push(cluster.connect(database).await);
        }
        let writer = Writer(Arc::new(Desk { idle: Mutex::new(idle), books: Mutex::default() }));
        let (producer, consumer) = Queue::unbounded().split();
        let shifts = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&shifts);
        let pool = Pool::builder(controller(method)?, table)
            .on_shift(move |_| _ = counted.fetch_add(1, Ordering::Relaxed))
            .batches(consumer, Tokio(clock::now()), writer.clone())
            .map_err(|error| Failure::because("the pool", error))?;
        Ok(Plant { producer, pool, writer, shifts, checker })
    }

    /// Puts what is due, waits until everything is written, and checks that it is.
    pub(super) async fn run(self, span: Duration) -> Result<Found, Failure> {
        let began = clock::now();
        let (mut put, mut recovered) = (0, None);
        let calm_from = span / 4 + Duration::from_secs_f64(SPIKE_S);
        while began.elapsed() < span {
            let due = due(began.elapsed(), span);
            let now = clock::now();
            for id in put..due {
                // An unbounded queue that is open takes everything.
                let _ = self.producer.try_put(Row { id: id as i64, put: now });
            }
            put = due;
            let is_over = began.elapsed() > calm_from && self.producer.len() < CALM_BELOW;
            if is_over && recovered.is_none() {
                recovered = Some(began.elapsed() - calm_from);
            }
            clock::pause(STEP).await;
        }
        self.pool.drain();
        let stats = self.pool.join().await.stats;
        let rows = self.checker.query_one("SELECT count(*) FROM events", &[]).await;
        let rows: i64 = rows.map_err(asking)?.get(0);
        if rows as u64 != put || stats.done != put {
            return Err(Failure::new(format!("{rows} rows, {} done, {put} put", stats.done)));
        }
        let mut books = self.writer.books();
        books.waits_s.sort_by(f64::total_cmp);
        let waits = &books.waits_s;
        Ok(Found {
            p99_wait_s: waits[waits.len() * 99 / 100],
            mean_wait_s: waits.iter().sum::<f64>() / waits.len() as f64,
            recovery_s: recovered.unwrap_or(span - calm_from).as_secs_f64(),
            batches: books.batches,
            busy: books.busy.as_secs_f64() / span.as_secs_f64(),
            shifts: self.shifts.load(Ordering::Relaxed),
        })
    }
}

/// How many rows are to be there by then.
fn due(passed: Duration, span: Duration) -> u64 {
    let usual = passed.as_secs_f64() * USUAL_PER_S as f64;
    let of_spike = (passed.as_secs_f64() - span.as_secs_f64() / 4.0) / SPIKE_S;
    (usual + of_spike.clamp(0.0, 1.0) * SPIKE as f64) as u64
}

fn controller(method: Method) -> Result<Box<dyn Controller + Send>, Failure> {
    match method {
        Method::Slowest | Method::Fastest => Ok(Box::new(Fixed)),
        Method::TwoGears => {
            let gears = forebay::Gears::two(1000, 0);
            Ok(Box::new(gears.map_err(|error| Failure::because("gears", error))?))
        }
        other => other.controller(Table::BatchFirst),
    }
}

/// One gear.
struct Fixed;

impl Controller for Fixed {
    fn shift(&mut self, _: &forebay::Snapshot, _: Duration) -> Option<forebay::Shift> {
        None
    }

    fn gear(&self) -> usize {
        0
    }

    fn count(&self) -> usize {
        1
    }
}

impl Writer {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Client>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BatchHandler<Row> for Writer {
    async fn handle(&self, rows: &mut [Row]) -> Outcomes {
        // There are as many as workers; a worker that is being replaced may still have one.
        let Some(client) = self.idle().pop() else { return Outcomes::All(Outcome::Retry) };
        let ids = Vec::from_iter(rows.iter().map(|row| row.id));
        let bodies = Vec::from_iter(rows.iter().map(|row| format!("{{\"n\":{}}}", row.id)));
        let began = clock::now();
        let written = client.execute(INSERT, &[&ids, &bodies]).await;
        let now = clock::now();
        self.idle().push(client);
        let mut books = self.books();
        books.busy += now - began;
        if written.is_err() {
            return Outcomes::All(Outcome::Retry);
        }
        books.batches += 1;
        books.waits_s.extend(rows.iter().map(|row| (now - row.put).as_secs_f64()));
        Outcomes::All(Outcome::Done)
    }
}

fn asking(error: tokio_postgres::Error) -> Failure {
    Failure::because("asking PostgreSQL", error)
}
