//! `forebay backlog dead`, on a stopped service and on one that runs, and through kills.

use std::path::Path;

use forebay_testkit::chance::Chance;
use forebay_testkit::postgres::Cluster;
use forebay_testkit::program::client::Client;
use forebay_testkit::program::{Ended, Program, Signal};
use forebay_testkit::seed::seed;
use rusqlite::Connection;

use crate::into_postgres;
use crate::into_sqlite::numbers;
use crate::start::{PATIENCE, forebay, open, serve, wait_for_status};

const KILLS: usize = 10;

/// Odd numbers are refused until the trigger is gone.
const REFUSE_ODD: &str = "
    CREATE TABLE events (id TEXT PRIMARY KEY, received_at, attributes, body);
    CREATE TRIGGER refuse BEFORE INSERT ON events WHEN NEW.body % 2 = 1
    BEGIN SELECT RAISE(ABORT, 'odd numbers are refused'); END";

/// A service's settings, in a folder of its own.
struct Setup {
    folder: tempfile::TempDir,
    sink: String,
}

impl Setup {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = folder.path().join("events.db");
        Connection::open(&database).and_then(|db| db.execute_batch(REFUSE_ODD)).expect("SQL");
        let sink = format!("sqlite:{}", database.display());
        Self { folder, sink }
    }

    fn database(&self) -> std::path::PathBuf {
        self.folder.path().join("events.db")
    }

    fn sqlite_run(&self, sql: &str) {
        Connection::open(self.database()).and_then(|db| db.execute_batch(sql)).expect("SQL");
    }

    fn args(&self) -> [String; 4] {
        let backlog = format!("disk:{}", self.folder.path().join("data").display());
        ["--backlog".to_owned(), backlog, "--sink".to_owned(), self.sink.clone()]
    }

    fn serve(&self) -> (Program, Client) {
        let args = self.args();
        open(serve(&args.each_ref().map(String::as_str)).with_stdout_unread())
    }

    /// `forebay backlog dead …` on the stopped service.
    fn dead(&self, args: &[&str]) -> Ended {
        let start = forebay(&["backlog", "dead"]).args(args).args(self.args());
        start.start().wait(PATIENCE)
    }

    /// Sends these numbers, waits until each is in one of the two tables, and stops.
    fn take(&self, count: u64) {
        let (program, client) = self.serve();
        let all: Vec<u64> = (0..count).collect();
        assert_eq!(client.post_json(format!("{all:?}")).status, 202);
        wait_for_status(&program, &client, |status| {
            status["in_flight"] == 0 && { status["waiting"] == 0 }
        });
        stop(program);
    }
}

fn stop(program: Program) {
    program.signal(Signal::TERM);
    let ended = program.wait(PATIENCE);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

fn dead_in(database: &Path) -> u64 {
    let connection = Connection::open(database).expect("it opens");
    connection
        .query_row("SELECT count(*) FROM dead_letters", [], |row| row.get::<_, i64>(0))
        .expect("SQL")
        .unsigned_abs()
}

#[test]
fn how_many_there_are_is_in_the_metrics() {
    let setup = Setup::sqlite();
    setup.take(20);
    let (program, client) = setup.serve();
    let metrics = client.get("/metrics").body;
    assert!(metrics.contains("\nforebay_dead_letter_events 10\n"), "{metrics}");
    stop(program);
}

#[test]
fn on_a_stopped_service_they_are_listed_put_back_and_deleted() {
    let setup = Setup::sqlite();
    setup.take(20);
    let list = setup.dead(&["list"]);
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    assert_eq!(list.stdout.lines().count(), 10);
    assert!(list.stdout.lines().all(|line| line.contains("\tdefault\t")), "{}", list.stdout);
    assert!(list.stdout.contains("odd numbers are refused"), "{}", list.stdout);

    let json = setup.dead(&["list", "--json", "--limit", "3"]).stdout;
    let letters: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(letters.iter().map(|letter| letter["body"].clone()).collect::<Vec<_>>(), [1, 3, 5]);

    let nobody = setup.dead(&["purge"]);
    assert_eq!(nobody.code, Some(2), "{}", nobody.stderr);
    assert!(nobody.stderr.contains("--yes"), "{}", nobody.stderr);
    assert_eq!(dead_in(&setup.database()), 10);
    let id = letters[0]["id"].as_str().expect("an id");
    assert_eq!(setup.dead(&["purge", "--id", id, "--yes"]).stdout, "1 purged\n");

    setup.sqlite_run("DROP TRIGGER refuse");
    let requeued = setup.dead(&["requeue", "--json"]);
    assert_eq!(requeued.stdout, "{\"requeued\":9}\n", "{}", requeued.stderr);
    // On their way: still dead letters, until somebody serves.
    assert_eq!(dead_in(&setup.database()), 9);
    let list = setup.dead(&["list"]).stdout;
    assert_eq!(list.matches("on its way back").count(), 9, "{list}");

    let (program, client) = setup.serve();
    wait_for_status(&program, &client, |status| status["delivered"] == 9);
    stop(program);
    assert_eq!(dead_in(&setup.database()), 0);
    let expected: Vec<u64> = (0..20).filter(|number| *number != 1).collect();
    assert_eq!(numbers(&setup.database()), expected);
}

#[test]
fn a_service_that_runs_is_asked_by_its_address() {
    let setup = Setup::sqlite();
    setup.take(700);
    setup.sqlite_run("DROP TRIGGER refuse");
    let token_file = setup.folder.path().join("tokens");
    std::fs::write(&token_file, "# one\nalpha\n").expect("it can be written");
    let token_file = token_file.display().to_string();
    let args = setup.args();
    let args = args.each_ref().map(String::as_str);
    let program = serve(&args).args(["--token-file", &token_file]).with_stdout_unread().start();
    let url = format!("http://{}", program.address());

    let direct = setup.dead(&["requeue"]);
    assert_eq!(direct.code, Some(1), "{}", direct.stderr);
    assert!(direct.stderr.contains("--url"), "{}", direct.stderr);
    let no_token = setup.dead(&["list", "--url", &url]);
    assert_eq!(no_token.code, Some(1), "{}", no_token.stderr);
    assert!(no_token.stderr.contains("--token-file"), "{}", no_token.stderr);

    let with_token = |args: &[&str]| {
        let rest = ["--url", &url, "--token-file", &token_file];
        let ended = setup.dead(&[args, &rest].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    };
    assert_eq!(with_token(&["list"]).lines().count(), 350);
    assert_eq!(with_token(&["purge", "--yes", "--limit", "50"]), "50 purged\n");
    assert_eq!(with_token(&["requeue"]), "300 requeued\n");
    let client = Client::new(program.address()).with_token("alpha");
    wait_for_status(&program, &client, |status| status["delivered"] == 300);
    assert_eq!(dead_in(&setup.database()), 0);
    assert_eq!(numbers(&setup.database()).len(), 650);
}

#[test]
fn a_sink_that_is_not_there_is_named_and_not_made() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let typo = folder.path().join("typo.db");
    let sink = format!("sqlite:{}", typo.display());
    let ended = forebay(&["backlog", "dead", "list", "--sink", &sink]).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("typo.db"), "{}", ended.stderr);
    assert!(!typo.exists());
    let nobody = ["backlog", "dead", "requeue", "--url", "http://127.0.0.1:1"];
    let ended = forebay(&nobody).start().wait(PATIENCE);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("does forebay serve there?"), "{}", ended.stderr);
    let wrong = ["backlog", "dead", "requeue", "--url", "localhost"];
    assert_eq!(forebay(&wrong).start().wait(PATIENCE).code, Some(2));
}

/// Puts dead letters back over HTTP again and again, killing the service at any moment of it.
fn requeue_and_kill(setup: &Setup, expected: u64) {
    let mut chance = Chance::new(seed());
    for _ in 0..KILLS {
        let (program, client) = setup.serve();
        let moment = std::time::Duration::from_micros(chance.below(30_000));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Until it dies, or has nothing left to put back.
                while let Ok(answer) = client.try_post("/dead/requeue?limit=7", "text/plain", b"") {
                    if answer.status == 200 && answer.json()["requeued"] == 0 {
                        break;
                    }
                }
            });
            // Time that passes, not a wait for something to happen.
            program.runs_for(moment);
            program.signal(Signal::KILL);
        });
        drop(program.wait(PATIENCE));
    }
    let (program, client) = setup.serve();
    client.post("/dead/requeue", "text/plain", b"");
    let is_done = |status: &serde_json::Value| status["waiting"] == 0 && status["in_flight"] == 0;
    wait_for_status(&program, &client, is_done);
    assert_eq!(client.get("/dead?count=true").json()["count"], expected);
    stop(program);
}

#[test]
fn put_back_into_sqlite_under_kills_each_is_a_row_once_and_no_dead_letter() {
    let setup = Setup::sqlite();
    setup.take(600);
    setup.sqlite_run("DROP TRIGGER refuse");
    requeue_and_kill(&setup, 0);
    assert_eq!(numbers(&setup.database()), (0..600).collect::<Vec<_>>());
}

#[test]
fn put_back_into_postgresql_under_kills_each_is_a_row_or_a_dead_letter_once() {
    let cluster = Cluster::shared();
    let runtime = into_postgres::runtime();
    let database = runtime.block_on(cluster.create_database());
    let run = |sql: &str| {
        runtime.block_on(async {
            cluster.connect(&database).await.batch_execute(sql).await.expect("SQL");
        });
    };
    let check = |kept: &str| format!("ALTER TABLE events ADD CONSTRAINT c CHECK ({kept})");
    run("CREATE TABLE events (id uuid PRIMARY KEY, received_at timestamptz, attributes jsonb,
                              body jsonb)");
    run(&check("body::bigint % 2 = 0"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let setup = Setup { folder, sink: cluster.url(&database) };
    setup.take(600);
    // From now on, of the 300 odd numbers only those that end in 7 are refused.
    run("ALTER TABLE events DROP CONSTRAINT c");
    run(&check("body::bigint % 10 <> 7"));
    requeue_and_kill(&setup, 60);
    let expected: Vec<u64> = (0..600).filter(|number| number % 10 != 7).collect();
    assert_eq!(into_postgres::numbers(cluster, &database), expected);
}
