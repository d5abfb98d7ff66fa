//! A sink that is down is tried again for ever; afterwards every row is there, once.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use forebay_server::SinkState;
use forebay_testkit::postgres::{Cluster, LOCKED_PASSWORD, LOCKED_ROLE, Sync};
use tempfile::TempDir;

use crate::stage::{
    Database, File, backlog, deliver, eager, event, events, finish, id, ids, ids_of, start, until,
};

#[tokio::test]
async fn a_database_that_comes_up_later_gets_everything() {
    let cluster = Cluster::start_new(Sync::None);
    let name = cluster.create_database().await;
    cluster.stop();
    let backlog = backlog();
    backlog.append(events(0..500)).expect("room");
    let consumer = start(&backlog, &cluster.url(&name), &eager());
    let gauge = consumer.gauge();
    let status = until(&gauge, |status| status.sink.errors.unreachable >= 3).await;
    assert_eq!(status.sink.state, SinkState::Down);
    let reason = status.sink.reason.expect("a reason");
    assert!(reason.contains("Connection refused"), "{reason}");
    assert!(status.sink.hint.is_some_and(|hint| hint.contains("host and port")));
    cluster.start();
    let status = until(&gauge, |status| status.rows_written == 500).await;
    assert_eq!((status.sink.state, status.sink.reason), (SinkState::Up, None));
    finish(&backlog, consumer).await;
    assert_eq!(ids(&cluster.connect(&name).await, "events").await, ids_of(0..500));
}

#[tokio::test]
async fn a_database_killed_in_the_middle_ends_with_every_row_once() {
    let cluster = Cluster::start_new(Sync::None);
    let name = cluster.create_database().await;
    let backlog = backlog();
    let consumer = start(&backlog, &cluster.url(&name), &eager());
    let gauge = consumer.gauge();
    for round in 0..4 {
        backlog.append(events(round * 20_000..(round + 1) * 20_000)).expect("room");
        // Somewhere in the middle, wherever the writers are.
        until(&gauge, |status| status.rows_written > round * 20_000).await;
        cluster.kill();
        cluster.start();
    }
    finish(&backlog, consumer).await;
    assert!(gauge.status().sink.errors.unreachable > 0, "it was killed too late to be felt");
    assert_eq!(ids(&cluster.connect(&name).await, "events").await, ids_of(0..80_000));
    let snapshot = backlog.snapshot();
    assert_eq!((snapshot.delivered, snapshot.dead), (80_000, 0));
}

#[tokio::test]
async fn an_empty_backlog_is_drained_at_once_although_the_sink_is_down() {
    let backlog = backlog();
    // Nothing listens on port 1.
    let consumer = start(&backlog, "postgres://nobody@127.0.0.1:1/none", &eager());
    until(&consumer.gauge(), |status| status.sink.errors.unreachable >= 1).await;
    backlog.close();
    let patience = Duration::from_secs(60);
    let drained = tokio::time::timeout(patience, consumer.drain(patience * 100)).await;
    assert!(drained.is_ok(), "it waited for a sink that nothing is to be written to");
}

#[tokio::test]
async fn a_refused_login_is_said_clearly_and_without_the_password() {
    let database = Database::new().await;
    let grant = format!("GRANT ALL ON SCHEMA public TO {LOCKED_ROLE}");
    database.client.batch_execute(&grant).await.expect("SQL");
    let backlog = backlog();
    backlog.append(events(0..1)).expect("room");
    let url = Cluster::shared().url_as(LOCKED_ROLE, "hunter2", &database.name);
    let consumer = start(&backlog, &url, &eager());
    let gauge = consumer.gauge();
    let status = until(&gauge, |status| status.sink.errors.login >= 2).await;
    assert_eq!(status.sink.state, SinkState::Down);
    let text = format!("{status:?}");
    assert!(text.contains("password authentication failed for user \\\"locked\\\""), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    drop(consumer);
    // With the right password it works.
    let url = Cluster::shared().url_as(LOCKED_ROLE, LOCKED_PASSWORD, &database.name);
    deliver(&backlog, &url, &eager()).await;
    assert_eq!(database.ids("events").await, ids_of(0..1));
}

#[tokio::test]
async fn a_missing_database_and_an_unfit_table_are_told_apart() {
    let cluster = Cluster::shared();
    let backlog = backlog();
    let consumer = start(&backlog, &cluster.url("nowhere"), &eager());
    let status = until(&consumer.gauge(), |status| status.sink.errors.login >= 1).await;
    assert!(status.sink.reason.expect("a reason").contains("\"nowhere\" does not exist"));
    drop(consumer);

    for (table, expected) in [
        ("CREATE TABLE events (id uuid PRIMARY KEY)", "received_at"),
        (
            "CREATE TABLE events (id uuid, received_at timestamptz, attributes jsonb, body jsonb)",
            "no unique or exclusion constraint",
        ),
    ] {
        let database = Database::new().await;
        database.client.batch_execute(table).await.expect("SQL");
        let consumer = start(&backlog, &database.url(), &eager());
        let status = until(&consumer.gauge(), |status| status.sink.errors.schema >= 1).await;
        let reason = status.sink.reason.expect("a reason");
        assert!(reason.contains(expected), "{reason}");
        assert!(status.sink.hint.is_some_and(|hint| hint.contains("unique key on id")));
    }
}

#[tokio::test]
async fn a_table_that_is_put_right_while_we_retry_is_written() {
    let (database, backlog) = (Database::new().await, backlog());
    database.client.batch_execute("CREATE TABLE events (id uuid)").await.expect("SQL");
    backlog.append(events(0..10)).expect("room");
    let consumer = start(&backlog, &database.url(), &eager());
    until(&consumer.gauge(), |status| status.sink.errors.schema >= 2).await;
    database.client.batch_execute("DROP TABLE events").await.expect("SQL");
    finish(&backlog, consumer).await;
    assert_eq!(database.ids("events").await, ids_of(0..10));
}

#[tokio::test]
async fn a_full_disk_under_sqlite_is_waited_out() {
    let Some(disk) = Disk::with_room_for("2m") else {
        // Anybody can run `the_same_rows_land_once_there_is_room` in `sink/sqlite.rs`.
        eprintln!("only root can mount a small disk");
        return;
    };
    let backlog = backlog();
    let body = format!("\"{}\"", "x".repeat(10_000));
    backlog.append((0..1_000).map(|n| event(n, &body)).collect()).expect("room");
    let consumer = start(&backlog, &disk.url(), &eager());
    let gauge = consumer.gauge();
    let status = until(&gauge, |status| status.sink.errors.full >= 2).await;
    assert_eq!(status.sink.state, SinkState::Down);
    assert!(status.sink.hint.is_some_and(|hint| hint.contains("make room")), "{status:?}");
    disk.grow_to("64m");
    finish(&backlog, consumer).await;
    assert_eq!(backlog.snapshot().delivered, 1_000);
    assert_eq!(disk.rows(), 1_000);
}

#[tokio::test]
async fn a_folder_that_is_missing_under_sqlite_is_waited_for() {
    let (file, backlog) = (File::new(), backlog());
    let folder = file.path().with_file_name("later");
    let url = format!("sqlite:{}", folder.join("sink.db").display());
    backlog.append(events(0..5)).expect("room");
    let consumer = start(&backlog, &url, &eager());
    let status = until(&consumer.gauge(), |status| status.sink.errors.file >= 2).await;
    assert!(status.sink.hint.is_some_and(|hint| hint.contains("path of --sink")));
    std::fs::create_dir(&folder).expect("it can be made");
    finish(&backlog, consumer).await;
}

#[tokio::test]
async fn a_lock_held_by_another_program_is_waited_out() {
    let (file, backlog) = (File::new(), backlog());
    deliver(&crate::stage::backlog(), &file.url(), &eager()).await;
    let other = file.open();
    other.execute_batch("BEGIN IMMEDIATE").expect("SQL");
    backlog.append(events(0..5)).expect("room");
    let consumer = start(&backlog, &file.url(), &eager());
    let gauge = consumer.gauge();
    until(&gauge, |status| status.writers_busy == 1).await;
    other.execute_batch("COMMIT").expect("SQL");
    finish(&backlog, consumer).await;
    assert_eq!(file.ids("events"), ids_of(0..5));
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing_does_not_hold_a_drain() {
    let mute = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let port = mute.local_addr().expect("it is bound").port();
    let backlog = backlog();
    backlog.append(vec![event(0, "1")]).expect("room");
    let consumer = start(&backlog, &format!("postgres://u@127.0.0.1:{port}/d"), &eager());
    backlog.close();
    consumer.drain(Duration::from_millis(50)).await;
    let left = backlog.snapshot();
    assert_eq!((left.waiting, left.in_flight), (1, 0));
}

#[tokio::test]
async fn with_nothing_to_deliver_a_drain_ends_at_once_even_if_the_sink_is_down() {
    let backlog = backlog();
    let consumer = start(&backlog, "postgres://nobody@127.0.0.1:1/none", &eager());
    until(&consumer.gauge(), |status| status.sink.state == SinkState::Down).await;
    // `finish` would wait for a minute, and then panic only because of a lost event: there is
    // none. So the time is asserted, generously.
    let drained = tokio::time::timeout(Duration::from_secs(20), finish(&backlog, consumer));
    drained.await.expect("nothing is left to wait for");
}

#[tokio::test]
async fn dropping_a_consumer_gives_its_events_back() {
    let (file, backlog) = (File::new(), backlog());
    backlog.append(events(0..10)).expect("room");
    let consumer = start(&backlog, "postgres://nobody@127.0.0.1:1/none", &eager());
    until(&consumer.gauge(), |status| status.sink.errors.unreachable >= 2).await;
    drop(consumer);
    deliver(&backlog, &file.url(), &eager()).await;
    assert_eq!(file.ids("events"), (0..10).map(id).collect::<Vec<_>>());
}

/// A file system of its own, with little room.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// `None` where this process may not mount.
    fn with_room_for(size: &str) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        let options = format!("size={size}");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .output()
            .expect("every Linux has mount");
        mount.status.success().then_some(Self { folder })
    }

    fn grow_to(&self, size: &str) {
        let options = format!("remount,size={size}");
        let mount = Command::new("mount").args(["-o", &options]).arg(self.folder.path()).status();
        assert!(mount.expect("every Linux has mount").success());
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("sink.db").display())
    }

    fn rows(&self) -> i64 {
        let file =
            rusqlite::Connection::open(self.folder.path().join("sink.db")).expect("it opens");
        file.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).expect("SQL")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a test that failed may still have the file open.
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}
