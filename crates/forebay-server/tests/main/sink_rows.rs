//! Every event becomes one row, and the row is the event.

use forebay_testkit::postgres::Cluster;

use crate::stage::{
    Database, File, backlog, deliver, eager, event, events, finish, ids_of, start, until,
};

/// With everything that has a meaning in one of the ways in.
const JSON: &str = "{\"a\":\t[1,\r\n2.5,\"\u{fc} \\n \\\\N \\u00e9 '\"],\"b\":null}";

#[tokio::test]
async fn an_event_is_a_row_with_all_of_it_in_sqlite() {
    let (file, backlog) = (File::new(), backlog());
    backlog.append(vec![event(1, JSON)]).expect("room");
    deliver(&backlog, &file.url(), &eager()).await;
    let row: (String, String, String, String) = file
        .open()
        .query_row("SELECT id, received_at, attributes, body FROM events", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .expect("one row");
    let id = crate::stage::id(1).to_string();
    let received_at = "2026-01-02T03:04:05.679Z".to_owned();
    assert_eq!(row, (id, received_at, r#"{"source":"stage"}"#.to_owned(), JSON.to_owned()));
}

#[tokio::test]
async fn an_event_is_a_row_with_all_of_it_in_postgres_by_either_way_in() {
    // One event goes by INSERT, twenty go by COPY; each must read back the same.
    for count in [1, 20] {
        let (database, backlog) = (Database::new().await, backlog());
        backlog.append((1..=count).map(|n| event(n, JSON)).collect()).expect("room");
        deliver(&backlog, &database.url(), &eager()).await;
        let row = database
            .client
            .query_one(
                "SELECT id::text, (received_at AT TIME ZONE 'UTC')::text, attributes->>'source',
                        body = $1::text::jsonb, pg_typeof(body)::text
                 FROM events ORDER BY id LIMIT 1",
                &[&JSON],
            )
            .await
            .expect("a row");
        assert_eq!(row.get::<_, String>(0), crate::stage::id(1).to_string());
        assert_eq!(row.get::<_, String>(1), "2026-01-02 03:04:05.679");
        assert_eq!(row.get::<_, String>(2), "stage");
        assert!(row.get::<_, bool>(3));
        assert_eq!(row.get::<_, String>(4), "jsonb");
        assert_eq!(database.ids("events").await, ids_of(1..=count));
    }
}

#[tokio::test]
async fn a_hundred_thousand_events_are_as_many_rows_in_sqlite_each_once() {
    let (file, backlog) = (File::new(), backlog());
    backlog.append(events(0..100_000)).expect("room");
    deliver(&backlog, &file.url(), &eager()).await;
    assert_eq!(file.ids("events"), ids_of(0..100_000));
    assert_eq!(backlog.snapshot().delivered, 100_000);
}

#[tokio::test]
async fn a_hundred_thousand_events_are_as_many_rows_in_postgres_each_once() {
    let (database, backlog) = (Database::new().await, backlog());
    backlog.append(events(0..100_000)).expect("room");
    deliver(&backlog, &database.url(), &eager()).await;
    assert_eq!(database.ids("events").await, ids_of(0..100_000));
    assert_eq!(backlog.snapshot().delivered, 100_000);
}

#[tokio::test]
async fn events_that_are_there_already_are_not_written_again() {
    let (file, database) = (File::new(), Database::new().await);
    for sink in [file.url(), database.url()] {
        for numbers in [0..50, 25..75] {
            let backlog = backlog();
            backlog.append(events(numbers)).expect("room");
            deliver(&backlog, &sink, &eager()).await;
            assert_eq!(backlog.snapshot().delivered, 50);
        }
    }
    assert_eq!(file.ids("events"), ids_of(0..75));
    assert_eq!(database.ids("events").await, ids_of(0..75));
}

#[tokio::test]
async fn one_writer_keeps_the_order_of_the_events() {
    let (file, backlog) = (File::new(), backlog());
    // Ids that fall: only the order of writing can tell.
    backlog.append((0..5_000).rev().map(|n| event(n, "1")).collect()).expect("room");
    deliver(&backlog, &file.url(), &eager()).await;
    let is_falling: bool = file
        .open()
        .query_row(
            "SELECT NOT EXISTS (SELECT 1 FROM events AS a JOIN events AS b
                                ON b.rowid = a.rowid + 1 WHERE b.id > a.id)",
            [],
            |row| row.get(0),
        )
        .expect("SQL");
    assert!(is_falling);
}

#[tokio::test]
async fn an_event_into_an_idle_consumer_is_written_at_once() {
    let (file, backlog) = (File::new(), backlog());
    let consumer = start(&backlog, &file.url(), &eager());
    let gauge = consumer.gauge();
    for number in 0..100 {
        backlog.append(vec![event(number, "1")]).expect("room");
        until(&gauge, |status| status.rows_written == number + 1).await;
    }
    finish(&backlog, consumer).await;
}

#[tokio::test]
async fn a_batch_is_cut_by_its_bytes_and_still_lands_whole() {
    let (database, backlog) = (Database::new().await, backlog());
    let body = format!("\"{}\"", "x".repeat(200_000));
    backlog.append((0..100).map(|n| event(n, &body)).collect()).expect("room");
    let consumer = start(&backlog, &database.url(), &eager());
    let gauge = consumer.gauge();
    finish(&backlog, consumer).await;
    assert_eq!(database.ids("events").await, ids_of(0..100));
    // 20 MB in writes of at most 8 MiB.
    assert_eq!(gauge.status().batches, 3);
}

#[tokio::test]
async fn a_table_with_other_types_gets_the_same_rows() {
    let (database, backlog) = (Database::new().await, backlog());
    database
        .client
        .batch_execute(
            "CREATE TABLE events (seq bigserial, body text, attributes json, id uuid PRIMARY KEY,
                                  received_at timestamptz)",
        )
        .await
        .expect("SQL");
    backlog.append((0..40).map(|n| event(n, r#"{"a": 1}"#)).collect()).expect("room");
    deliver(&backlog, &database.url(), &eager()).await;
    let rows = database.client.query("SELECT id::text, body FROM events ORDER BY seq", &[]).await;
    let rows = rows.expect("SQL");
    assert_eq!(rows.len(), 40);
    assert_eq!(rows[3].get::<_, String>(0), crate::stage::id(3).to_string());
    assert_eq!(rows[3].get::<_, String>(1), r#"{"a": 1}"#);
}

#[tokio::test]
async fn a_database_is_reached_over_its_socket_too() {
    let (database, backlog) = (Database::new().await, backlog());
    backlog.append(events(0..3)).expect("room");
    deliver(&backlog, &Cluster::shared().socket_url(&database.name), &eager()).await;
    assert_eq!(database.ids("events").await, ids_of(0..3));
}

#[tokio::test]
async fn a_table_with_row_security_is_written_without_copy() {
    let database = Database::new().await;
    // A role that owns nothing and may do only what it has to: COPY is refused under row security.
    database
        .client
        .batch_execute(&format!(
            "CREATE TABLE events (id uuid PRIMARY KEY, received_at timestamptz, attributes jsonb,
                                  body jsonb);
             CREATE TABLE dead_letters (id uuid PRIMARY KEY, received_at timestamptz,
                 attributes text, body text, reason text, failed_at timestamptz, attempts integer,
                 route text, first_reason text, first_failed_at timestamptz,
                 requeued_at timestamptz, requeued_by text);
             CREATE ROLE {0}_writer LOGIN;
             GRANT INSERT, SELECT ON events TO {0}_writer;
             GRANT INSERT, SELECT, UPDATE, DELETE ON dead_letters TO {0}_writer;
             ALTER TABLE events ENABLE ROW LEVEL SECURITY;
             CREATE POLICY all_rows ON events TO {0}_writer USING (true) WITH CHECK (true)",
            database.name
        ))
        .await
        .expect("SQL");
    let backlog = backlog();
    backlog.append(events(0..100)).expect("room");
    let role = format!("{}_writer", database.name);
    deliver(&backlog, &Cluster::shared().url_as(&role, "none", &database.name), &eager()).await;
    assert_eq!(database.ids("events").await, ids_of(0..100));
}
