//! Who signs what comes to a route.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{ConfigError, RouteConfig};

/// What a secret of Standard Webhooks begins with.
const PREFIX: &str = "whsec_";

/// How far the clock of a sender may be from ours.
const TOLERANCE_MS: u64 = 300_000;

/// How webhooks are signed.
///
/// # Examples
/// ```
/// use forebay_server::WebhookKind;
///
/// assert_eq!("github".parse(), Ok(WebhookKind::Github));
/// assert!("other".parse::<WebhookKind>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookKind {
    /// As [Standard Webhooks](https://www.standardwebhooks.com) say.
    Standard,
    /// As GitHub does.
    Github,
}

impl FromStr for WebhookKind {
    type Err = WebhookKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "standard" => Ok(Self::Standard),
            "github" => Ok(Self::Github),
            _ => Err(WebhookKindError),
        }
    }
}

impl fmt::Display for WebhookKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standard => "standard",
            Self::Github => "github",
        })
    }
}

/// Says which kinds of webhooks there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookKindError;

impl fmt::Display for WebhookKindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither standard nor github")
    }
}

impl std::error::Error for WebhookKindError {}

/// Text that nobody shall read: it is in no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a route is told of its webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookConfig {
    /// How they are signed. Left out, nobody has to sign.
    pub kind: Option<WebhookKind>,
    /// A file of secrets, one a line; each of them will do.
    pub secret_file: Option<PathBuf>,
    /// One secret, or several with spaces between them.
    pub secret: Option<Secret>,
    /// How far the time of a signature may be from now; 5 minutes if nothing is said.
    pub tolerance_ms: Option<u64>,
}

/// Secrets that are read; in no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secrets(Vec<Vec<u8>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} of them)", self.0.len())
    }
}

impl Secrets {
    /// Reads one secret a line. The error says which line, and nothing of what stands there.
    pub(crate) fn read(kind: WebhookKind, text: &str) -> Result<Self, String> {
        let mut secrets = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let secret = match kind {
                WebhookKind::Github => line.as_bytes().to_vec(),
                WebhookKind::Standard => {
                    let digits = line.strip_prefix(PREFIX).unwrap_or(line);
                    let bytes = BASE64_STANDARD.decode(digits);
                    bytes.map_err(|_| format!("line {} is not {PREFIX} and Base64", index + 1))?
                }
            };
            secrets.push(secret);
        }
        if secrets.is_empty() {
            Err("there is no secret in it".to_owned())
        } else {
            Ok(Self(secrets))
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }
}

/// Webhooks with everything that holds for them.
#[derive(Debug, Clone)]
pub(crate) struct WebhookInForce {
    pub(crate) kind: WebhookKind,
    pub(crate) secrets: Secrets,
    pub(crate) tolerance_ms: u64,
}

impl WebhookInForce {
    /// Reads the secrets of a route; nothing if nobody has to sign.
    ///
    /// # Errors
    /// The first field that cannot work.
    pub(crate) fn of(name: &str, route: &RouteConfig) -> Result<Option<Self>, ConfigError> {
        let wrong = |key: &str, value: String, allowed: &str| ConfigError {
            field: format!("routes.{name}.{key}"),
            value,
            allowed: allowed.to_owned(),
        };
        let WebhookConfig { kind, secret_file, secret, tolerance_ms } = &route.webhook;
        let Some(kind) = *kind else {
            let has_secret = secret_file.is_some() || secret.is_some();
            return match has_secret {
                true => Err(wrong(
                    "webhook",
                    "not set".to_owned(),
                    "standard or github, as there is a secret",
                )),
                false => Ok(None),
            };
        };
        let secrets = match (secret_file, secret) {
            (Some(path), None) => {
                let shown = || format!("{:?}", path.display().to_string());
                let text = std::fs::read_to_string(path).map_err(|error| {
                    let value = format!("{}, which cannot be read ({error})", shown());
                    wrong("webhook_secret_file", value, "a file with one secret a line")
                })?;
                Secrets::read(kind, &text).map_err(|why| {
                    wrong(
                        "webhook_secret_file",
                        format!("{}: {why}", shown()),
                        "a file with one secret a line",
                    )
                })?
            }
            (None, Some(Secret(text))) => {
                let lines: Vec<&str> = text.split_whitespace().collect();
                Secrets::read(kind, &lines.join("\n")).map_err(|why| {
                    wrong(
                        "webhook_secret",
                        format!("set, but {why}"),
                        "secrets with spaces between them",
                    )
                })?
            }
            (file, _) => {
                let allowed =
                    "one of the two: webhook_secret_file, or webhook_secret in the environment";
                let value = if file.is_some() { "not alone" } else { "not set" };
                return Err(wrong("webhook_secret_file", value.to_owned(), allowed));
            }
        };
        let tolerance_ms = tolerance_ms.unwrap_or(TOLERANCE_MS);
        Ok(Some(Self { kind, secrets, tolerance_ms }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_in_an_error_or_in_debug() {
        let route = |webhook| RouteConfig { webhook, ..RouteConfig::default() };
        let hidden = WebhookConfig {
            kind: Some(WebhookKind::Standard),
            secret: Some(Secret::new("whsec_hidden!".to_owned())),
            ..WebhookConfig::default()
        };
        assert!(!format!("{hidden:?}").contains("hidden!"));
        let error = WebhookInForce::of("a", &route(hidden)).expect_err("no Base64").to_string();
        assert!(error.contains("routes.a.webhook_secret") && !error.contains("hidden!"), "{error}");
        let secrets = Secrets::read(WebhookKind::Github, "hidden!\nother\n").expect("two");
        assert_eq!(format!("{secrets:?}"), "Secrets(2 of them)");
    }

    #[test]
    fn secrets_come_from_one_place_and_a_kind_goes_with_them() {
        let of = |webhook| {
            let route = RouteConfig { webhook, ..RouteConfig::default() };
            WebhookInForce::of("a", &route).map(|found| found.is_some())
        };
        let secret = || Some(Secret::new("x".to_owned()));
        let kind = Some(WebhookKind::Github);
        assert_eq!(of(WebhookConfig::default()), Ok(false));
        assert_eq!(
            of(WebhookConfig { kind, secret: secret(), ..WebhookConfig::default() }),
            Ok(true)
        );
        let said = |webhook| of(webhook).expect_err("not one secret").to_string();
        let none = said(WebhookConfig { kind, ..WebhookConfig::default() });
        assert!(none.contains("webhook_secret_file is not set"), "{none}");
        let secret_file = Some("/nowhere/secrets".into());
        let both =
            said(WebhookConfig { kind, secret_file, secret: secret(), ..WebhookConfig::default() });
        assert!(both.contains("webhook_secret_file is not alone"), "{both}");
        assert!(of(WebhookConfig { secret: secret(), ..WebhookConfig::default() }).is_err());
        let secret_file = Some("/nowhere/secrets".into());
        let error = of(WebhookConfig { kind, secret_file, ..WebhookConfig::default() });
        assert!(error.expect_err("no file").to_string().contains("/nowhere/secrets"));
    }
}
