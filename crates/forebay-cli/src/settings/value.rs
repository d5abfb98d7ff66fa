//! How values are written: a module for each kind, which reads it from text and shows it as TOML.
//!
//! The error of a `read` goes on from "VALUE …" and says what would be right.

use std::fmt::Display;

// How much, how long.
pub(super) mod number;
pub(super) mod size;
pub(crate) mod span;
pub(super) use span::{millis, time};

/// Where to listen.
pub(super) mod address {
    use std::net::SocketAddr;

    pub(in crate::settings) fn read(text: &str) -> Result<SocketAddr, String> {
        let hint = "is not an address with a port, such as 127.0.0.1:8080 or [::1]:8080";
        text.parse().map_err(|_| hint.to_owned())
    }

    pub(in crate::settings) fn show(address: &SocketAddr) -> String {
        super::quoted(address)
    }
}

/// A file that may be left out; the empty text leaves it out.
pub(super) mod path {
    use std::path::PathBuf;

    #[expect(clippy::unnecessary_wraps, reason = "every kind reads alike")]
    pub(in crate::settings) fn read(text: &str) -> Result<Option<PathBuf>, String> {
        Ok((!text.is_empty()).then(|| PathBuf::from(text)))
    }

    #[expect(clippy::ref_option, reason = "every kind shows alike: by reference to the field")]
    pub(in crate::settings) fn show(path: &Option<PathBuf>) -> String {
        super::quoted(path.as_deref().unwrap_or("".as_ref()).display())
    }
}

/// Who is told of traces; the empty text is nobody.
pub(super) mod collector {
    pub(in crate::settings) fn read(text: &str) -> Result<Option<String>, String> {
        let is_one = ["http://", "https://"].iter().any(|scheme| {
            let host = text.strip_prefix(scheme).unwrap_or_default();
            !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "?#@".contains(c))
        });
        if text.is_empty() || is_one {
            Ok((!text.is_empty()).then(|| text.trim_end_matches('/').to_owned()))
        } else {
            Err("is not a URL such as http://127.0.0.1:4318".to_owned())
        }
    }

    #[expect(clippy::ref_option, reason = "every kind shows alike: by reference to the field")]
    pub(in crate::settings) fn show(url: &Option<String>) -> String {
        super::quoted(url.as_deref().unwrap_or_default())
    }
}

/// A share.
pub(super) mod ratio {
    pub(in crate::settings) fn read(text: &str) -> Result<f64, String> {
        text.parse().map_err(|_| "is not a number from 0 to 1, such as 0.01".to_owned())
    }

    pub(in crate::settings) fn show(ratio: &f64) -> String {
        ratio.to_string()
    }
}

/// The folder in front of a stream; the empty text leaves it out.
pub(super) mod spool {
    use std::path::PathBuf;

    pub(in crate::settings) fn read(text: &str) -> Result<Option<PathBuf>, String> {
        match text.strip_prefix("disk:") {
            _ if text.is_empty() => Ok(None),
            Some(path) if !path.is_empty() => Ok(Some(path.into())),
            _ => Err("is not a spool; use disk:PATH".to_owned()),
        }
    }

    #[expect(clippy::ref_option, reason = "every kind shows alike: by reference to the field")]
    pub(in crate::settings) fn show(folder: &Option<PathBuf>) -> String {
        let url = folder.as_ref().map(|folder| format!("disk:{}", folder.display()));
        super::quoted(url.unwrap_or_default())
    }
}

/// Which backlog.
pub(super) mod backlog {
    use forebay_server::{BacklogUrl, BacklogUrlError};

    pub(in crate::settings) fn read(text: &str) -> Result<BacklogUrl, String> {
        text.parse().map_err(|error: BacklogUrlError| format!("is {error}"))
    }

    pub(in crate::settings) fn show(url: &BacklogUrl) -> String {
        super::quoted(url)
    }
}

/// Which half of the way.
pub(super) mod role {
    use forebay_server::{Role, RoleError};

    pub(in crate::settings) fn read(text: &str) -> Result<Role, String> {
        text.parse().map_err(|error: RoleError| format!("is {error}"))
    }

    pub(in crate::settings) fn show(role: &Role) -> String {
        super::quoted(role)
    }
}

/// When an answer leaves.
pub(super) mod ack {
    use forebay_server::{Ack, AckError};

    pub(in crate::settings) fn read(text: &str) -> Result<Ack, String> {
        text.parse().map_err(|error: AckError| format!("is {error}"))
    }

    pub(in crate::settings) fn show(ack: &Ack) -> String {
        super::quoted(ack)
    }
}

/// Which table.
pub(super) mod table {
    use forebay_server::{Table, TableError};

    pub(in crate::settings) fn read(text: &str) -> Result<Table, String> {
        text.parse().map_err(|error: TableError| format!("is {error}"))
    }

    pub(in crate::settings) fn show(table: &Table) -> String {
        super::quoted(table)
    }
}

/// Where in an event something is.
pub(super) mod pointer {
    use forebay_server::{Pointer, PointerError};

    pub(in crate::settings) fn read(text: &str) -> Result<Pointer, String> {
        text.parse().map_err(|error: PointerError| format!("is {error}"))
    }

    pub(in crate::settings) fn show(pointer: &Pointer) -> String {
        super::quoted(pointer)
    }
}

/// Which columns.
pub(super) mod column_names {
    use forebay_server::ColumnNames;

    pub(in crate::settings) fn read(text: &str) -> Result<ColumnNames, String> {
        text.parse().map_err(|never| match never {})
    }

    pub(in crate::settings) fn show(names: &ColumnNames) -> String {
        super::quoted(names)
    }
}

/// What a column holds.
pub(super) mod column_type {
    use forebay_server::{ColumnType, ColumnTypeError};

    pub(in crate::settings) fn read(text: &str) -> Result<ColumnType, String> {
        text.parse().map_err(|error: ColumnTypeError| format!("is {error}"))
    }

    pub(in crate::settings) fn show(kind: &ColumnType) -> String {
        super::quoted(kind)
    }
}

/// How webhooks are signed.
pub(super) mod webhook {
    use forebay_server::{WebhookKind, WebhookKindError};

    pub(in crate::settings) fn read(text: &str) -> Result<WebhookKind, String> {
        text.parse().map_err(|error: WebhookKindError| format!("is {error}"))
    }

    pub(in crate::settings) fn show(kind: &WebhookKind) -> String {
        super::quoted(kind)
    }
}

/// What nobody shall read, and so is shown as something else.
pub(super) mod secret {
    use forebay_server::Secret;

    #[expect(clippy::unnecessary_wraps, reason = "every kind reads alike")]
    pub(in crate::settings) fn read(text: &str) -> Result<Secret, String> {
        Ok(Secret::new(text.to_owned()))
    }

    pub(in crate::settings) fn show(_: &Secret) -> String {
        super::quoted("(secret)")
    }
}

/// Text that something else reads.
pub(super) mod literal {
    #[expect(clippy::unnecessary_wraps, reason = "every kind reads alike")]
    pub(in crate::settings) fn read(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }

    pub(in crate::settings) fn show(text: &String) -> String {
        super::quoted(text)
    }
}

/// Which database. The URL may hold a password, so no error repeats it.
pub(super) mod sink {
    use forebay_server::{SinkUrl, SinkUrlError};

    pub(in crate::settings) fn read(text: &str) -> Result<SinkUrl, String> {
        text.parse().map_err(|error: SinkUrlError| error.to_string())
    }

    pub(in crate::settings) fn show(url: &SinkUrl) -> String {
        super::quoted(url)
    }
}

/// What is logged.
pub(super) mod filter {
    use tracing_subscriber::filter::Targets;

    /// What a part without `=` may be. The parser would take any other word for a module and
    /// log nothing of all the others: a typo in a level must not silence the warnings.
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

    pub(in crate::settings) fn read(text: &str) -> Result<Targets, String> {
        let is_sound = |part: &str| {
            part.contains('=') || LEVELS.contains(&part.trim().to_ascii_lowercase().as_str())
        };
        match text.parse() {
            Ok(filter) if text.split(',').all(is_sound) => Ok(filter),
            _ => Err(format!(
                "is not a log filter: give one of {}, or module=level, or several with commas",
                LEVELS.join(", ")
            )),
        }
    }

    pub(in crate::settings) fn show(filter: &Targets) -> String {
        super::quoted(filter)
    }
}

/// How a log is written.
pub(super) mod log_format {
    use crate::settings::LogFormat;

    pub(in crate::settings) fn read(text: &str) -> Result<LogFormat, String> {
        match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("is none of text and json".to_owned()),
        }
    }

    pub(in crate::settings) fn show(format: &LogFormat) -> String {
        super::quoted(match format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        })
    }
}

/// Yes or no.
pub(super) mod yes_or_no {
    pub(in crate::settings) fn read(text: &str) -> Result<bool, String> {
        text.parse().map_err(|_| "is neither true nor false".to_owned())
    }

    pub(in crate::settings) fn show(yes: &bool) -> String {
        yes.to_string()
    }
}

/// Text as a string of TOML.
fn quoted(text: impl Display) -> String {
    toml::Value::from(text.to_string()).to_string()
}
