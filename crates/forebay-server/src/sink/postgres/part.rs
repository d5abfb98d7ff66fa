//! A batch without the rows that the database refuses, in one transaction.
//!
//! PostgreSQL undoes a whole statement for one bad row, and says seldom which it was. A function of the
//! session's own, in the server, tries some rows at once and, when they are refused, one by one: each try is
//! a subtransaction, so what is refused is undone alone. A hundred rows cost about as much as two round trips;
//! halving a batch costs dozens, and a sync each.

use forebay_backlog::Event;
use futures_util::future::try_join_all;
use tokio_postgres::{Client, Error, Row, Statement};

use super::{classify, rows};
use crate::sink::{Class, Place, SinkError};

/// So many rows are tried at once: with one bad row in a hundred, most of them land so.
const ROWS_AT_ONCE: usize = 32;

/// Whether the server can do it, as far as that is known.
#[derive(Default)]
pub(super) enum Parting {
    #[default]
    Untried,
    Ready(Statement),
    /// It may not make functions here, or a commit said otherwise than the rows before.
    Unavailable,
}

/// What became of the rows.
#[derive(Debug, Default)]
pub(super) struct Parted {
    pub(super) rows: u64,
    pub(super) refused: Vec<(usize, SinkError)>,
}

/// The function. What is no row's fault ends all of it; which that is stands in `classify`.
fn create(table: &str) -> String {
    let is_dead = "SELECT FROM dead_letters AS d WHERE d.requeued_at IS NULL AND d.id =";
    let columns = "(id, received_at, attributes, body)";
    let unless_refused = format!(
        "EXCEPTION WHEN OTHERS THEN
            IF left(SQLSTATE, 2) <> ALL ('{{{}}}') THEN RAISE; END IF;",
        classify::REFUSED.join(",")
    );
    format!(
        "CREATE OR REPLACE FUNCTION pg_temp.forebay_write_in_part(
            p_ids uuid[], p_times timestamptz[], p_attributes text[], p_bodies text[]
        ) RETURNS TABLE (o_row integer, o_state text, o_reason text, o_detail text)
        LANGUAGE plpgsql AS $forebay$
        #variable_conflict use_column
        DECLARE
            v_rows bigint;
            v_all bigint := 0;
        BEGIN
            BEGIN
                INSERT INTO {table} {columns}
                SELECT e.id, e.received_at, e.attributes::jsonb, e.body::jsonb
                FROM unnest(p_ids, p_times, p_attributes, p_bodies)
                    AS e (id, received_at, attributes, body)
                WHERE NOT EXISTS ({is_dead} e.id)
                ON CONFLICT (id) DO NOTHING;
                GET DIAGNOSTICS v_all = ROW_COUNT;
            {unless_refused}
                FOR v_row IN 1 .. cardinality(p_ids) LOOP
                    BEGIN
                        INSERT INTO {table} {columns}
                        SELECT p_ids[v_row], p_times[v_row],
                               p_attributes[v_row]::jsonb, p_bodies[v_row]::jsonb
                        WHERE NOT EXISTS ({is_dead} p_ids[v_row])
                        ON CONFLICT (id) DO NOTHING;
                        GET DIAGNOSTICS v_rows = ROW_COUNT;
                        v_all := v_all + v_rows;
                    {unless_refused}
                        o_row := v_row;
                        o_state := SQLSTATE;
                        o_reason := SQLERRM;
                        GET STACKED DIAGNOSTICS o_detail = PG_EXCEPTION_DETAIL;
                        RETURN NEXT;
                    END;
                END LOOP;
            END;
            DELETE FROM dead_letters AS d USING {table} AS e
            WHERE d.id = ANY (p_ids) AND d.requeued_at IS NOT NULL AND e.id = d.id;
            o_row := 0;
            o_state := v_all;
            RETURN NEXT;
        END $forebay$"
    )
}

/// Makes the function. Whoever may not make one does without, and so do routes with columns of their own.
///
/// # Errors
/// The connection is lost.
pub(super) async fn prepare(client: &Client, place: &Place) -> Result<Parting, Error> {
    if place.mapping.is_some() {
        return Ok(Parting::Unavailable);
    }
    let table = &place.table.quoted();
    let made = async {
        client.batch_execute(&create(table)).await?;
        client.prepare("SELECT * FROM pg_temp.forebay_write_in_part($1, $2, $3, $4)").await
    };
    match made.await {
        Ok(statement) => Ok(Parting::Ready(statement)),
        Err(error) if error.code().is_some() => Ok(Parting::Unavailable),
        Err(error) => Err(error),
    }
}

/// Writes what lands.
///
/// # Errors
/// The server's, or the connection's; what was written is undone, unless the answer to the commit is what was
/// lost.
pub(super) async fn write(
    client: &Client,
    statement: &Statement,
    events: &[Event],
) -> Result<Parted, Error> {
    client.batch_execute("BEGIN").await?;
    let runs = events.chunks(ROWS_AT_ONCE).map(|run| some(client, statement, run));
    let outcome = match try_join_all(runs).await {
        Ok(answers) => client.batch_execute("COMMIT").await.map(|()| answers),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(answers) => Ok(read(&answers)),
        Err(error) => {
            // A commit that is refused has ended it already; then this is a warning in the server's log.
            let _ = client.batch_execute("ROLLBACK").await;
            Err(error)
        }
    }
}

/// The statements go out one after the other, without waiting for answers.
async fn some(client: &Client, statement: &Statement, run: &[Event]) -> Result<Vec<Row>, Error> {
    let attributes: Vec<&str> = run.iter().map(|event| &*event.attributes).collect();
    let bodies: Vec<&str> = run.iter().map(Event::body_str).collect();
    client.query(statement, &[&rows::ids(run), &rows::times(run), &attributes, &bodies]).await
}

fn read(answers: &[Vec<Row>]) -> Parted {
    let mut parted = Parted::default();
    for (run, answer) in answers.iter().enumerate() {
        for row in answer {
            let (number, state): (i32, &str) = (row.get(0), row.get(1));
            match usize::try_from(number).ok().and_then(|number| number.checked_sub(1)) {
                None => parted.rows += state.parse::<u64>().unwrap_or(0),
                Some(place) => {
                    let reason: &str = row.get(2);
                    let mut error =
                        SinkError::new(Class::Refused, format!("{reason} (SQLSTATE {state})"));
                    let detail: Option<&str> = row.get(3);
                    error.detail = detail.filter(|its| !its.is_empty()).map(str::to_owned);
                    parted.refused.push((run * ROWS_AT_ONCE + place, error));
                }
            }
        }
    }
    parted
}
