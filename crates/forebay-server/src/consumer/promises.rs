//! The consumer's promises, held against a sink that fails on purpose.
//!
//! The fake keeps the rules that a database keeps: a batch lands whole or not at all, an id is
//! in a table once. Each of its calls does what the script says next; with no script left it
//! works.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use forebay_backlog::{Event, Limits, MemoryBacklog};
use uuid::Uuid;

use super::board::Board;
use super::{ConsumerConfig, ConsumerHandle, RetryConfig, Speed};
use crate::sink::{
    Batch, Care, Class, Connection, DeadLetter, InPart, Place, Sink, SinkError, Written,
};

/// What one call to the sink does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Works,
    /// Nothing happens, and an error comes back.
    Fails,
    /// It happens, and an error comes back: the answer to the commit was lost.
    LosesTheAnswer,
    Panics,
}

#[derive(Debug, Default)]
struct Tables {
    events: BTreeSet<Uuid>,
    /// The same, in the order in which they came.
    landed: Vec<Uuid>,
    dead_letters: BTreeSet<Uuid>,
    script: VecDeque<Step>,
    /// Whether it can leave out what it refuses.
    parts: bool,
    writes: u64,
    connections: u64,
    /// Writes of events that were not new, done with [`Care::First`]: never right.
    careless: u64,
}

#[derive(Debug, Clone, Default)]
struct Fake {
    tables: Arc<Mutex<Tables>>,
}

impl Fake {
    fn with_script(script: impl IntoIterator<Item = Step>) -> Self {
        let fake = Self::default();
        fake.tables.lock().unwrap().script.extend(script);
        fake
    }

    /// Does what the script says: `act`, an error, or both.
    fn step<T>(
        &self,
        act: impl FnOnce(&mut Tables) -> Result<T, SinkError>,
    ) -> Result<T, SinkError> {
        let mut tables = self.tables.lock().unwrap();
        let step = tables.script.pop_front().unwrap_or(Step::Works);
        match step {
            Step::Works => act(&mut tables),
            Step::Fails => Err(SinkError::new(Class::Unreachable, "it fails")),
            Step::LosesTheAnswer => {
                act(&mut tables)?;
                Err(SinkError::new(Class::Unreachable, "the answer is lost"))
            }
            Step::Panics => {
                drop(tables);
                panic!("this is part of the test");
            }
        }
    }
}

impl Sink for Fake {
    type Connection = Self;

    fn writers_max(&self) -> usize {
        4
    }

    async fn connect(&self) -> Result<Self, SinkError> {
        self.tables.lock().unwrap().connections += 1;
        Ok(self.clone())
    }
}

impl Connection for Fake {
    fn is_usable(&self) -> bool {
        true
    }

    async fn write(&mut self, batch: Batch, care: Care) -> Result<Written, SinkError> {
        // Lets other writers in between, as a database does.
        tokio::task::yield_now().await;
        self.step(|tables| {
            tables.writes += 1;
            if batch.events().iter().any(|event| event.body == "bad") {
                return Err(SinkError::new(Class::Refused, "bad"));
            }
            let mut written = Written::default();
            for event in batch.events() {
                if tables.dead_letters.contains(&event.id) {
                    written.dead += 1;
                } else if tables.events.insert(event.id) {
                    written.rows += 1;
                    tables.landed.push(event.id);
                } else if care == Care::First {
                    tables.careless += 1;
                }
            }
            Ok(written)
        })
    }

    async fn write_in_part(&mut self, batch: Batch) -> Result<Option<InPart>, SinkError> {
        tokio::task::yield_now().await;
        if !self.tables.lock().unwrap().parts {
            return Ok(None);
        }
        self.step(|tables| {
            let mut in_part = InPart::default();
            for (row, event) in batch.events().iter().enumerate() {
                if tables.dead_letters.contains(&event.id) {
                    in_part.written.dead += 1;
                } else if event.body == "bad" {
                    in_part.refused.push((row, SinkError::new(Class::Refused, "bad")));
                } else if tables.events.insert(event.id) {
                    in_part.written.rows += 1;
                    tables.landed.push(event.id);
                }
            }
            Ok(Some(in_part))
        })
    }

    async fn bury(&mut self, dead: Vec<DeadLetter>) -> Result<(), SinkError> {
        tokio::task::yield_now().await;
        self.step(|tables| {
            for letter in dead {
                assert!(!tables.events.contains(&letter.event.id));
                tables.dead_letters.insert(letter.event.id);
            }
            Ok(())
        })
    }

    async fn close(self) {}
}

fn event(number: u128, body: &'static str) -> Event {
    Event {
        id: Uuid::from_u128(number),
        received_at_ms: 0,
        attributes: "{}".into(),
        body: body.into(),
        key: None,
    }
}

fn backlog_of(bodies: impl IntoIterator<Item = &'static str>) -> MemoryBacklog {
    let backlog = MemoryBacklog::new(Limits { events_max: 1 << 20, bytes_max: 1 << 30 });
    let events = bodies.into_iter().zip(0..).map(|(body, number)| event(number, body));
    backlog.append(events.collect()).expect("room");
    backlog
}

fn start(backlog: &MemoryBacklog, sink: &Fake) -> ConsumerHandle {
    let config = ConsumerConfig {
        slow: Speed { batch_events_max: 8, writers: 1, pause_ms: 0 },
        fast: Speed { batch_events_max: 32, writers: 3, pause_ms: 0 },
        engage_above: 64,
        retry: RetryConfig { delay_ms_first: 1_000, delay_ms_max: 60_000 },
        ..ConsumerConfig::default()
    };
    super::start(
        Arc::new(backlog.clone()),
        sink.clone(),
        Board::new("fake".to_owned(), &Place::default()),
        &config,
        7,
    )
    .expect("a consumer that can work")
}

/// Delivers everything; a paused clock makes every wait for a retry short.
async fn deliver(backlog: &MemoryBacklog, sink: &Fake) -> super::ConsumerStatus {
    let consumer = start(backlog, sink);
    let gauge = consumer.gauge();
    backlog.close();
    consumer.drain(Duration::from_secs(1_000_000)).await;
    gauge.status()
}

fn ids(numbers: impl IntoIterator<Item = u128>) -> BTreeSet<Uuid> {
    numbers.into_iter().map(Uuid::from_u128).collect()
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_writer_loses_nothing_and_does_not_end_the_loop() {
    let backlog = backlog_of(["good"; 100]);
    let sink =
        Fake::with_script([Step::Works, Step::Panics, Step::Panics, Step::Works, Step::Panics]);
    let status = deliver(&backlog, &sink).await;
    let tables = sink.tables.lock().unwrap();
    assert_eq!(tables.events, ids(0..100));
    assert_eq!(status.panics, 3);
    let snapshot = backlog.snapshot();
    assert_eq!((snapshot.delivered, snapshot.waiting, snapshot.in_flight), (100, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_write_is_one_failed_delivery_that_is_given_back() {
    let backlog = backlog_of(["good"; 20]);
    let sink = Fake::with_script([Step::Panics, Step::Works, Step::Panics]);
    let consumer = start(&backlog, &sink);
    let gauge = consumer.gauge();
    gauge.wait_for(|status| status.panics == 1).await;
    let snapshot = backlog.snapshot();
    assert_eq!((snapshot.waiting + snapshot.in_flight, snapshot.delivered), (20, 0));
    let status = gauge.wait_for(|status| status.rows_written == 20).await;
    assert_eq!((status.panics, status.batches), (2, 3), "three deliveries, two of them twice");
    // What was given back came again before anything younger.
    assert_eq!(sink.tables.lock().unwrap().landed, Vec::from_iter((0..20).map(Uuid::from_u128)));
    assert_eq!(gauge.wait_for(|status| status.writers_busy == 0).await.panics, 2);
    backlog.close();
    consumer.drain(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn writers_follow_the_gear_and_none_is_ended_at_work() {
    let backlog = backlog_of(["good"; 300]);
    let sink = Fake::with_script([Step::Fails; 50]);
    let consumer = start(&backlog, &sink);
    let gauge = consumer.gauge();
    let status = gauge.wait_for(|status| status.writers_busy == 3).await;
    assert_eq!((status.gear_name, status.rows_written), ("fast", 0));
    let status = gauge.wait_for(|status| status.gear == 0).await;
    assert_eq!(status.shifts, 2);
    gauge.wait_for(|status| status.rows_written == 300).await;

    sink.tables.lock().unwrap().script.extend([Step::Fails; 50]);
    backlog.append((300..360).map(|number| event(number, "good")).collect()).expect("room");
    let mut writers_max = 0;
    gauge
        .wait_for(|status| {
            writers_max = writers_max.max(status.writers_busy);
            status.rows_written == 360
        })
        .await;
    assert_eq!((writers_max, gauge.status().shifts), (1, 2));
    backlog.close();
    consumer.drain(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_gear_may_pause_between_batches() {
    let backlog = backlog_of(["good"; 60]);
    let config = ConsumerConfig {
        engage_above: 64,
        slow: Speed { batch_events_max: 10, writers: 1, pause_ms: 1_000 },
        ..ConsumerConfig::default()
    };
    let began = tokio::time::Instant::now();
    let sink = Fake::default();
    let board = Board::new("fake".to_owned(), &Place::default());
    let made = super::start(Arc::new(backlog.clone()), sink, board, &config, 7);
    let consumer = made.expect("a consumer that can work");
    consumer.gauge().wait_for(|status| status.rows_written == 60).await;
    // After it has connected, and between six batches.
    assert_eq!(began.elapsed().as_secs(), 6);
    backlog.close();
    consumer.drain(Duration::from_secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn after_a_spike_connections_are_made_anew_once() {
    let backlog = backlog_of(std::iter::repeat_n("good", 20_000));
    let sink = Fake::default();
    let consumer = start(&backlog, &sink);
    let gauge = consumer.gauge();
    gauge.wait_for(|status| status.rows_written == 20_000 && status.writers_busy == 0).await;
    let connections = || sink.tables.lock().unwrap().connections;
    let before = connections();
    // What they had gathered on the way goes back to the system in the meantime. Whoever does it may be
    // done before anybody sees it busy, so the connection that is made afterwards is waited for.
    gauge.wait_for(|status| status.writers_busy == 0 && connections() == before + 1).await;
    // It was one spike, so nothing is to be given back any more.
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(connections(), before + 1);
    backlog.close();
    consumer.drain(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn dropping_a_consumer_gives_everything_back() {
    let backlog = backlog_of(["good"; 300]);
    let consumer = start(&backlog, &Fake::with_script([Step::Fails; 1_000]));
    consumer.gauge().wait_for(|status| status.writers_busy == 3).await;
    drop(consumer);
    while backlog.snapshot().in_flight > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(backlog.snapshot().waiting, 300);
    assert_eq!(deliver(&backlog, &Fake::default()).await.rows_written, 300);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_doubles_nothing() {
    let backlog = backlog_of(["good"; 100]);
    let sink = Fake::with_script([Step::LosesTheAnswer, Step::Fails, Step::LosesTheAnswer]);
    deliver(&backlog, &sink).await;
    let tables = sink.tables.lock().unwrap();
    assert_eq!((&tables.events, tables.careless), (&ids(0..100), 0));
    assert_eq!(backlog.snapshot().delivered, 100);
}

#[tokio::test(start_paused = true)]
async fn every_event_ends_in_one_table_whatever_fails_and_when() {
    // Every script of four steps, over a batch with two bad rows.
    let steps = [Step::Works, Step::Fails, Step::LosesTheAnswer, Step::Panics];
    for (parts, script) in [false, true]
        .into_iter()
        .flat_map(|parts| (0..steps.len().pow(6)).map(move |script| (parts, script)))
    {
        let script: Vec<Step> =
            (0..6).map(|place| steps[script / steps.len().pow(place) % steps.len()]).collect();
        let backlog = backlog_of(["good", "bad", "good", "good", "good", "bad", "good", "good"]);
        let sink = Fake::with_script(script.clone());
        sink.tables.lock().unwrap().parts = parts;
        deliver(&backlog, &sink).await;
        let tables = sink.tables.lock().unwrap();
        assert_eq!(tables.events, ids([0, 2, 3, 4, 6, 7]), "{parts} {script:?}");
        assert_eq!(tables.dead_letters, ids([1, 5]), "{parts} {script:?}");
        assert_eq!(tables.careless, 0, "{parts} {script:?}");
        let snapshot = backlog.snapshot();
        assert_eq!(
            (snapshot.delivered, snapshot.dead, snapshot.in_flight),
            (6, 2, 0),
            "{parts} {script:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_runs_out_of_time_leaves_the_rest_in_the_backlog() {
    let backlog = backlog_of(["good"; 100]);
    let sink = Fake::with_script([Step::Fails; 1_000]);
    let consumer = start(&backlog, &sink);
    backlog.close();
    consumer.drain(Duration::from_secs(5)).await;
    let snapshot = backlog.snapshot();
    assert_eq!((snapshot.waiting, snapshot.in_flight, snapshot.delivered), (100, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn retries_become_seldom() {
    let backlog = backlog_of(["good"]);
    let sink = Fake::with_script([Step::Fails; 100_000]);
    let consumer = start(&backlog, &sink);
    backlog.close();
    consumer.drain(Duration::from_secs(3_600)).await;
    let tries = 100_000 - sink.tables.lock().unwrap().script.len();
    // Full jitter under a cap of one minute: about two a minute.
    assert!((80..200).contains(&tries), "{tries} tries in an hour");
}
