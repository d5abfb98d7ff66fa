//! Names a sink.
//!
//! A URL may hold a password. Nothing here gives it back: not `Display`, not `Debug`, and no
//! error, whatever the URL looked like.

use std::error::Error as _;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tokio_postgres::config::Host;

/// Names the database that events are written to.
///
/// # Examples
/// ```
/// use forebay_server::SinkUrl;
///
/// let sink: SinkUrl = "postgres://ann:secret@db.example:5433/app".parse()?;
/// assert_eq!(sink.to_string(), "postgres://ann@db.example:5433/app");
///
/// let error = "mysql://db.example/app".parse::<SinkUrl>().expect_err("no such sink");
/// assert!(error.to_string().contains("sqlite:PATH"));
/// # Ok::<(), forebay_server::SinkUrlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkUrl {
    /// `sqlite:PATH`: a file, created when missing.
    Sqlite(PathBuf),
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, or `postgresql://…`.
    Postgres(PostgresUrl),
}

impl Default for SinkUrl {
    fn default() -> Self {
        Self::Sqlite(PathBuf::from("./forebay.db"))
    }
}

impl FromStr for SinkUrl {
    type Err = SinkUrlError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            // `sqlite:///PATH` is how other programs write an absolute path.
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" => Err(SinkUrlError::new("sqlite: needs the path of a file")),
                ":memory:" => {
                    Err(SinkUrlError::new("a SQLite database in memory could be read by nobody"))
                }
                _ => Ok(Self::Sqlite(PathBuf::from(path))),
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return PostgresUrl::parse(url).map(Self::Postgres);
        }
        // Not even the scheme is quoted: it may be the start of a password.
        Err(SinkUrlError::new("not a sink of this version"))
    }
}

impl fmt::Display for SinkUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// Names a PostgreSQL database, and how to log in to it.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    // Boxed: it is ten times as large as a path.
    config: Box<tokio_postgres::Config>,
}

impl PostgresUrl {
    fn parse(url: &str) -> Result<Self, SinkUrlError> {
        // The first `@` ends the password. With a second one, the rest of the password would be
        // taken for the host, and shown.
        if url.matches('@').count() > 1 {
            return Err(SinkUrlError::new("an @ in user or password must be written as %40"));
        }
        let config = tokio_postgres::Config::from_str(url).map_err(|error| {
            let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            SinkUrlError::new(why)
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(SinkUrlError::new("the host is missing"));
        }
        Ok(Self { config: Box::new(config) })
    }

    pub(crate) fn config(&self) -> &tokio_postgres::Config {
        &self.config
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            match host {
                Host::Tcp(name) if name.contains(':') => write!(f, "{comma}[{name}]")?,
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}", path_in_url(path))?,
            }
            // One port may stand for all hosts.
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(at).or_else(|| ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        match self.config.get_dbname() {
            Some(database) => write!(f, "/{database}"),
            None => Ok(()),
        }
    }
}

/// A socket's folder, the way it is written in the place of a host.
fn path_in_url(path: &Path) -> String {
    path.to_string_lossy().replace('/', "%2F")
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresUrl").field(&self.to_string()).finish()
    }
}

/// Says why a text does not name a sink, and which forms there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkUrlError {
    why: String,
}

impl SinkUrlError {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }
}

impl fmt::Display for SinkUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = &self.why;
        write!(f, "{why}; use sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE")
    }
}

impl std::error::Error for SinkUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        url.parse::<SinkUrl>().expect_err("not a sink").to_string()
    }

    #[test]
    fn each_known_form_is_understood_and_shown_without_its_password() {
        for (url, shown) in [
            ("sqlite:./a.db", "sqlite:./a.db"),
            ("sqlite:/tmp/a b.db", "sqlite:/tmp/a b.db"),
            ("sqlite:///tmp/a.db", "sqlite:/tmp/a.db"),
            ("postgres://u:pw@h/d", "postgres://u@h:5432/d"),
            ("postgresql://u:p%40w@h:1/d?sslmode=require", "postgres://u@h:1/d"),
            ("postgres://u@%2Frun%2Fpg/d", "postgres://u@%2Frun%2Fpg:5432/d"),
            ("postgres://u:pw@a:1,b:2/d", "postgres://u@a:1,b:2/d"),
            ("postgres://u:pw@[::1]:7/d", "postgres://u@[::1]:7/d"),
        ] {
            let sink: SinkUrl = url.parse().expect(url);
            assert_eq!(sink.to_string(), shown, "{url}");
            assert!(!format!("{sink:?}").contains("pw"), "{sink:?}");
        }
    }

    #[test]
    fn a_text_that_names_no_sink_is_answered_with_the_forms_there_are() {
        for url in ["", "forebay.db", "mysql://h/d", "sqlite:", "sqlite::memory:", "postgres://"] {
            let error = refused(url);
            assert!(error.contains("sqlite:PATH or postgres://USER:PASSWORD@HOST"), "{error}");
        }
        assert!(refused("postgres://u@h/d?sslmod=require").contains("sslmod"));
        assert!(refused("postgres://u@h/d?sslmode=maybe").contains("sslmode"));
        assert!(refused("postgres://u@h:x/d").contains("port"));
    }

    #[test]
    fn no_error_quotes_a_password_however_broken_the_url() {
        for url in [
            "postgres://u:hunter2@x@h/d",
            "postgres://u:x@hunter2@h/d?x=y",
            "postgres://u:hunter2",
            "postgres:u:hunter2@h/d",
            "postgres//u:hunter2@h/d",
            "hunter2",
            "postgres://u:hunter2@h:port/d",
            "postgres://u:hunter2@h/d?sslmode=none",
        ] {
            let error = refused(url);
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
