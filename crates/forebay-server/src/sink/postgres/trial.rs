//! Whether a PostgreSQL database would do, without touching it.

use tokio_postgres::{Client, Error};

use super::{PostgresSink, classify, statements, within};
use crate::columns::Dialect;
use crate::sink::{Class, Layout, Place, SinkError};

/// What a writer needs of `dead_letters`, if it is there.
const DEAD_LETTERS: &str = "
    SELECT coalesce(string_agg(wanted, ', '), '')
    FROM unnest(ARRAY['INSERT', 'SELECT', 'UPDATE', 'DELETE']) AS wanted
    WHERE to_regclass('dead_letters') IS NOT NULL
      AND NOT has_table_privilege(to_regclass('dead_letters'), wanted)";

impl PostgresSink {
    /// Says what is there. The error says why it would not do.
    pub(crate) async fn try_out(&self) -> Result<String, SinkError> {
        let tried = within(self.patience.connect_ms_max, async {
            let open = self.session.open().await?;
            look(&open.client, &self.place).await
        });
        let tried = tried.await.ok_or_else(|| {
            SinkError::new(Class::Unreachable, "no answer to a login within its time")
        })?;
        tried.map_err(|error| classify::of_session(&error))?
    }
}

async fn look(client: &Client, place: &Place) -> Result<Result<String, SinkError>, Error> {
    let lacking: String = client.query_one(DEAD_LETTERS, &[]).await?.get(0);
    if !lacking.is_empty() {
        return Ok(Err(may_not(&format!("{lacking} on dead_letters"))));
    }
    let found = statements::columns_of(client, place).await?;
    if found.is_empty() {
        return may_create(client, place).await;
    }
    if let Err(error) = Layout::of(place).compare(&found, Dialect::Postgres) {
        return Ok(Err(error));
    }
    // Planned, and not run.
    client.batch_execute(&format!("EXPLAIN {}", Layout::of(place).probe())).await?;
    let missing = format!(
        "SELECT coalesce(string_agg(wanted, ', '), '') FROM unnest(ARRAY['INSERT', 'SELECT']) AS wanted
         WHERE NOT has_table_privilege(to_regclass('{}'), wanted)",
        place.table.quoted()
    );
    let missing: String = client.query_one(&missing, &[]).await?.get(0);
    if !missing.is_empty() {
        return Ok(Err(may_not(&format!("{missing} on {}", place.table))));
    }
    Ok(Ok("it is there and takes rows".to_owned()))
}

async fn may_create(client: &Client, place: &Place) -> Result<Result<String, SinkError>, Error> {
    let schema = match place.table.schema() {
        Some(schema) => format!("'{schema}'"),
        None => "current_schema()".to_owned(),
    };
    let may = format!(
        "SELECT coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace
                          WHERE nspname = {schema}), false)"
    );
    let may: bool = client.query_one(&may, &[]).await?.get(0);
    Ok(match may {
        true => Ok("the table is not there yet; it will be made".to_owned()),
        false => Err(may_not(&format!("CREATE on the schema of {}", place.table))),
    })
}

fn may_not(lacking: &str) -> SinkError {
    SinkError::new(Class::Schema, format!("the user lacks {lacking}"))
}
