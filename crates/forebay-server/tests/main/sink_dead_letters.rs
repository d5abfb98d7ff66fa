//! A row that the database refuses goes to `dead_letters`, with the reason; the others land.

use crate::stage::{
    Database, File, backlog, deliver, eager, event, events, finish, id, ids_of, start,
};

/// Valid JSON that `jsonb` cannot hold.
const POISON: &str = r#"{"text":"a\u0000b"}"#;

/// A table that users have made, with a demand of their own.
const CHECKED: &str = "
    CREATE TABLE events (
        id TEXT PRIMARY KEY, received_at TEXT, attributes TEXT,
        body TEXT CHECK (body NOT LIKE '%poison%')
    )";

#[tokio::test]
async fn a_poison_row_at_any_place_of_a_batch_is_found_by_postgres() {
    // 20: the batch goes by COPY first. 7: it goes by INSERT.
    for count in [7, 20] {
        for place in 0..count {
            let (database, backlog) = (Database::new().await, backlog());
            let mut batch = events(0..count);
            batch[usize::try_from(place).expect("small")] = event(place, POISON);
            backlog.append(batch).expect("room");
            deliver(&backlog, &database.url(), &eager()).await;
            let others = (0..count).filter(|number| *number != place);
            assert_eq!(database.ids("events").await, ids_of(others));
            assert_eq!(database.ids("dead_letters").await, ids_of([place]));
            let snapshot = backlog.snapshot();
            assert_eq!((snapshot.delivered, snapshot.dead), (count - 1, 1));
        }
    }
}

#[tokio::test]
async fn a_poison_row_at_any_place_of_a_batch_is_found_by_sqlite() {
    for count in [1, 7, 20] {
        for place in 0..count {
            let (file, backlog) = (File::new(), backlog());
            file.open().execute_batch(CHECKED).expect("SQL");
            let mut batch = events(0..count);
            batch[usize::try_from(place).expect("small")] = event(place, "\"poison\"");
            backlog.append(batch).expect("room");
            deliver(&backlog, &file.url(), &eager()).await;
            assert_eq!(file.ids("events"), ids_of((0..count).filter(|number| *number != place)));
            assert_eq!(file.ids("dead_letters"), ids_of([place]));
            let snapshot = backlog.snapshot();
            assert_eq!((snapshot.delivered, snapshot.dead), (count - 1, 1));
        }
    }
}

#[tokio::test]
async fn a_dead_letter_in_postgres_holds_the_event_and_the_reason() {
    let (database, backlog) = (Database::new().await, backlog());
    let mut batch = events(0..4);
    batch[2] = event(2, POISON);
    backlog.append(batch).expect("room");
    deliver(&backlog, &database.url(), &eager()).await;
    let row = database
        .client
        .query_one(
            "SELECT (received_at AT TIME ZONE 'UTC')::text, attributes, body, reason, attempts,
                    failed_at BETWEEN now() - interval '1 minute' AND now()
             FROM dead_letters",
            &[],
        )
        .await
        .expect("one row");
    assert_eq!(row.get::<_, &str>(0), "2026-01-02 03:04:05.68");
    assert_eq!(row.get::<_, &str>(1), r#"{"source":"stage"}"#);
    assert_eq!(row.get::<_, &str>(2), POISON);
    assert_eq!(
        row.get::<_, &str>(3),
        "unsupported Unicode escape sequence (SQLSTATE 22P05): \\u0000 cannot be converted to text."
    );
    // With the whole batch, and when it was left out.
    assert_eq!(row.get::<_, i32>(4), 2);
    assert!(row.get::<_, bool>(5));
}

#[tokio::test]
async fn a_dead_letter_in_sqlite_holds_the_event_and_the_reason() {
    let (file, backlog) = (File::new(), backlog());
    file.open().execute_batch(CHECKED).expect("SQL");
    backlog.append(vec![event(1, "\"poison\"")]).expect("room");
    deliver(&backlog, &file.url(), &eager()).await;
    let row: (String, String, String, String, u32, bool) = file
        .open()
        .query_row(
            "SELECT received_at, attributes, body, reason, attempts,
                    failed_at LIKE '2___-__-__T__:__:__.___Z' FROM dead_letters",
            [],
            |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            },
        )
        .expect("one row");
    assert_eq!(row.0, "2026-01-02T03:04:05.679Z");
    assert_eq!((row.1.as_str(), row.2.as_str()), (r#"{"source":"stage"}"#, "\"poison\""));
    assert_eq!(row.3, "CHECK constraint failed: body NOT LIKE '%poison%'");
    assert_eq!((row.4, row.5), (1, true));
}

#[tokio::test]
async fn however_many_rows_are_refused_a_batch_is_written_twice() {
    let bad = |number: &u64| number % 10 == 9;
    let of = |poison: &str| -> Vec<_> {
        let one = |number| if bad(&number) { event(number, poison) } else { event(number, "1") };
        (0..1_000).map(one).collect()
    };
    // Once by PostgreSQL, where one is refused by what reads its value and others by a CHECK; and by SQLite.
    let (database, backlog_of_postgres) = (Database::new().await, backlog());
    let checked = "CREATE TABLE events (id uuid PRIMARY KEY, received_at timestamptz,
                   attributes jsonb, body jsonb CHECK (body <> '\"poison\"'))";
    database.client.batch_execute(checked).await.expect("SQL");
    let mut batch = of("\"poison\"");
    batch[199] = event(199, POISON);
    backlog_of_postgres.append(batch).expect("room");
    let consumer = start(&backlog_of_postgres, &database.url(), &eager());
    let of_postgres = consumer.gauge();
    finish(&backlog_of_postgres, consumer).await;
    assert_eq!(database.ids("dead_letters").await, ids_of((0..1_000).filter(bad)));
    assert_eq!(database.ids("events").await.len(), 900);

    let (file, backlog_of_sqlite) = (File::new(), backlog());
    file.open().execute_batch(CHECKED).expect("SQL");
    backlog_of_sqlite.append(of("\"poison\"")).expect("room");
    let consumer = start(&backlog_of_sqlite, &file.url(), &eager());
    let of_sqlite = consumer.gauge();
    finish(&backlog_of_sqlite, consumer).await;
    assert_eq!(file.ids("dead_letters"), ids_of((0..1_000).filter(bad)));
    assert_eq!(file.ids("events").len(), 900);

    for status in [of_postgres.status(), of_sqlite.status()] {
        // Of a hundred each, ten of them refused: as a whole, and then without those.
        assert_eq!((status.sink.errors.refused, status.batches), (10, 10), "{status:?}");
        assert_eq!((status.rows_written, status.dead_letters), (900, 100), "{status:?}");
    }
}

#[tokio::test]
async fn one_poison_row_in_a_large_batch_costs_few_writes() {
    let (database, backlog) = (Database::new().await, backlog());
    let mut batch = events(0..4_096);
    batch[1_234] = event(1_234, POISON);
    backlog.append(batch).expect("room");
    let consumer = start(&backlog, &database.url(), &eager());
    let gauge = consumer.gauge();
    finish(&backlog, consumer).await;
    let status = gauge.status();
    assert_eq!((status.dead_letters, status.rows_written), (1, 4_095));
    assert_eq!(status.sink.errors.unreachable, 0, "{status:?}");
    let refused = status.sink.errors.refused;
    assert!(refused + status.batches <= 2 * 12 + 1, "{refused} + {}", status.batches);
}

#[tokio::test]
async fn a_batch_of_nothing_but_poison_is_kept_whole() {
    let (file, database) = (File::new(), Database::new().await);
    file.open().execute_batch(CHECKED).expect("SQL");
    for (sink, body) in [(file.url(), "\"poison\""), (database.url(), POISON)] {
        let backlog = backlog();
        backlog.append((0..64).map(|n| event(n, body)).collect()).expect("room");
        deliver(&backlog, &sink, &eager()).await;
        assert_eq!((backlog.snapshot().delivered, backlog.snapshot().dead), (0, 64));
    }
    assert_eq!(file.ids("dead_letters"), ids_of(0..64));
    assert_eq!(database.ids("dead_letters").await, ids_of(0..64));
    assert!(file.ids("events").is_empty() && database.ids("events").await.is_empty());
}

#[tokio::test]
async fn every_kind_of_bad_value_ends_in_dead_letters() {
    let too_deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let database = Database::new().await;
    let backlog = backlog();
    let bad = [POISON, r#""\ud800""#, "1e400000", &too_deep];
    let mut batch = events(0..10);
    for (place, body) in bad.iter().enumerate() {
        batch[2 * place] = event(2 * place as u64, body);
    }
    backlog.append(batch).expect("room");
    deliver(&backlog, &database.url(), &eager()).await;
    assert_eq!(database.ids("dead_letters").await, ids_of([0, 2, 4, 6]));
    assert_eq!(database.ids("events").await, ids_of([1, 3, 5, 7, 8, 9]));
}

#[tokio::test]
async fn a_row_that_a_trigger_or_an_index_cannot_digest_is_refused_too() {
    let file = File::new();
    let sql = "
        CREATE TABLE events (id TEXT PRIMARY KEY, received_at TEXT, attributes TEXT, body TEXT);
        CREATE INDEX by_path ON events (json_extract(attributes, body))";
    file.open().execute_batch(sql).expect("SQL");
    let backlog = backlog();
    // The body is used as a path: a number is none, which SQLite calls a general error.
    backlog.append(vec![event(0, "$"), event(1, "7 up"), event(2, "$")]).expect("room");
    deliver(&backlog, &file.url(), &eager()).await;
    assert_eq!(file.ids("dead_letters"), ids_of([1]));
    assert_eq!(file.ids("events"), ids_of([0, 2]));
}

#[tokio::test]
async fn another_unique_key_sends_the_second_row_to_dead_letters_and_not_nowhere() {
    let (file, database) = (File::new(), Database::new().await);
    file.open()
        .execute_batch(
            "CREATE TABLE events (id TEXT PRIMARY KEY, received_at TEXT, attributes TEXT,
                                  body TEXT UNIQUE)",
        )
        .expect("SQL");
    database
        .client
        .batch_execute(
            "CREATE TABLE events (id uuid PRIMARY KEY, received_at timestamptz, attributes jsonb,
                                  body jsonb UNIQUE)",
        )
        .await
        .expect("SQL");
    for sink in [file.url(), database.url()] {
        let backlog = backlog();
        let batch = (0..20).map(|n| event(n, &(n / 2).to_string())).collect();
        backlog.append(batch).expect("room");
        deliver(&backlog, &sink, &eager()).await;
        assert_eq!((backlog.snapshot().delivered, backlog.snapshot().dead), (10, 10));
    }
    let (even, odd) = (ids_of((0..20).step_by(2)), ids_of((1..20).step_by(2)));
    assert_eq!((file.ids("events"), file.ids("dead_letters")), (even.clone(), odd.clone()));
    let events = database.ids("events").await;
    assert_eq!((events, database.ids("dead_letters").await), (even, odd));
}

#[tokio::test]
async fn an_event_in_dead_letters_is_never_in_events_too() {
    let (file, database) = (File::new(), Database::new().await);
    file.open().execute_batch(CHECKED).expect("SQL");
    for (sink, body) in [(file.url(), "\"poison\""), (database.url(), POISON)] {
        let backlog = backlog();
        backlog.append(vec![event(0, body)]).expect("room");
        deliver(&backlog, &sink, &eager()).await;
    }
    // It comes again, as after a crash, and this time nothing is wrong with it.
    for sink in [file.url(), database.url()] {
        let backlog = backlog();
        backlog.append(vec![event(0, "1"), event(1, "1")]).expect("room");
        deliver(&backlog, &sink, &eager()).await;
        assert_eq!((backlog.snapshot().delivered, backlog.snapshot().dead), (1, 1));
    }
    assert_eq!((file.ids("events"), file.ids("dead_letters")), (vec![id(1)], vec![id(0)]));
    let events = database.ids("events").await;
    assert_eq!((events, database.ids("dead_letters").await), (vec![id(1)], vec![id(0)]));
}
