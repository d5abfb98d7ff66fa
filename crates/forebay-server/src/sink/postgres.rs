//! Writes events into a PostgreSQL database.
//!
//! Two ways lead into the table. Events that nobody is known to have tried to write go by `COPY`, about twice
//! as fast; everything else goes by one `INSERT … ON CONFLICT DO NOTHING` from arrays, which
//! may be repeated and leaves out dead letters. When a `COPY` fails for a reason other than a
//! lost connection, the `INSERT` decides: only its verdict counts. What is refused is then written
//! without the rows that are to blame (`part`), where the server lets us.

mod care;
mod classify;
mod part;
mod rows;
mod session;
mod statements;
mod tls;
mod trial;

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use forebay_backlog::Event;
use futures_util::SinkExt as _;
use futures_util::future::try_join;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::{
    Batch, Care, Class, Connection, DeadLetter, InPart, Layout, Place, PostgresUrl, Sink,
    SinkError, Written,
};
use crate::clock;
use crate::columns::Dialect;
use part::Parting;
use rows::Rows;
use session::Session;
use statements::Statements;
pub(crate) use tls::TlsUnavailable;

/// How long each thing may take, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Connecting, from the first packet to the last table.
    connect_ms_max: u64,
    /// A write. Generous: a large batch into a busy database is slow, and calling it off makes it
    /// no faster.
    write_ms_max: u64,
    /// Calling off a write.
    cancel_ms_max: u64,
    /// Taking leave.
    close_ms_max: u64,
}

const PATIENCE: Patience = Patience {
    connect_ms_max: 15_000,
    write_ms_max: 60_000,
    cancel_ms_max: 5_000,
    close_ms_max: 1_000,
};

/// Below this, the second round trip of a `COPY` costs more than it gains.
const COPY_ROWS_MIN: usize = 16;

/// A PostgreSQL database.
#[derive(Debug)]
pub(crate) struct PostgresSink {
    session: Session,
    place: Place,
    patience: Patience,
}

impl PostgresSink {
    /// Names a database and the place of a route in it; nothing is connected yet.
    ///
    /// # Errors
    /// TLS is demanded and this machine has no certificates to check a server's with.
    pub(crate) fn new(url: &PostgresUrl, place: Place) -> Result<Self, TlsUnavailable> {
        Session::new(url).map(|session| Self { session, place, patience: PATIENCE })
    }
}

impl Sink for PostgresSink {
    type Connection = PostgresConnection;

    fn writers_max(&self) -> usize {
        usize::MAX
    }

    async fn connect(&self) -> Result<PostgresConnection, SinkError> {
        let connect = async {
            let open = self.session.open().await?;
            let found = statements::create(&open.client, &self.place).await?;
            if let Err(error) = Layout::of(&self.place).compare(&found, Dialect::Postgres) {
                return Ok(Err(error));
            }
            let statements = Statements::prepare(&open.client, &self.place).await?;
            Ok(Ok((open, statements)))
        };
        let connected = within(self.patience.connect_ms_max, connect).await;
        let connected = connected.ok_or_else(|| {
            SinkError::new(Class::Unreachable, "no answer to a login within its time")
        })?;
        let (open, statements) = connected.map_err(|error| classify::of_session(&error))??;
        let (place, patience) = (self.place.clone(), self.patience);
        let parting = Parting::default();
        Ok(PostgresConnection { open, statements, parting, place, is_spent: false, patience })
    }
}

/// One writer's connection.
pub(crate) struct PostgresConnection {
    open: session::Open,
    statements: Statements,
    parting: Parting,
    place: Place,
    /// It is not to be used again: an answer is outstanding that nobody waits for, or what went
    /// wrong may be mended by connecting anew (another server leads, a table was made anew).
    is_spent: bool,
    patience: Patience,
}

impl Connection for PostgresConnection {
    fn is_usable(&self) -> bool {
        !self.is_spent && !self.open.client.is_closed()
    }

    async fn write(&mut self, batch: Batch, care: Care) -> Result<Written, SinkError> {
        let rows = Rows::of(&self.place, batch.events())?;
        // Also for a caller that drops this future half way.
        self.is_spent = true;
        let outcome = within(self.patience.write_ms_max, self.write_rows(&rows, care)).await;
        self.finish(outcome).await
    }

    async fn write_in_part(&mut self, batch: Batch) -> Result<Option<InPart>, SinkError> {
        self.is_spent = true;
        let outcome = within(self.patience.write_ms_max, self.write_parted(batch.events())).await;
        let outcome = self.finish(outcome).await;
        if outcome.as_ref().is_err_and(|error| error.class.is_refused()) {
            self.parting = Parting::Unavailable;
        }
        outcome
    }

    async fn bury(&mut self, dead: Vec<DeadLetter>) -> Result<(), SinkError> {
        self.is_spent = true;
        let outcome = within(self.patience.write_ms_max, self.insert_dead(&dead)).await;
        self.finish(outcome).await
    }

    async fn close(self) {
        let _ = within(self.patience.close_ms_max, self.open.close()).await;
    }
}

impl PostgresConnection {
    /// Sorts an outcome; one that never came is called off.
    async fn finish<T>(
        &mut self,
        outcome: Option<Result<T, tokio_postgres::Error>>,
    ) -> Result<T, SinkError> {
        if let Some(outcome) = outcome {
            let outcome = outcome.map_err(|error| classify::error(&error));
            self.is_spent = matches!(&outcome, Err(error)
                if !matches!(error.class, Class::Refused | Class::Full | Class::Busy));
            return outcome;
        }
        // Otherwise the statement would wait on in the server (for a lock, say), and every retry
        // would put another one beside it.
        let _ = within(self.patience.cancel_ms_max, self.open.cancel()).await;
        Err(SinkError::new(Class::Busy, "no answer to a write within its time"))
    }

    async fn write_rows(
        &mut self,
        rows: &Rows<'_>,
        care: Care,
    ) -> Result<Written, tokio_postgres::Error> {
        let events = rows.events;
        let care = match care {
            Care::First if self.place.requeued.may_cover(events.iter().map(|event| event.id)) => {
                Care::Again
            }
            care => care,
        };
        let is_quick = care != Care::Again && events.len() >= COPY_ROWS_MIN;
        if is_quick && self.statements.copy.is_some() {
            match self.copy(rows, care).await {
                Ok(Some(rows)) => return Ok(Written { rows, dead: 0 }),
                Ok(None) => {}
                Err(error) if error.code().is_none() => return Err(error),
                // They are there already, by somebody of whom nobody knew.
                Err(error)
                    if care == Care::Perhaps
                        && error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {}
                // Such as row security on the table: it will not work the next time either.
                Err(error) if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => {
                    self.statements.copy = None;
                }
                // It has been said which row it is: no need to look for it.
                Err(error) if classify::row_in_copy(&error).is_some() => return Err(error),
                // Whoever leaves out what is refused decides, and not this.
                Err(error) if classify::error(&error).class.is_refused() => {
                    if let Parting::Ready(_) = self.parting().await? {
                        return Err(error);
                    }
                }
                Err(_) => {}
            }
        }
        self.insert(rows, care).await
    }

    /// Whether the server can leave out rows; asked once.
    async fn parting(&mut self) -> Result<&Parting, tokio_postgres::Error> {
        if let Parting::Untried = self.parting {
            self.parting = part::prepare(&self.open.client, &self.place).await?;
        }
        Ok(&self.parting)
    }

    async fn write_parted(
        &mut self,
        events: &[Event],
    ) -> Result<Option<InPart>, tokio_postgres::Error> {
        let began = clock::now();
        let Parting::Ready(statement) = self.parting().await? else { return Ok(None) };
        let statement = statement.clone();
        let part::Parted { rows, refused } =
            match part::write(&self.open.client, &statement, events).await {
                // Such as somebody between us who gives each transaction another session.
                Err(error) if classify::error(&error).class == Class::Schema => {
                    self.parting = Parting::Unavailable;
                    return Ok(None);
                }
                parted => parted?,
            };
        let landed = events.len() as u64 - refused.len() as u64;
        let dead = if rows < landed { self.count_dead(events).await? } else { 0 };
        Ok(Some(InPart { written: Written { rows, dead }, refused, took: began.elapsed() }))
    }

    /// How many of the events are in `dead_letters` and not on their way back.
    async fn count_dead(&self, events: &[Event]) -> Result<u64, tokio_postgres::Error> {
        let ids = rows::ids(events);
        let row = self.open.client.query_one(&self.statements.count_dead, &[&ids]).await?;
        Ok(row.get::<_, i64>(0).unsigned_abs())
    }

    /// Nothing, if it is not the way: it would not notice that some of them are dead letters.
    async fn copy(
        &self,
        rows: &Rows<'_>,
        care: Care,
    ) -> Result<Option<u64>, tokio_postgres::Error> {
        let Some(copy) = &self.statements.copy else { return Ok(None) };
        // Sent one behind the other: the look costs no wait of its own.
        let looking = self.may_be_dead(rows.events, care);
        let copying = self.open.client.copy_in::<_, Bytes>(copy);
        let (may_be_dead, sink) = try_join(looking, copying).await?;
        if may_be_dead {
            // Dropped, it writes nothing.
            return Ok(None);
        }
        let mut sink = pin!(sink);
        for piece in rows.copy_pieces() {
            sink.send(piece).await?;
        }
        sink.finish().await.map(Some)
    }

    /// Whether there is a dead letter between the least id and the greatest: ids rise with time, so those of a
    /// batch are close together, and this is one look into an index.
    async fn may_be_dead(
        &self,
        events: &[Event],
        care: Care,
    ) -> Result<bool, tokio_postgres::Error> {
        let ids = || events.iter().map(|event| event.id);
        let (Some(least), Some(greatest)) = (ids().min(), ids().max()) else { return Ok(false) };
        if care == Care::First {
            return Ok(false);
        }
        let between = [rows::Id::new(least), rows::Id::new(greatest)];
        let look = &self.statements.is_dead_between;
        let row = self.open.client.query_one(look, &[&between[0], &between[1]]).await?;
        Ok(row.get(0))
    }

    async fn insert(&self, rows: &Rows<'_>, care: Care) -> Result<Written, tokio_postgres::Error> {
        let (client, events) = (&self.open.client, rows.events);
        let insert = match care {
            Care::First => &self.statements.insert,
            Care::Perhaps | Care::Again => &self.statements.insert_again,
        };
        let ids = rows::ids(events);
        let rows = match rows.columns() {
            Some(columns) => {
                let mut values: Vec<&(dyn ToSql + Sync)> = vec![&ids];
                values.extend(columns.iter().map(|column| column as &(dyn ToSql + Sync)));
                client.execute(insert, &values).await?
            }
            None => {
                let (times, attributes) = (rows::times(events), rows::attributes(events));
                let values: [&(dyn ToSql + Sync); 4] =
                    [&ids, &times, &attributes, &rows::bodies(events)];
                client.execute(insert, &values).await?
            }
        };
        // Seldom: only after a retry, or when a trigger of the table swallows rows.
        let dead = if rows < events.len() as u64 { self.count_dead(events).await? } else { 0 };
        Ok(Written { rows, dead })
    }

    async fn insert_dead(&self, dead: &[DeadLetter]) -> Result<(), tokio_postgres::Error> {
        let events: Vec<Event> = dead.iter().map(|letter| letter.event.clone()).collect();
        let attributes: Vec<&str> = events.iter().map(|event| &*event.attributes).collect();
        let bodies: Vec<&str> = events.iter().map(Event::body_str).collect();
        let reasons: Vec<&str> = dead.iter().map(|letter| &*letter.reason).collect();
        let attempts: Vec<i32> =
            dead.iter().map(|letter| letter.attempts.try_into().unwrap_or(i32::MAX)).collect();
        self.open
            .client
            .execute(
                &self.statements.bury,
                &[
                    &rows::ids(&events),
                    &rows::times(&events),
                    &attributes,
                    &bodies,
                    &reasons,
                    &attempts,
                ],
            )
            .await?;
        Ok(())
    }
}

/// Waits for `work`, but not for ever.
async fn within<T>(ms_max: u64, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(Duration::from_millis(ms_max), work).await.ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use forebay_backlog::{Limits, MemoryBacklog};
    use forebay_testkit::postgres::Cluster;

    use super::*;
    use crate::sink::SinkUrl;

    #[tokio::test]
    async fn a_write_without_an_answer_is_called_off_in_the_server_too() {
        let cluster = Cluster::shared();
        let name = cluster.create_database().await;
        let Ok(SinkUrl::Postgres(url)) = cluster.url(&name).parse() else { panic!("a URL") };
        let mut sink = PostgresSink::new(&url, Place::default()).expect("no TLS is asked for");
        sink.patience.write_ms_max = 100;
        let mut connection = sink.connect().await.expect("it runs");

        let other = cluster.connect(&name).await;
        other.batch_execute("BEGIN; LOCK TABLE events").await.expect("SQL");
        let error = connection.write(batch([1]).await, Care::First).await.expect_err("locked");
        assert_eq!(error.class, Class::Busy);
        assert!(!connection.is_usable());

        // Asked again and again until it is so; the test's patience is the harness's.
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database =
                       (SELECT oid FROM pg_database WHERE datname = current_database())";
        while other.query_one(waiting, &[]).await.expect("SQL").get::<_, i64>(0) > 0 {}
        other.batch_execute("COMMIT").await.expect("SQL");
        let rows = other.query_one("SELECT count(*) FROM events", &[]).await.expect("SQL");
        assert_eq!(rows.get::<_, i64>(0), 0);
    }

    /// What wrote into `events`, as the server knows it.
    const TOLD: &str = "
        CREATE TABLE told (what text);
        CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO told VALUES (left(current_query(), 4)); RETURN NULL; END';
        CREATE TRIGGER tell AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION tell()";

    #[tokio::test]
    async fn what_is_perhaps_there_is_copied_and_never_there_twice() {
        let cluster = Cluster::shared();
        let name = cluster.create_database().await;
        let Ok(SinkUrl::Postgres(url)) = cluster.url(&name).parse() else { panic!("a URL") };
        let sink = PostgresSink::new(&url, Place::default()).expect("no TLS is asked for");
        let mut connection = sink.connect().await.expect("it runs");
        let other = cluster.connect(&name).await;
        other.batch_execute(TOLD).await.expect("SQL");
        let told = async || {
            let last = "DELETE FROM told RETURNING what";
            let rows = other.query(last, &[]).await.expect("SQL");
            rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>()
        };

        let written = connection.write(batch(1..101).await, Care::Perhaps).await.expect("new");
        assert_eq!(written, Written { rows: 100, dead: 0 });
        assert_eq!(told().await, ["COPY"]);

        let written = connection.write(batch(51..151).await, Care::Perhaps).await.expect("half");
        assert_eq!(written, Written { rows: 50, dead: 0 });
        assert_eq!(told().await, ["WITH"], "the copy left nothing");

        let reason = "no such customer".to_owned();
        let event = batch([220]).await.events()[0].clone();
        let letter = DeadLetter { event, reason, attempts: 1 };
        connection.bury(vec![letter]).await.expect("it is buried");
        let written = connection.write(batch(201..301).await, Care::Perhaps).await.expect("all");
        assert_eq!(written, Written { rows: 99, dead: 1 }, "it is in one table and not in both");
        assert_eq!(told().await, ["WITH"]);
        assert!(connection.is_usable());

        let written = connection.write(batch(301..401).await, Care::Perhaps).await.expect("new");
        assert_eq!(written, Written { rows: 100, dead: 0 });
        assert_eq!(told().await, ["COPY"], "a dead letter elsewhere is nobody's concern");
    }

    async fn batch(numbers: impl IntoIterator<Item = u128>) -> Batch {
        let backlog = MemoryBacklog::new(Limits { events_max: 1_000, bytes_max: 1 << 20 });
        let event = |number| Event {
            id: uuid::Uuid::from_u128(number),
            received_at_ms: 0,
            attributes: "{}".into(),
            body: "1".into(),
            key: None,
        };
        let events: Vec<Event> = numbers.into_iter().map(event).collect();
        let count = events.len();
        backlog.append(events).expect("room");
        Batch::new(Arc::new(backlog.take(count).await.expect("they wait")), 0..count)
    }
}
