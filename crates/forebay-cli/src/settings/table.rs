//! Everything that can be set, in one table: file, environment, flags, `--help` and `--check` are
//! made from it.
//!
//! Ranges are not here: [`forebay_server::Config::check`] knows them.

use super::Settings;
use super::value::{address, backlog, filter, millis, number, path, sink, size, time, yes_or_no};

/// One thing that can be set.
pub(crate) struct Setting {
    /// Its name; the dots are the tables of forebay.toml.
    pub(crate) key: &'static str,
    /// One sentence without a full stop.
    pub(crate) help: &'static str,
    /// Its flag, dashes included, where it has one.
    pub(crate) flag: Option<&'static str>,
    /// What stands behind the flag in `--help`; a switch has nothing there.
    pub(crate) value_name: Option<&'static str>,
    /// Whether it may hold a password: then an error does not repeat it.
    pub(crate) is_secret: bool,
    access: Access,
}

impl Setting {
    const fn flag(self, flag: &'static str, value_name: &'static str) -> Self {
        Self { flag: Some(flag), value_name: Some(value_name), ..self }
    }

    const fn switch(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }

    const fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    /// Reads the value from text. The error goes on from "VALUE …".
    pub(crate) fn set(&self, settings: &mut Settings, text: &str) -> Result<(), String> {
        (self.access.set)(settings, text)
    }

    /// Shows the value as TOML; a password in it is not shown.
    pub(crate) fn get(&self, settings: &Settings) -> String {
        (self.access.get)(settings)
    }

    /// Its default, for people.
    pub(crate) fn default_text(&self) -> String {
        match self.get(&Settings::default()).trim_matches('"') {
            "" => "none".to_owned(),
            text => text.to_owned(),
        }
    }
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setting").field("key", &self.key).finish_non_exhaustive()
    }
}

/// The two ways to a field of [`Settings`].
struct Access {
    set: fn(&mut Settings, &str) -> Result<(), String>,
    get: fn(&Settings) -> String,
}

/// The access to one field, whose values are read and shown by a module of [`value`](super::value).
macro_rules! field {
    ($first:ident $(. $rest:ident)*: $kind:ident) => {
        Access {
            set: |settings, text| {
                settings.$first$(.$rest)* = $kind::read(text)?;
                Ok(())
            },
            get: |settings| $kind::show(&settings.$first$(.$rest)*),
        }
    };
}

const fn setting(key: &'static str, help: &'static str, access: Access) -> Setting {
    Setting { key, help, flag: None, value_name: None, is_secret: false, access }
}

/// In the order in which an event meets them.
static SETTINGS: &[Setting] = &[
    setting("listen", "Listen here; port 0 takes any free port", field!(server.listen: address))
        .flag("--listen", "ADDRESS"),
    setting(
        "token_file",
        "Let in whoever shows one of the bearer tokens in this file, one a line",
        field!(server.token_file: path),
    )
    .flag("--token-file", "FILE"),
    setting(
        "allow_anonymous",
        "Listen beyond loopback without a token file: everybody may send",
        field!(server.allow_anonymous: yes_or_no),
    )
    .switch("--allow-anonymous"),
    setting(
        "http.body_bytes_max",
        "The longest body of a request; more is answered with 413",
        field!(server.http.body_bytes_max: size),
    ),
    setting(
        "http.event_bytes_max",
        "The longest single event; more is answered with 413",
        field!(server.http.event_bytes_max: size),
    ),
    setting(
        "http.body_read_ms_max",
        "How long a body may take to arrive; then 408",
        field!(server.http.body_read_ms_max: millis),
    ),
    setting(
        "http.header_read_ms_max",
        "How long a new connection may take to ask for something",
        field!(server.http.header_read_ms_max: millis),
    ),
    setting(
        "http.idle_ms_max",
        "How long a connection may rest between two requests",
        field!(server.http.idle_ms_max: millis),
    ),
    setting(
        "http.connections_max",
        "Connections at one time; fewer where the system allows fewer open files",
        field!(server.http.connections_max: number),
    ),
    setting(
        "backlog.url",
        "Where events wait: disk:PATH, on disk before the answer, or memory:, lost with the process",
        field!(server.backlog.url: backlog),
    )
    .flag("--backlog", "URL"),
    setting(
        "backlog.events_max",
        "Events that may wait; more are answered with 503",
        field!(server.backlog.limits.events_max: number),
    ),
    setting(
        "backlog.bytes_max",
        "Bytes that waiting events may take; more are answered with 503",
        field!(server.backlog.limits.bytes_max: size),
    ),
    setting(
        "consumer.engage_above",
        "Shift to the fast gear above this many waiting events",
        field!(server.consumer.engage_above: number),
    ),
    setting(
        "consumer.release_at",
        "Shift back to the slow gear at this many",
        field!(server.consumer.release_at: number),
    ),
    setting(
        "consumer.slow_batch_events_max",
        "Events written at once in the slow gear",
        field!(server.consumer.slow.batch_events_max: number),
    ),
    setting(
        "consumer.fast_batch_events_max",
        "Events written at once in the fast gear",
        field!(server.consumer.fast.batch_events_max: number),
    ),
    setting(
        "consumer.writers",
        "Connections that write in the fast gear (SQLite has one)",
        field!(server.consumer.fast.writers: number),
    ),
    setting(
        "consumer.retry_ms_first",
        "The longest pause before the first retry of a sink that is down",
        field!(server.consumer.retry.delay_ms_first: millis),
    ),
    setting(
        "consumer.retry_ms_max",
        "The longest pause before any retry; it doubles up to this",
        field!(server.consumer.retry.delay_ms_max: millis),
    ),
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
        "drain_for",
        "How long a stopping server goes on writing what waits",
        field!(server.drain_for_ms: time),
    )
    .flag("--drain-for", "TIME"),
    setting(
        "log",
        "What is logged: error, warn, info, debug, trace, or module=level, with commas",
        field!(log: filter),
    )
    .flag("--log", "FILTER"),
];

/// All settings, in the order of the table.
pub(crate) fn all() -> std::slice::Iter<'static, Setting> {
    SETTINGS.iter()
}

/// Where in the table a setting stands.
pub(crate) fn position(setting: &Setting) -> usize {
    all().position(|other| other.key == setting.key).expect("settings only come from the table")
}

/// The setting with this key.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}

/// The setting behind a field of the server's configuration. A field has its unit in its name; the
/// key of a setting that is always written with a unit has not.
pub(super) fn of_field(field: &str) -> Option<&'static Setting> {
    find(field).or_else(|| find(field.strip_suffix("_ms")?))
}

/// The first setting of a section, if there is such a section.
pub(super) fn first_of_section(section: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key.strip_prefix(section).is_some_and(|key| key.starts_with('.')))
}

/// A forebay.toml for `--help`: every key with its default, the meaning above it.
pub(crate) fn listing() -> String {
    let defaults = Settings::default();
    let entry = |setting: &Setting| {
        let Setting { key, help, .. } = setting;
        format!("  # {help}.\n  {key} = {}\n", setting.get(&defaults))
    };
    all().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_can_be_read_back() {
        for setting in all() {
            let mut settings = Settings::default();
            let shown = setting.get(&settings);
            let text = shown.trim_matches('"');
            assert_eq!(setting.set(&mut settings, text), Ok(()), "{}", setting.key);
            assert_eq!(setting.get(&settings), shown, "{}", setting.key);
        }
    }

    #[test]
    fn no_key_and_no_flag_is_there_twice() {
        for setting in all() {
            assert_eq!(all().filter(|other| other.key == setting.key).count(), 1);
            if setting.flag.is_some() {
                assert_eq!(all().filter(|other| other.flag == setting.flag).count(), 1);
            }
        }
    }
}
