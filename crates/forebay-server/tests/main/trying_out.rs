//! `--check` says what would work, and touches nothing.

use std::collections::BTreeMap;
use std::path::Path;

use forebay_server::{ColumnConfig, ColumnType, Config, RouteConfig, Service, Trial};
use forebay_testkit::postgres::Cluster;

use crate::server::Server;

fn config(folder: &Path, sink: &str) -> Config {
    let mut config = Config {
        listen: "127.0.0.1:0".parse().expect("an address"),
        sink: sink.parse().expect("a sink"),
        ..Config::default()
    };
    config.backlog.url = format!("disk:{}", folder.join("data").display()).parse().expect("a URL");
    config
}

async fn tried(config: &Config) -> Vec<Result<String, String>> {
    let trials = Service::try_out(config).await.expect("settings that can be");
    let outcome = |trial: Trial| trial.outcome.map_err(|trouble| trouble.wrong);
    trials.into_iter().map(outcome).collect()
}

/// Every file below, with its length.
fn files(folder: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for entry in folder.read_dir().expect("a folder").flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => {
                let length = entry.metadata().expect("it is there").len();
                found.insert(path.display().to_string(), length);
            }
        }
    }
    found
}

#[tokio::test]
async fn what_is_not_there_yet_can_be_made_and_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let sink = format!("sqlite:{}", folder.path().join("sink.db").display());
    let [Ok(backlog), Ok(table)] = &tried(&config(folder.path(), &sink)).await[..] else {
        panic!("both can be")
    };
    assert!(backlog.contains("can be made") && table.contains("can be made"));
    assert_eq!(files(folder.path()), BTreeMap::new());

    let nowhere = format!("sqlite:{}", folder.path().join("no/sink.db").display());
    let tried = tried(&config(folder.path(), &nowhere)).await;
    assert!(tried[1].as_ref().is_err_and(|wrong| wrong.contains("/no")), "{tried:?}");
}

/// Its rights would let root make anything there.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_system_that_keeps_no_files_is_no_place() {
    for nowhere in ["/proc/nope", "/sys/nope/deeper"] {
        let mut config = config(Path::new("/"), &format!("sqlite:{nowhere}.db"));
        config.backlog.url = format!("disk:{nowhere}").parse().expect("a URL");
        let tried = tried(&config).await;
        assert!(tried.iter().all(Result::is_err), "{nowhere}: {tried:?}");
        assert!(!Path::new(nowhere).exists());
    }
}

#[tokio::test]
async fn what_is_at_work_and_what_is_at_rest_is_told_and_left_as_it_is() {
    let server = Server::start().await;
    let mut wire = server.connect().await;
    assert_eq!(wire.json("[1,2]").await.status, 202);
    let folder = server.folder.path().to_owned();
    let sink = format!("sqlite:{}", folder.join("events.db").display());
    let config = config(&folder, &sink);
    let at_work = tried(&config).await;
    let is_at_work = |tried: &[Result<String, String>]| {
        tried[0].as_ref().is_ok_and(|found| found.contains("in use by another process"))
    };
    assert!(is_at_work(&at_work), "{at_work:?}");
    assert!(at_work[1].is_ok(), "the rest is tried: {at_work:?}");
    let (left, _folder) = server.stop().await;
    assert_eq!(left.waiting, 0);

    // The lock goes with the last connection's task.
    drop(wire);
    while is_at_work(&tried(&config).await) {
        tokio::task::yield_now().await;
    }
    let before = files(&folder);
    let at_rest = tried(&config).await;
    assert!(at_rest.iter().all(Result::is_ok), "{at_rest:?}");
    assert!(at_rest[1].as_ref().is_ok_and(|found| found.contains("takes rows")), "{at_rest:?}");
    assert_eq!(files(&folder), before);

    let sink = rusqlite::Connection::open(folder.join("events.db")).expect("it is there");
    sink.execute_batch("ALTER TABLE events RENAME COLUMN body TO content").expect("SQL");
    drop(sink);
    let other = tried(&config).await;
    assert!(other[1].as_ref().is_err_and(|wrong| wrong.contains("body")), "{other:?}");
}

#[tokio::test]
async fn a_database_is_tried_with_the_rights_that_it_gives() {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = Cluster::shared();
    let name = cluster.create_database().await;
    let owner = cluster.connect(&name).await;
    let mut config = config(folder.path(), &cluster.url(&name));
    let column = ColumnConfig {
        pointer: Some("/n".parse().expect("a pointer")),
        kind: Some(ColumnType::Integer),
        ..ColumnConfig::default()
    };
    let columns = [("n".to_owned(), column)].into();
    config.routes.insert("own".to_owned(), RouteConfig { columns, ..RouteConfig::default() });
    let missing = tried(&config).await;
    assert!(missing.iter().all(Result::is_ok), "{missing:?}");
    let count = "SELECT count(*) FROM pg_class WHERE relname IN ('events', 'own', 'dead_letters')";
    let tables: i64 = owner.query_one(count, &[]).await.expect("SQL").get(0);
    assert_eq!(tables, 0, "nothing was made");

    owner
        .batch_execute(
            "CREATE TABLE own (event_id uuid, n text);
             CREATE TABLE events (id uuid, received_at timestamptz, attributes jsonb, body jsonb)",
        )
        .await
        .expect("SQL");
    let wrong = tried(&config).await;
    // No unique key on id.
    assert!(wrong[1].as_ref().is_err_and(|wrong| wrong.contains("unique")), "{wrong:?}");
    let other = "n: the route has bigint, the table text";
    assert!(wrong[3].as_ref().is_err_and(|wrong| wrong.contains(other)), "{wrong:?}");
}
