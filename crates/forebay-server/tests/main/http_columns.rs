//! A route may have columns of its own: an event that does not fit is refused at once.

use forebay_server::{ColumnConfig, ColumnType, Config, RouteConfig};

use crate::server::Server;

fn column(pointer: &str, kind: ColumnType) -> ColumnConfig {
    let pointer = Some(pointer.parse().expect("a pointer"));
    ColumnConfig { pointer, kind: Some(kind), ..ColumnConfig::default() }
}

fn orders(config: &mut Config) {
    let required = ColumnConfig { required: true, ..column("/order/id", ColumnType::Integer) };
    let default = Some("0".to_owned());
    let total = ColumnConfig { default, ..column("/order/total", ColumnType::Real) };
    let route = RouteConfig {
        columns: [
            ("id".to_owned(), required),
            ("total".to_owned(), total),
            ("note".to_owned(), column("/note", ColumnType::Text)),
        ]
        .into(),
        upsert_on: Some("id".parse().expect("a name")),
        ..RouteConfig::default()
    };
    config.routes.insert("orders".to_owned(), route);
}

#[tokio::test]
async fn pointers_become_columns_and_a_newer_event_changes_the_row_of_its_key() {
    let server = Server::start_with(orders).await;
    let mut wire = server.connect().await;
    let json = "application/json";
    let events = br#"[{"order":{"id":1,"total":9.5},"note":"a"},{"order":{"id":2}}]"#;
    assert_eq!(wire.post("/events/orders", json, events).await.status, 202);
    // Strings do for every type: a CSV has nothing else. Its names are whole names, not pointers.
    let form = b"order=x";
    wire.post("/events/orders", "application/x-www-form-urlencoded", form).await.problem(422);
    let newer = br#"{"order":{"id":"1","total":"10"},"note":null}"#;
    assert_eq!(wire.post("/events/orders", json, newer).await.status, 202);
    let (left, folder) = server.stop().await;
    assert_eq!(left.waiting, 0);
    let sink = rusqlite::Connection::open(folder.path().join("events.db")).expect("it is there");
    let mut select = sink.prepare("SELECT id, total, note FROM orders ORDER BY id").expect("SQL");
    let rows: Vec<(i64, f64, Option<String>)> = select
        .query_map([], |row| row.try_into())
        .expect("SQL")
        .collect::<Result<_, _>>()
        .expect("rows");
    assert_eq!(rows, [(1, 10.0, None), (2, 0.0, None)]);
}

#[tokio::test]
async fn an_empty_field_is_no_value_where_it_cannot_be_one() {
    let server = Server::start_with(|config| {
        let default = Some("7".to_owned());
        let of_default = ColumnConfig { default, ..column("/of_default", ColumnType::Integer) };
        let required = ColumnConfig { required: true, ..column("/id", ColumnType::Integer) };
        let columns = [
            ("id".to_owned(), required),
            ("of_default".to_owned(), of_default),
            ("price".to_owned(), column("/price", ColumnType::Real)),
            ("at".to_owned(), column("/at", ColumnType::Timestamp)),
            ("note".to_owned(), column("/note", ColumnType::Text)),
        ];
        let route = RouteConfig { columns: columns.into(), ..RouteConfig::default() };
        config.routes.insert("sales".to_owned(), route);
    })
    .await;
    let mut wire = server.connect().await;
    let csv = b"id,of_default,price,at,note\n1,,,,\n2,3,4.5,2030-01-31T12:00:00Z,x\n";
    assert_eq!(wire.post("/events/sales", "text/csv", csv).await.status, 202);
    let form = wire.post("/events/sales", "application/x-www-form-urlencoded", b"id=3&price=&at=");
    assert_eq!(form.await.status, 202);
    let nameless = b"id,note\n4,\n,x\n";
    let problem = wire.post("/events/sales", "text/csv", nameless).await.problem(422);
    assert_eq!((&problem["line"], &problem["column"]), (&3.into(), &"id".into()));
    let (left, folder) = server.stop().await;
    assert_eq!(left.waiting, 0);
    let sink = rusqlite::Connection::open(folder.path().join("events.db")).expect("it is there");
    let sql = "SELECT group_concat(concat_ws('/', of_default, ifnull(price, '-'), ifnull(at, '-'),
                                             ifnull(quote(note), '-')), ' ' ORDER BY id) FROM sales";
    let rows: String = sink.query_row(sql, [], |row| row.get(0)).expect("SQL");
    assert_eq!(rows, "7/-/-/'' 3/4.5/2030-01-31T12:00:00.000000Z/'x' 7/-/-/NULL");
}

#[tokio::test]
async fn an_event_that_does_not_fit_is_named_with_its_pointer_and_nothing_is_stored() {
    let server = Server::start_with(orders).await;
    let mut wire = server.connect().await;
    let lines = b"{\"order\":{\"id\":1}}\n\n{\"order\":{\"id\":1.5}}\n";
    let problem = wire.post("/events/orders", "application/x-ndjson", lines).await.problem(422);
    assert_eq!((&problem["line"], &problem["pointer"]), (&3.into(), &"/order/id".into()));
    assert_eq!(
        (&problem["column"], &problem["type"]),
        (&"id".into(), &"urn:forebay:problem:misfit".into())
    );
    let array = br#"[{"order":{"id":1}},{"order":{"id":2,"total":"much"}}]"#;
    let problem = wire.post("/events/orders", "application/json", array).await.problem(422);
    assert_eq!((&problem["element"], &problem["pointer"]), (&2.into(), &"/order/total".into()));
    for missing in ["{}", "7", r#"{"order":{"id":null}}"#] {
        let answer = wire.post("/events/orders", "application/json", missing.as_bytes()).await;
        assert!(answer.problem(422)["detail"].as_str().is_some_and(|why| why.contains("nothing")));
    }
    assert_eq!(wire.json("{}").await.status, 202, "other routes have other columns");
    assert_eq!(server.status().await["routes"]["orders"]["accepted"], 0);
    server.stop().await;
}
