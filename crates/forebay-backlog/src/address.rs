//! `nats://HOST:PORT/STREAM`: which server, and which stream on it.

use std::fmt;
use std::str::FromStr;

/// Where a stream is.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// `HOST` or `HOST:PORT`, several of them parted by commas.
    hosts: String,
    user: Option<User>,
    is_encrypted: bool,
    stream: String,
}

#[derive(Clone, PartialEq, Eq)]
struct User {
    name: String,
    /// Without one the name is a token.
    password: Option<String>,
}

/// Why a text is no address of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError(&'static str);

/// Names of streams are parts of subjects; longer ones are nobody's.
const STREAM_CHARS_MAX: usize = 64;

impl Address {
    /// The name of the stream.
    #[must_use]
    pub fn stream(&self) -> &str {
        &self.stream
    }

    /// The same server, and a stream for the backlog of a route of its own.
    #[must_use]
    pub fn of_route(&self, route: &str) -> Self {
        Address { stream: format!("{}-{route}", self.stream), ..self.clone() }
    }

    /// The servers, as a client takes them.
    #[cfg_attr(not(feature = "jetstream"), allow(dead_code, reason = "only who connects asks"))]
    pub(crate) fn servers(&self) -> Vec<String> {
        let scheme = if self.is_encrypted { "tls" } else { "nats" };
        self.hosts.split(',').map(|host| format!("{scheme}://{host}")).collect()
    }

    /// The user and the password, if any were given.
    #[cfg_attr(not(feature = "jetstream"), allow(dead_code, reason = "only who connects asks"))]
    pub(crate) fn login(&self) -> Option<(&str, Option<&str>)> {
        self.user.as_ref().map(|user| (user.name.as_str(), user.password.as_deref()))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (is_encrypted, rest) = match (text.strip_prefix("nats://"), text.strip_prefix("tls://"))
        {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(AddressError("it begins with nats:// or tls://")),
        };
        let wants_stream =
            AddressError("it ends with the name of a stream: nats://HOST:PORT/STREAM");
        let (authority, stream) = rest.split_once('/').ok_or(wants_stream.clone())?;
        if stream.is_empty() {
            return Err(wants_stream);
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !stream.chars().all(is_name) || stream.len() > STREAM_CHARS_MAX {
            return Err(AddressError(
                "the name of a stream has up to 64 letters, digits, hyphens and underscores",
            ));
        }
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(User::of(user)), hosts),
            None => (None, authority),
        };
        if hosts.split(',').any(|host| !is_host(host)) {
            return Err(AddressError("a server is HOST or HOST:PORT, several parted by commas"));
        }
        Ok(Address { hosts: hosts.to_owned(), user, is_encrypted, stream: stream.to_owned() })
    }
}

impl User {
    fn of(text: &str) -> User {
        match text.split_once(':') {
            Some((name, password)) => {
                User { name: name.to_owned(), password: Some(password.to_owned()) }
            }
            None => User { name: text.to_owned(), password: None },
        }
    }
}

/// Whether it is `HOST`, `HOST:PORT` or the same with an IPv6 address in brackets.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, rest)) => (host, rest),
            None => return false,
        },
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    !host.is_empty()
        && !host.contains(|c: char| c.is_whitespace() || c == '/')
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// The password aside.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_encrypted { "tls" } else { "nats" };
        let user = if self.user.is_some() { "…@" } else { "" };
        write!(f, "{scheme}://{user}{}/{}", self.hosts, self.stream)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_shown_without_its_password() {
        let plain: Address = "nats://127.0.0.1:4222/events".parse().expect("an address");
        assert_eq!(
            (plain.servers(), plain.stream()),
            (vec!["nats://127.0.0.1:4222".into()], "events")
        );
        let full: Address =
            "tls://ann:s3cret@a,b:4223,[::1]:4222/my-events_2".parse().expect("an address");
        assert_eq!(full.servers(), ["tls://a", "tls://b:4223", "tls://[::1]:4222"]);
        assert_eq!(full.login(), Some(("ann", Some("s3cret"))));
        let shown = format!("{full} {full:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("ann"), "{shown}");
        assert_eq!(full.of_route("hooks").stream(), "my-events_2-hooks");
    }

    #[test]
    fn what_is_no_address_is_told_why() {
        for (text, why) in [
            ("http://a/b", "begins with nats://"),
            ("nats://127.0.0.1:4222", "ends with the name of a stream"),
            ("nats://127.0.0.1:4222/", "ends with the name of a stream"),
            ("nats://a/b.c", "letters, digits"),
            ("nats://a/b c", "letters, digits"),
            ("nats://a:0/b", "HOST:PORT"),
            ("nats://a:70000/b", "HOST:PORT"),
            ("nats:///b", "HOST:PORT"),
            ("nats://a,,b/c", "HOST:PORT"),
        ] {
            let told = text.parse::<Address>().expect_err(text).to_string();
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
