//! PostgreSQL: a connection of a pool each, one INSERT a request.

use tokio_postgres::{Client, NoTls, Statement};

use crate::server::{Connection, Failure};

const EMPTY: &str = "DROP TABLE IF EXISTS events;
    CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);
    CHECKPOINT";
const INSERT: &str = "INSERT INTO events (body) SELECT unnest($1::text[])";
const COUNT: &str = "SELECT count(DISTINCT body) FROM events";

pub(crate) struct Postgres {
    client: Client,
    insert: Option<Statement>,
}

impl Connection for Postgres {
    async fn prepare(address: &str) -> Result<(), Failure> {
        Ok(Self::connect(address).await?.client.batch_execute(EMPTY).await?)
    }

    async fn connect(address: &str) -> Result<Self, Failure> {
        let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
        tokio::spawn(connection);
        Ok(Postgres { client, insert: None })
    }

    async fn send(&mut self, events: Vec<Vec<u8>>) -> Result<(), Failure> {
        if self.insert.is_none() {
            self.insert = Some(self.client.prepare(INSERT).await?);
        }
        let insert = self.insert.as_ref().ok_or("it was just prepared")?;
        let bodies: Result<Vec<_>, _> = events.into_iter().map(String::from_utf8).collect();
        self.client.execute(insert, &[&bodies?]).await?;
        Ok(())
    }

    async fn held(&mut self) -> Result<u64, Failure> {
        let count: i64 = self.client.query_one(COUNT, &[]).await?.get(0);
        Ok(count.unsigned_abs())
    }
}
