//! What was refused is put back and becomes a row once what refused it is mended: never both,
//! never neither, whatever happens on the way.

use std::sync::Arc;

use forebay_backlog::{Backlog, DiskBacklog, MemoryBacklog};
use forebay_server::{DeadFilter, DeadLetters, Limits, SinkUrl};
use uuid::Uuid;

use crate::server::Server;
use crate::stage::{Database, File, backlog, deliver, eager, event, ids_of};
use crate::wire::post;

const POISON: &str = r#"{"is":"poison"}"#;

/// A database whose events table refuses poison until it is told to stop that.
enum Refusing {
    Sqlite(File),
    Postgres(Database),
}

impl Refusing {
    async fn both() -> [Self; 2] {
        let file = File::new();
        file.open()
            .execute_batch(
                "CREATE TABLE events (id TEXT PRIMARY KEY, received_at, attributes, body);
                 CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.body LIKE '%poison%'
                 BEGIN SELECT RAISE(ABORT, 'poison is refused'); END",
            )
            .expect("SQL");
        let database = Database::new().await;
        database
            .client
            .batch_execute(
                "CREATE TABLE events (
                     id uuid PRIMARY KEY, received_at timestamptz, attributes jsonb, body jsonb,
                     CONSTRAINT poison_is_refused CHECK (body::text NOT LIKE '%poison%'))",
            )
            .await
            .expect("SQL");
        [Self::Sqlite(file), Self::Postgres(database)]
    }

    async fn run(&self, sqlite: &str, postgres: &str) {
        match self {
            Self::Sqlite(file) => file.open().execute_batch(sqlite).expect("SQL"),
            Self::Postgres(database) => database.client.batch_execute(postgres).await.expect("SQL"),
        }
    }

    async fn mend(&self) {
        let postgres = "ALTER TABLE events DROP CONSTRAINT poison_is_refused";
        self.run("DROP TRIGGER refuse", postgres).await;
    }

    fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => file.url(),
            Self::Postgres(database) => database.url(),
        }
    }

    fn letters(&self) -> DeadLetters {
        let url: SinkUrl = self.url().parse().expect("a sink");
        DeadLetters::new(&url).expect("it can work")
    }

    async fn ids(&self, table: &str) -> Vec<Uuid> {
        match self {
            Self::Sqlite(file) => file.ids(table),
            Self::Postgres(database) => database.ids(table).await,
        }
    }

    /// Delivers a good event and then some that are refused: 0 is good, the others are not.
    async fn refuse(&self, count: u64) {
        let backlog = backlog();
        let mut events: Vec<_> = (0..=count).map(|number| event(number, POISON)).collect();
        events[0] = event(0, "\"good\"");
        backlog.append(events).expect("room");
        deliver(&backlog, &self.url(), &eager()).await;
        assert_eq!(self.ids("dead_letters").await, ids_of(1..=count));
    }
}

/// Puts all back into a backlog of the default route.
async fn requeue(letters: &DeadLetters, backlog: &MemoryBacklog) -> u64 {
    let of_route =
        |route: &str| (route == "default").then(|| Arc::new(backlog.clone()) as Arc<dyn Backlog>);
    letters.requeue(&DeadFilter::default(), u64::MAX, &of_route).await.expect("it can be asked")
}

#[tokio::test]
async fn what_is_put_back_is_in_one_table_at_every_moment_and_ends_as_a_row() {
    for sink in Refusing::both().await {
        sink.refuse(450).await;
        sink.mend().await;
        let (letters, backlog) = (sink.letters(), backlog());
        assert_eq!(requeue(&letters, &backlog).await, 450);
        // On its way: still a dead letter, marked, and not put back once more.
        assert_eq!(sink.ids("dead_letters").await, ids_of(1..=450));
        assert_eq!(sink.ids("events").await, ids_of([0]));
        assert_eq!(requeue(&letters, &backlog).await, 0);
        let page = letters.list(&DeadFilter::default(), None, 1).await.expect("it can be asked");
        assert!(page.dead[0].requeued_at.is_some() && page.next.is_some());

        deliver_again(&backlog, &sink).await;
        assert!(sink.ids("dead_letters").await.is_empty());
        assert_eq!(sink.ids("events").await, ids_of(0..=450));
    }
}

#[tokio::test]
async fn what_is_refused_again_is_the_same_dead_letter_with_its_first_reason_kept() {
    for sink in Refusing::both().await {
        sink.refuse(3).await;
        let (letters, backlog) = (sink.letters(), backlog());
        assert_eq!(requeue(&letters, &backlog).await, 3);
        sink.run(
            "DROP TRIGGER refuse;
             CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.body LIKE '%poison%'
             BEGIN SELECT RAISE(ABORT, 'still refused'); END",
            "ALTER TABLE events RENAME CONSTRAINT poison_is_refused TO still_refused",
        )
        .await;
        deliver(&backlog, &sink.url(), &eager()).await;
        assert_eq!(sink.ids("dead_letters").await, ids_of(1..=3));
        let page = letters.list(&DeadFilter::default(), None, 10).await.expect("it can be asked");
        for letter in &page.dead {
            assert!(letter.reason.contains("still"), "{letter:?}");
            assert!(letter.first_reason.contains("poison"), "{letter:?}");
            assert!(letter.first_failed_at <= letter.failed_at, "{letter:?}");
            assert!(letter.attempts >= 2 && letter.requeued_at.is_none(), "{letter:?}");
            assert_eq!((letter.route.as_str(), letter.body.text()), ("default", POISON));
        }
    }
}

#[tokio::test]
async fn what_was_marked_by_a_process_that_died_is_put_back_by_the_next() {
    for sink in Refusing::both().await {
        sink.refuse(20).await;
        sink.mend().await;
        // The first process dies with the events in its memory.
        let lost = backlog();
        assert_eq!(requeue(&sink.letters(), &lost).await, 20);
        drop(lost);
        assert_eq!(sink.ids("dead_letters").await, ids_of(1..=20));
        // The second one puts them back twice over, as two processes might.
        let backlog = backlog();
        assert_eq!(requeue(&sink.letters(), &backlog).await, 20);
        assert_eq!(requeue(&sink.letters(), &backlog).await, 20);
        // Written in one go, by somebody who has to look.
        deliver_again(&backlog, &sink).await;
        assert!(sink.ids("dead_letters").await.is_empty());
        assert_eq!(sink.ids("events").await, ids_of(0..=20));
    }
}

/// Delivers what was given back once, as a backlog does whose process was started anew.
async fn deliver_again(backlog: &MemoryBacklog, sink: &Refusing) {
    drop(backlog.take(1_000).await.expect("events wait"));
    deliver(backlog, &sink.url(), &eager()).await;
}

#[tokio::test]
async fn what_no_backlog_takes_stays_a_dead_letter_without_a_mark() {
    for sink in Refusing::both().await {
        sink.refuse(5).await;
        let letters = sink.letters();
        let closed = backlog();
        closed.close();
        let of_route = |_: &str| Some(Arc::new(closed.clone()) as Arc<dyn Backlog>);
        let filter = DeadFilter::default();
        let error = letters.requeue(&filter, 10, &of_route).await.expect_err("it is closed");
        assert!(error.to_string().contains("stay dead letters"), "{error}");
        let error = letters.requeue(&filter, 10, &|_| None).await.expect_err("no such route");
        assert!(error.to_string().contains("\"default\""), "{error}");
        let page = letters.list(&filter, None, 10).await.expect("it can be asked");
        assert_eq!(page.dead.iter().filter(|letter| letter.requeued_at.is_none()).count(), 5);
    }
}

#[tokio::test]
async fn filters_say_which_are_meant_and_purge_deletes_no_others() {
    for sink in Refusing::both().await {
        sink.refuse(6).await;
        let letters = sink.letters();
        let count = async |filter: DeadFilter| letters.count(&filter).await.expect("asked");
        let all = DeadFilter::default();
        let two = DeadFilter { ids: ids_of([2, 4, 99]), ..all.clone() };
        let of = |route: &str| DeadFilter { route: Some(route.to_owned()), ..all.clone() };
        let why = |reason: &str| DeadFilter { reason: Some(reason.to_owned()), ..all.clone() };
        let before = |at_ms| DeadFilter { failed_before_ms: Some(at_ms), ..all.clone() };
        let since = |at_ms| DeadFilter { failed_since_ms: Some(at_ms), ..all.clone() };
        assert_eq!(count(all.clone()).await, 6);
        assert_eq!((count(of("default")).await, count(of("other")).await), (6, 0));
        assert_eq!((count(why("POISON")).await, count(why("full")).await), (6, 0));
        let far_ms = 4_000_000_000_000;
        assert_eq!((count(before(far_ms)).await, count(before(0)).await), (6, 0));
        assert_eq!((count(since(far_ms)).await, count(since(0)).await), (0, 6));

        assert_eq!(letters.purge(&two, 100).await, Ok(2));
        assert_eq!(letters.purge(&all, 1).await, Ok(1));
        assert_eq!(sink.ids("dead_letters").await, ids_of([3, 5, 6]));
        // What is on its way is left alone.
        requeue(&letters, &backlog()).await;
        assert_eq!(letters.purge(&all, 100).await, Ok(0));
    }
}

#[tokio::test]
async fn a_table_from_before_there_were_routes_gets_what_it_lacks() {
    let old = [
        "CREATE TABLE dead_letters (
             id TEXT PRIMARY KEY NOT NULL, received_at TEXT NOT NULL, attributes TEXT NOT NULL,
             body TEXT NOT NULL, reason TEXT NOT NULL, failed_at TEXT NOT NULL,
             attempts INTEGER NOT NULL);
         INSERT INTO dead_letters VALUES ('019ab000-0000-7000-8000-000000000001',
             '2026-01-02T03:04:05.678Z', '{}', '\"old\"', 'it was', '2026-01-02T03:04:06.000Z', 3)",
        "CREATE TABLE dead_letters (
             id uuid PRIMARY KEY, received_at timestamptz NOT NULL, attributes text NOT NULL,
             body text NOT NULL, reason text NOT NULL, failed_at timestamptz NOT NULL,
             attempts integer NOT NULL);
         INSERT INTO dead_letters VALUES ('019ab000-0000-7000-8000-000000000001',
             '2026-01-02T03:04:05.678Z', '{}', '\"old\"', 'it was', '2026-01-02T03:04:06.000Z', 3)",
    ];
    for sink in Refusing::both().await {
        sink.run(old[0], old[1]).await;
        let letters = sink.letters();
        let page = letters.list(&DeadFilter::default(), None, 10).await.expect("it can be asked");
        let letter = &page.dead[0];
        assert_eq!((letter.route.as_str(), letter.attempts), ("default", 3));
        assert_eq!(letter.received_at, "2026-01-02T03:04:05.678Z");
        assert_eq!(letter.first_failed_at, letter.failed_at);
        let backlog = backlog();
        assert_eq!(requeue(&letters, &backlog).await, 1);
        let event = backlog.take(1).await.expect("it waits").events()[0].clone();
        assert_eq!((event.received_at_ms, event.body_str()), (1_767_323_045_678, "\"old\""));
        deliver(&backlog, &sink.url(), &eager()).await;
        assert!(sink.ids("dead_letters").await.is_empty());
        assert_eq!(sink.ids("events").await, [letter.id]);
    }
}

#[tokio::test]
async fn over_http_they_are_listed_put_back_and_deleted() {
    for sink in Refusing::both().await {
        let url: SinkUrl = sink.url().parse().expect("a sink");
        let server = Server::start_with(|config| config.sink = url).await;
        let mut wire = server.connect().await;
        // More than a COPY needs, so that the fast way into PostgreSQL would be taken.
        let body = vec![POISON; 40].join("\n");
        assert_eq!(wire.post("/events", "application/x-ndjson", body.as_bytes()).await.status, 202);
        while wire.get("/status").await.json()["dead"] != 40 {}

        let list = wire.get("/dead?limit=30").await.json();
        assert_eq!(list["dead"].as_array().map(Vec::len), Some(30));
        assert_eq!(list["dead"][0]["body"]["is"], "poison");
        assert_eq!(list["dead"][0]["route"], "default");
        let next = list["next"].as_str().expect("there are more");
        let rest = wire.get(&format!("/dead?limit=30&after={next}")).await.json();
        assert_eq!(
            (rest["dead"].as_array().map(Vec::len), rest["next"].is_null()),
            (Some(10), true)
        );

        let id = list["dead"][0]["id"].as_str().expect("an id");
        let purged = wire.post(&format!("/dead/purge?id={id}"), "text/plain", b"").await;
        assert_eq!(purged.json()["purged"], 1);
        sink.mend().await;
        assert_eq!(wire.post("/dead/requeue", "text/plain", b"").await.json()["requeued"], 39);
        while wire.get("/status").await.json()["delivered"] != 39 {}
        assert!(sink.ids("dead_letters").await.is_empty());
        assert_eq!(sink.ids("events").await.len(), 39);
        let (left, _folder) = server.stop().await;
        assert_eq!(left.waiting + left.in_flight, 0);
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_of_dead_letters_is_named() {
    let server = Server::start_stuck_with(|_| {}).await;
    let mut wire = server.connect().await;
    let refused = wire.get("/dead?reasn=x").await;
    assert_eq!((refused.status, refused.json()["parameter"].as_str()), (400, Some("reasn")));
    let refused = wire.post("/dead/purge", "text/plain", b"").await;
    assert_eq!((refused.status, refused.json()["parameter"].as_str()), (400, Some("all")));
    wire.send(post("/dead", "text/plain", b"")).await;
    assert_eq!(wire.answer().await.status, 405);
    let down = wire.get("/dead").await;
    assert_eq!((down.status, down.header("retry-after").is_some()), (503, true));
    server.abandon().await;
}

#[tokio::test]
async fn what_is_put_back_survives_the_process_in_a_backlog_on_disk() {
    for sink in Refusing::both().await {
        sink.refuse(30).await;
        sink.mend().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let limits = Limits { events_max: 1_000, bytes_max: 1 << 20 };
        let first = DiskBacklog::open(folder.path(), limits).expect("it opens");
        let first: Arc<dyn Backlog> = Arc::new(first);
        let of_route = |_: &str| Some(Arc::clone(&first));
        let requeued = sink.letters().requeue(&DeadFilter::default(), 1_000, &of_route).await;
        assert_eq!(requeued, Ok(30));
        drop(first);

        let url: SinkUrl = sink.url().parse().expect("a sink");
        let path = folder.path().to_owned();
        let server = Server::start_with(|config| {
            config.sink = url;
            config.backlog.url = forebay_server::BacklogUrl::Disk(path);
        })
        .await;
        let mut wire = server.connect().await;
        while wire.get("/status").await.json()["delivered"] != 30 {}
        assert!(sink.ids("dead_letters").await.is_empty());
        assert_eq!(sink.ids("events").await, ids_of(0..=30));
        server.stop().await;
    }
}
