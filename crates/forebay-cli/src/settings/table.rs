//! Everything that can be set, in one table: file, environment, flags, `--help` and `--check` are
//! made from it.
//!
//! Ranges are not here: [`forebay_server::Config::check`] knows them.

#[macro_use]
mod field;
mod setting;

use super::Settings;
use super::value::{
    ack, address, backlog, collector, column_names, column_type, filter, literal, log_format,
    millis, number, path, pointer, ratio, role, secret, sink, size, spool, table, time, webhook,
    yes_or_no,
};
use setting::{Access, COLUMN, column_in, route_in, setting};
pub(crate) use setting::{Holds, NAME, Setting};

/// In the order in which an event meets them.
static SETTINGS: &[Setting] = &[
    setting("listen", "Listen here; port 0 takes any free port", field!(server.listen: address))
        .flag("--listen", "ADDRESS"),
    setting(
        "token_file",
        "Let in whoever shows one of the bearer tokens in this file, one a line",
        field!(server.token_file: path),
    )
    .live()
    .flag("--token-file", "FILE"),
    setting(
        "allow_anonymous",
        "Listen beyond loopback without a token file: everybody may send",
        field!(server.allow_anonymous: yes_or_no),
    )
    .switch("--allow-anonymous"),
    setting(
        "tls.cert",
        "Encrypt connections with the certificates in this PEM file, the server's own first",
        field!(server.tls.cert: path),
    )
    .live()
    .flag("--tls-cert", "FILE"),
    setting(
        "tls.key",
        "The private key of the certificate, a PEM file",
        field!(server.tls.key: path),
    )
    .live()
    .flag("--tls-key", "FILE"),
    setting(
        "http.body_bytes_max",
        "The longest body of a request; more is answered with 413",
        field!(server.http.body_bytes_max: size),
    )
    .live(),
    setting(
        "http.event_bytes_max",
        "The longest single event; more is answered with 413",
        field!(server.http.event_bytes_max: size),
    )
    .live(),
    setting(
        "http.body_read_ms_max",
        "How long a body may take to arrive; then 408",
        field!(server.http.body_read_ms_max: millis),
    )
    .live(),
    setting(
        "http.header_read_ms_max",
        "How long a new connection may take to ask for something",
        field!(server.http.header_read_ms_max: millis),
    )
    .live(),
    setting(
        "http.idle_ms_max",
        "How long a connection may rest between two requests",
        field!(server.http.idle_ms_max: millis),
    )
    .live(),
    setting(
        "http.sink_ack_ms_max",
        "How long an answer waits for the sink where a route's ack is sink; then 202",
        field!(server.http.sink_ack_ms_max: millis),
    )
    .live(),
    setting(
        "http.connections_max",
        "Connections at one time; fewer where the system allows fewer open files",
        field!(server.http.connections_max: number),
    ),
    setting(
        "http.in_flight_bytes_max",
        "Bytes of requests in memory at one time; more are answered with 503",
        field!(server.http.in_flight_bytes_max: size),
    )
    .live(),
    setting(
        "rate.requests_per_s",
        "Requests a second of one token, or of one address where none is needed; more are answered with 429, 0 is no limit",
        field!(server.rate.requests.per_s: number),
    )
    .live(),
    setting(
        "rate.requests_burst",
        "How many of them may come at once; 0 is as many as a second",
        field!(server.rate.requests.burst: number),
    )
    .live(),
    setting(
        "rate.events_per_s",
        "Events a second of one token or address; 0 is no limit",
        field!(server.rate.events.per_s: number),
    )
    .live(),
    setting(
        "rate.events_burst",
        "How many of them may come at once; a larger request passes alone, and is paid off",
        field!(server.rate.events.burst: number),
    )
    .live(),
    setting(
        "backlog.url",
        "Where events wait: disk:PATH, on disk before the answer; memory:, lost with the process; or \
         nats://HOST:PORT/STREAM, a stream that machines share",
        field!(server.backlog.url: backlog),
    )
    .flag("--backlog", "URL")
    .secret(),
    setting(
        "backlog.ack_wait",
        "On a stream: what a consumer has is another's when nothing was heard of it for so long",
        field!(server.backlog.stream.ack_wait_ms: time),
    ),
    setting(
        "backlog.replicas",
        "On a stream: on how many servers of a cluster each event is kept, 1 to 5",
        field!(server.backlog.stream.replicas: number),
    ),
    setting(
        "backlog.credentials",
        "On a stream: the file of credentials that lets this process in, as nsc writes it",
        field!(server.backlog.stream.credentials: path),
    )
    .flag("--nats-creds", "FILE"),
    setting(
        "backlog.ca",
        "On a stream by tls://: a PEM file with the certificate of who certifies the server; left out, those of the system",
        field!(server.backlog.stream.ca: path),
    )
    .flag("--nats-ca", "FILE"),
    setting(
        "backlog.spool",
        "In front of a stream: take events in on this machine's disk, disk:PATH, and forward them; the server may be away",
        field!(server.backlog.spool.folder: spool),
    )
    .flag("--spool", "URL"),
    setting(
        "backlog.spool_events_max",
        "Events that the spool may hold; more are answered with 503",
        field!(server.backlog.spool.limits.events_max: number),
    )
    .live(),
    setting(
        "backlog.spool_bytes_max",
        "Bytes that they may take; more are answered with 503",
        field!(server.backlog.spool.limits.bytes_max: size),
    )
    .live(),
    setting(
        "backlog.spool_keep_ms",
        "How long the spool keeps what the stream has: longer than its server takes to sync, 0 if that syncs always",
        field!(server.backlog.spool.keep_ms: millis),
    ),
    setting(
        "backlog.partitions",
        "On a stream: into how many parts a route with order_by goes, 1 to 256; each is with one process at a time",
        field!(server.backlog.stream.partitions: number),
    ),
    setting(
        "role",
        "What this process does where several share a stream: ingest, consume or both",
        field!(server.role: role),
    )
    .flag("--role", "ROLE"),
    setting(
        "backlog.events_max",
        "Events that may wait; more are answered with 503",
        field!(server.backlog.limits.events_max: number),
    )
    .live(),
    setting(
        "backlog.bytes_max",
        "Bytes that waiting events may take; more are answered with 503",
        field!(server.backlog.limits.bytes_max: size),
    )
    .live(),
    setting(
        "backlog.marks_max",
        "Idempotency keys and event ids that are remembered; the oldest are forgotten first",
        field!(server.backlog.marks.marks_max: number),
    ),
    setting(
        "backlog.marks_keep_ms",
        "How long they are remembered",
        field!(server.backlog.marks.marks_keep_ms: millis),
    ),
    setting(
        "routes.NAME.ack",
        "When an answer leaves: memory, disk or sink; left out, when the backlog has the events",
        of_route!(ack: ack),
    ),
    setting(
        "routes.NAME.table",
        "The table for its events; left out, NAME, and events for the default route",
        of_route!(table: table),
    ),
    setting(
        "routes.NAME.backlog",
        "Where its events wait; left out, the folder of backlog.url with .NAME behind it",
        of_route!(backlog: backlog),
    ),
    setting(
        "routes.NAME.events_max",
        "Events that may wait there; left out, as backlog.events_max",
        of_route!(events_max: number),
    )
    .live(),
    setting(
        "routes.NAME.bytes_max",
        "Bytes they may take; left out, as backlog.bytes_max",
        of_route!(bytes_max: size),
    )
    .live(),
    setting(
        "routes.NAME.event_id",
        "JSON pointer to an event's own id, such as /id: the same id again is stored once",
        of_route!(event_id: pointer),
    ),
    setting(
        "routes.NAME.order_by",
        "JSON pointer to a key, such as /customer: events of the same key become rows in the order they came",
        of_route!(order_by: pointer),
    ),
    setting(
        "routes.NAME.webhook",
        "Take what is signed, as standard (Standard Webhooks) or github do, and ask for no token",
        of_webhook!(kind: webhook),
    ),
    setting(
        "routes.NAME.webhook_secret_file",
        "A file of secrets that sign, one a line; each of them will do",
        Access::OfRoute {
            set: |route, text| {
                route.webhook.secret_file = path::read(text)?;
                Ok(())
            },
            get: |route| path::show(&route.webhook.secret_file),
        },
    )
    .live(),
    setting(
        "routes.NAME.webhook_secret",
        "Such secrets with spaces between them, for the environment; shown nowhere",
        of_webhook!(secret: secret),
    )
    .live()
    .secret(),
    setting(
        "routes.NAME.webhook_tolerance",
        "How far the time of a signature may be from now; left out, 5m",
        of_webhook!(tolerance_ms: time),
    )
    .live(),
    setting(
        "routes.NAME.upsert_on",
        "Columns, with commas, of which a row is the same one: a newer event changes it",
        of_route!(upsert_on: column_names),
    ),
    setting(
        "routes.NAME.columns.COLUMN.pointer",
        "JSON pointer to what stands in this column of the table; left out, the whole event",
        of_column!(pointer: pointer),
    ),
    setting(
        "routes.NAME.columns.COLUMN.type",
        "What it holds: text, integer, real, boolean, timestamp, json, uuid or bytes (Base64)",
        of_column!(kind: column_type),
    ),
    setting(
        "routes.NAME.columns.COLUMN.default",
        "The value where an event has none, or null",
        of_column!(default: literal),
    ),
    setting(
        "routes.NAME.columns.COLUMN.required",
        "Answer an event without a value with 422",
        Access::OfColumn {
            set: |column, text| {
                column.required = yes_or_no::read(text)?;
                Ok(())
            },
            get: |column| yes_or_no::show(&column.required),
        },
    ),
    setting(
        "consumer.engage_above",
        "Shift to the fast gear above this many waiting events",
        field!(server.consumer.engage_above: number),
    )
    .live(),
    setting(
        "consumer.release_at",
        "Shift back to the slow gear at this many",
        field!(server.consumer.release_at: number),
    )
    .live(),
    setting(
        "consumer.slow_batch_events_max",
        "Events written at once in the slow gear",
        field!(server.consumer.slow.batch_events_max: number),
    )
    .live(),
    setting(
        "consumer.fast_batch_events_max",
        "Events written at once in the fast gear",
        field!(server.consumer.fast.batch_events_max: number),
    )
    .live(),
    setting(
        "consumer.writers",
        "Connections that write in the fast gear (SQLite has one)",
        field!(server.consumer.fast.writers: number),
    )
    .live(),
    setting(
        "consumer.slow_writers",
        "Connections that write in the slow gear",
        field!(server.consumer.slow.writers: number),
    )
    .live(),
    setting(
        "consumer.slow_pause_ms",
        "How long a connection rests after each batch in the slow gear",
        field!(server.consumer.slow.pause_ms: millis),
    )
    .live(),
    setting(
        "consumer.fast_pause_ms",
        "The same in the fast gear",
        field!(server.consumer.fast.pause_ms: millis),
    )
    .live(),
    setting(
        "consumer.retry_ms_first",
        "The longest pause before the first retry of a sink that is down",
        field!(server.consumer.retry.delay_ms_first: millis),
    )
    .live(),
    setting(
        "consumer.retry_ms_max",
        "The longest pause before any retry; it doubles up to this",
        field!(server.consumer.retry.delay_ms_max: millis),
    )
    .live(),
    setting(
        "sink.url",
        "Where events are written: sqlite:PATH or postgres://USER@HOST/DATABASE",
        field!(server.sink: sink),
    )
    .flag("--sink", "URL")
    .secret(),
    setting(
        "page.bodies_shown",
        "Show on the live page what is in events, not their keys alone",
        field!(server.page.bodies_shown: yes_or_no),
    ),
    setting(
        "otel.endpoint",
        "The OpenTelemetry collector that is told of traces, by OTLP over HTTP, such as http://127.0.0.1:4318",
        field!(server.otel.endpoint: collector),
    ),
    setting(
        "otel.ratio",
        "Of the requests that bring no trace, the share that begin one: 0 to 1",
        field!(server.otel.ratio: ratio),
    ),
    setting(
        "stalled_after",
        "How long a backlog may stand still before that is told",
        field!(server.stalled_after_ms: time),
    ),
    setting(
        "drain_for",
        "How long a stopping server goes on writing what waits",
        field!(server.drain_for_ms: time),
    )
    .live()
    .flag("--drain-for", "TIME"),
    setting(
        "log",
        "What is logged: error, warn, info, debug, trace, or module=level, with commas",
        field!(log: filter),
    )
    .live()
    .flag("--log", "FILTER"),
    setting(
        "log_format",
        "How an entry of the log is written: text, or json, an object a line",
        field!(log_format: log_format),
    )
    .flag("--log-format", "FORMAT"),
];

/// All settings, in the order of the table.
pub(crate) fn all() -> std::slice::Iter<'static, Setting> {
    SETTINGS.iter()
}

/// Where in the table a setting stands.
pub(crate) fn position(setting: &Setting) -> usize {
    all().position(|other| other.key == setting.key).expect("settings only come from the table")
}

/// The setting with this key, in which a route has its name.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    let last = key.rsplit_once('.').map_or(key, |(_, last)| last);
    let of_any = match (column_in(key), route_in(key)) {
        (Some(_), _) => Some(format!("routes.{NAME}.columns.{COLUMN}.{last}")),
        (None, Some(_)) => Some(format!("routes.{NAME}.{last}")),
        (None, None) => None,
    };
    all().find(|setting| setting.key == key || Some(setting.key) == of_any.as_deref())
}

/// All keys, with the name of the route that `key` has, if it has one.
pub(super) fn keys_like(key: &str) -> Vec<String> {
    let route = key.strip_prefix("routes.").and_then(|rest| rest.split('.').next());
    let column = column_in(key).map_or(COLUMN, |(_, column)| column);
    let named = |setting: &Setting| {
        setting.key.replace(NAME, route.unwrap_or(NAME)).replace(COLUMN, column)
    };
    all().map(named).collect()
}

/// The first setting of a section, if there is such a section.
pub(super) fn first_of_section(section: &str) -> Option<&'static Setting> {
    let names: Vec<&str> = section.split('.').collect();
    let of_any = match names[..] {
        ["routes", _] => format!("routes.{NAME}"),
        ["routes", _, "columns"] => format!("routes.{NAME}.columns"),
        ["routes", _, "columns", _] => format!("routes.{NAME}.columns.{COLUMN}"),
        _ => section.to_owned(),
    };
    all().find(|setting| setting.key.strip_prefix(&*of_any).is_some_and(|key| key.starts_with('.')))
}

/// The setting that makes a route of an empty section, when its value is left to the default.
pub(super) fn that_makes(section: &str) -> Option<&'static Setting> {
    let route = section.strip_prefix("routes.").filter(|route| !route.contains('.'))?;
    find(&format!("routes.{route}.table"))
}

/// A forebay.toml for `--help`: every key with its default, the meaning above it.
pub(crate) fn listing() -> String {
    let defaults = Settings::default();
    let entry = |setting: &Setting| {
        let Setting { key, help, .. } = setting;
        format!("  # {help}.\n  {key} = {}\n", setting.get(&defaults, key))
    };
    all().map(entry).collect()
}

#[cfg(test)]
mod tests;
