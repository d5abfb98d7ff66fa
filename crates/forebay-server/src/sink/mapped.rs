//! Rows with columns of a route's own, in both databases: what is written again, or late, changes
//! nothing.

use std::sync::Arc;

use forebay_backlog::{Event, Limits, MemoryBacklog};
use forebay_testkit::postgres::Cluster;

use super::{Batch, Care, Connection, Place, PostgresSink, Sink, SinkUrl, SqliteSink, Written};
use crate::columns::Mapping;
use crate::{ColumnConfig, ColumnType, RouteConfig};

fn place(upsert_on: Option<&str>) -> Place {
    let column = |pointer: &str, kind| ColumnConfig {
        pointer: Some(pointer.parse().expect("a pointer")),
        kind: Some(kind),
        required: pointer == "/k",
        ..ColumnConfig::default()
    };
    let columns = [
        ("k", column("/k", ColumnType::Text)),
        ("n", column("/n", ColumnType::Integer)),
        ("r", column("/r", ColumnType::Real)),
        ("b", column("/b", ColumnType::Boolean)),
        ("t", column("/t", ColumnType::Timestamp)),
        ("j", column("/j", ColumnType::Json)),
        ("u", column("/u", ColumnType::Uuid)),
        ("x", column("/x", ColumnType::Bytes)),
    ];
    let route = RouteConfig {
        columns: columns.map(|(name, told)| (name.to_owned(), told)).into(),
        upsert_on: upsert_on.map(|names| names.parse().expect("names")),
        ..RouteConfig::default()
    };
    let mapping = Mapping::of("a", &route).expect("good columns").map(Arc::new);
    Place { mapping, ..Place::default() }
}

async fn batch(events: &[(u64, String)]) -> Batch {
    let backlog = MemoryBacklog::new(Limits { events_max: 1_000, bytes_max: 1 << 20 });
    let event = |(number, body): &(u64, String)| Event {
        id: uuid::Builder::from_unix_timestamp_millis(1_767_323_045_678 + number, &[7; 10])
            .into_uuid(),
        received_at_ms: 0,
        attributes: "{}".into(),
        body: body.clone().into(),
        key: None,
    };
    backlog.append(events.iter().map(event).collect()).expect("room");
    let delivery = backlog.take(1_000).await.expect("they wait");
    Batch::new(Arc::new(delivery), 0..events.len())
}

/// Of one event each: key and number.
async fn numbers(events: &[(u64, &str, i64)]) -> Batch {
    let body = |&(id, key, n): &(u64, &str, i64)| (id, format!(r#"{{"k":"{key}","n":{n}}}"#));
    batch(&events.iter().map(body).collect::<Vec<_>>()).await
}

/// What both databases are asked.
trait Table {
    /// Key and number of each row, in their order.
    async fn rows(&self) -> Vec<(String, i64)>;
}

struct File(tempfile::TempDir);

impl File {
    fn open(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.0.path().join("sink.db")).expect("it is there")
    }
}

impl Table for File {
    async fn rows(&self) -> Vec<(String, i64)> {
        let file = self.open();
        let mut select = file.prepare("SELECT k, n FROM events ORDER BY k, n").expect("SQL");
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("SQL");
        rows.collect::<Result<_, _>>().expect("rows")
    }
}

struct Database(tokio_postgres::Client);

impl Table for Database {
    async fn rows(&self) -> Vec<(String, i64)> {
        let rows = self.0.query("SELECT k, n FROM events ORDER BY k, n", &[]).await.expect("SQL");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

fn sqlite(place: Place) -> (SqliteSink, File) {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let sink = SqliteSink::new(folder.path().join("sink.db"), place).expect("new enough");
    (sink, File(folder))
}

async fn postgres(place: Place) -> (PostgresSink, Database) {
    let cluster = Cluster::shared();
    let name = cluster.create_database().await;
    let Ok(SinkUrl::Postgres(url)) = cluster.url(&name).parse() else { panic!("a URL") };
    let sink = PostgresSink::new(&url, place).expect("no TLS is asked for");
    (sink, Database(cluster.connect(&name).await))
}

async fn keeps_the_newest(sink: &impl Sink, table: &impl Table) {
    let mut connection = sink.connect().await.expect("the table is made");
    let row = |key: &str, n| (key.to_owned(), n);
    // Twice in one batch, and the older one last.
    let first = numbers(&[(1, "a", 1), (5, "b", 5), (4, "b", 4)]).await;
    connection.write(first.clone(), Care::First).await.expect("written");
    assert_eq!(table.rows().await, [row("a", 1), row("b", 5)]);
    let newer = numbers(&[(6, "a", 6), (7, "c", 7)]).await;
    connection.write(newer, Care::First).await.expect("written");
    for _ in 0..2 {
        let again = connection.write(first.clone(), Care::Again).await.expect("written");
        assert_eq!(again, Written { rows: 0, dead: 0 });
        assert_eq!(table.rows().await, [row("a", 6), row("b", 5), row("c", 7)]);
    }
    connection.close().await;
}

#[tokio::test]
async fn a_row_of_a_key_is_that_of_its_newest_event_in_sqlite_however_often_it_is_written() {
    let (sink, file) = sqlite(place(Some("k")));
    keeps_the_newest(&sink, &file).await;
}

#[tokio::test]
async fn a_row_of_a_key_is_that_of_its_newest_event_in_postgres_however_often_it_is_written() {
    let (sink, database) = postgres(place(Some("k"))).await;
    keeps_the_newest(&sink, &database).await;
}

async fn writes_once(sink: &impl Sink, table: &impl Table) {
    let mut connection = sink.connect().await.expect("the table is made");
    let events: Vec<(u64, &str, i64)> =
        (1..=40).map(|n| (n, "same", i64::try_from(n).expect("small"))).collect();
    let all = numbers(&events).await;
    // By COPY where there is one.
    let written = connection.write(all.clone(), Care::First).await.expect("written");
    assert_eq!(written, Written { rows: 40, dead: 0 });
    let again = connection.write(all.clone(), Care::Again).await.expect("written");
    assert_eq!(again, Written { rows: 0, dead: 0 });
    // Nobody says that it came before: then it is seen by its id.
    assert_eq!(connection.write(all, Care::First).await.expect("written").rows, 0);
    let rows: Vec<(String, i64)> = (1..=40).map(|n| ("same".to_owned(), n)).collect();
    assert_eq!(table.rows().await, rows);
    connection.close().await;
}

#[tokio::test]
async fn events_without_a_key_are_a_row_each_once_in_sqlite() {
    let (sink, file) = sqlite(place(None));
    writes_once(&sink, &file).await;
}

#[tokio::test]
async fn events_without_a_key_are_a_row_each_once_in_postgres() {
    let (sink, database) = postgres(place(None)).await;
    writes_once(&sink, &database).await;
}

const EVERYTHING: &str = r#"{"k":"a\tb\\c\n","n":-9007199254740993,"r":"0.1","b":true,
    "t":"2030-01-31T12:00:00.123456+01:00","j":[1, 2.50, "\u00e9"],
    "u":"0191A8C07A4E7ABC8DEF0123456789AB","x":"/wBc"}"#;

#[tokio::test]
async fn every_type_is_in_sqlite_what_it_was() {
    let (sink, file) = sqlite(place(None));
    let mut connection = sink.connect().await.expect("the table is made");
    connection
        .write(batch(&[(1, EVERYTHING.to_owned())]).await, Care::First)
        .await
        .expect("written");
    let row: (String, i64, f64, bool, String, String, String, Vec<u8>) = file
        .open()
        .query_row("SELECT k, n, r, b, t, j, u, x FROM events", [], |row| row.try_into())
        .expect("a row");
    assert_eq!((row.0.as_str(), row.1, row.3), ("a\tb\\c\n", -9_007_199_254_740_993, true));
    assert!((row.2 - 0.1).abs() < f64::EPSILON);
    assert_eq!(
        (row.4.as_str(), row.5.as_str()),
        ("2030-01-31T11:00:00.123456Z", "[1, 2.50, \"\\u00e9\"]")
    );
    assert_eq!(row.6, "0191a8c0-7a4e-7abc-8def-0123456789ab");
    assert_eq!(row.7, [0xff, 0x00, b'\\']);
}

#[tokio::test]
async fn every_type_is_in_postgres_what_it_was_by_either_way_in() {
    for count in [1, 20] {
        let (sink, Database(client)) = postgres(place(None)).await;
        let mut connection = sink.connect().await.expect("the table is made");
        let events: Vec<_> = (0..count).map(|n| (n, EVERYTHING.to_owned())).collect();
        connection.write(batch(&events).await, Care::First).await.expect("written");
        let sql =
            "SELECT count(*), min(k), min(n), min(r), bool_and(b), min(t AT TIME ZONE 'UTC')::text,
                          min(j::text), min(u::text), min(x::text) FROM events";
        let row = client.query_one(sql, &[]).await.expect("SQL");
        assert_eq!(row.get::<_, i64>(0), i64::try_from(count).expect("small"));
        assert_eq!(row.get::<_, &str>(1), "a\tb\\c\n");
        assert_eq!(row.get::<_, i64>(2), -9_007_199_254_740_993);
        assert!((row.get::<_, f64>(3) - 0.1).abs() < f64::EPSILON);
        assert!(row.get::<_, bool>(4));
        assert_eq!(row.get::<_, &str>(5), "2030-01-31 11:00:00.123456");
        assert_eq!(row.get::<_, &str>(6), "[1, 2.50, \"\u{e9}\"]");
        assert_eq!(row.get::<_, &str>(7), "0191a8c0-7a4e-7abc-8def-0123456789ab");
        assert_eq!(row.get::<_, &str>(8), "\\xff005c");
    }
}

#[tokio::test]
async fn a_table_that_is_another_is_told_with_both_sides_and_left_as_it_is() {
    let (sink, file) = sqlite(place(None));
    file.open()
        .execute_batch("CREATE TABLE events (event_id TEXT PRIMARY KEY, k INTEGER, n INTEGER, m TEXT NOT NULL)")
        .expect("SQL");
    let error = sink.connect().await.expect_err("it is another").to_string();
    for part in [
        "k: the route has TEXT, the table INTEGER",
        "r: the route has REAL",
        "m: the route has none",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let (sink, Database(client)) = postgres(place(None)).await;
    let table = "CREATE TABLE events (event_id uuid PRIMARY KEY, k text, n boolean)";
    client.batch_execute(table).await.expect("SQL");
    let error = sink.connect().await.err().expect("it is another").to_string();
    assert!(error.contains("n: the route has bigint, the table boolean"), "{error}");
}

#[tokio::test]
async fn an_event_that_no_longer_fits_is_refused_by_its_row_and_the_others_are_not() {
    let (sink, _file) = sqlite(place(None));
    let mut connection = sink.connect().await.expect("the table is made");
    let events = [(1, r#"{"k":"a"}"#.to_owned()), (2, r#"{"n":1}"#.to_owned())];
    let error = connection.write(batch(&events).await, Care::First).await.expect_err("no k");
    assert_eq!((error.class.is_refused(), error.row), (true, Some(1)));
    assert!(error.reason.contains("column k"), "{}", error.reason);
    assert!(connection.is_usable());
}
