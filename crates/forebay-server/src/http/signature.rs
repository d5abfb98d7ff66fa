//! Signatures of webhooks: who has the secret has sent exactly this body.
//!
//! [Standard Webhooks](https://www.standardwebhooks.com) 1.0 and GitHub's. Signatures are made of
//! the body as it is once it is unpacked, and compared in a time that says nothing of them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::header::{HeaderMap, HeaderValue};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::config::{WebhookInForce, WebhookKind};

/// The longest id of a webhook.
const ID_BYTES_MAX: usize = 255;

/// What a route takes from whoever signs it.
#[derive(Debug)]
pub(crate) struct Webhook {
    told: WebhookInForce,
}

/// A body whose sender has the secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Signed {
    /// By which the webhook is known when it comes again.
    pub(super) id: Vec<u8>,
    /// What its headers say that its body does not.
    pub(super) said: Map<String, Value>,
}

/// Why nothing is taken. It says nothing of the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unsigned {
    /// A header is missing, there twice, or cannot be read.
    Header(&'static str),
    /// It was signed too long ago, or in the future.
    Time { tolerance_ms: u64 },
    /// No secret makes the signature.
    Wrong,
}

impl std::fmt::Display for Unsigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header(name) => {
                write!(f, "header {name} is missing, there several times, or cannot be read")
            }
            Self::Time { tolerance_ms } => write!(
                f,
                "webhook-timestamp is more than {} s from now; check the clocks",
                tolerance_ms / 1_000
            ),
            Self::Wrong => f.write_str("the signature is not one of this route's secrets"),
        }
    }
}

impl Webhook {
    pub(crate) fn new(told: WebhookInForce) -> Self {
        Self { told }
    }

    /// Whether it is signed as the other, whoever has the secrets.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        self.told.kind == other.told.kind
    }

    /// Checks a request that came at `now_ms`.
    pub(super) fn check(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now_ms: i64,
    ) -> Result<Signed, Unsigned> {
        match self.told.kind {
            WebhookKind::Standard => self.standard(headers, body, now_ms),
            WebhookKind::Github => self.github(headers, body),
        }
    }

    fn standard(&self, headers: &HeaderMap, body: &[u8], now_ms: i64) -> Result<Signed, Unsigned> {
        let id = id(headers, "webhook-id")?;
        let time = one(headers, "webhook-timestamp")?;
        let signatures = one(headers, "webhook-signature")?;
        let seconds = || time.to_str().ok()?.parse::<i64>().ok();
        let seconds = seconds().ok_or(Unsigned::Header("webhook-timestamp"))?;
        if seconds.saturating_mul(1_000).abs_diff(now_ms) > self.told.tolerance_ms {
            return Err(Unsigned::Time { tolerance_ms: self.told.tolerance_ms });
        }
        // Other versions may stand beside ours; what a list cannot have been split into is none.
        let ours = signatures.as_bytes().split(|byte| *byte == b' ');
        let ours = ours.filter_map(|one| BASE64_STANDARD.decode(one.strip_prefix(b"v1,")?).ok());
        let signed = [id, b".", time.as_bytes(), b".", body];
        self.verify(signed, ours)?;
        let said = [("webhook_id", text(id)), ("webhook_timestamp", seconds.into())];
        Ok(Signed { id: id.to_vec(), said: map(said) })
    }

    fn github(&self, headers: &HeaderMap, body: &[u8]) -> Result<Signed, Unsigned> {
        let id = id(headers, "x-github-delivery")?;
        let signature = one(headers, "x-hub-signature-256")?;
        let bytes = signature.as_bytes().strip_prefix(b"sha256=").and_then(hex);
        self.verify([body], bytes.into_iter())?;
        // What happened is said nowhere else.
        let event =
            one(headers, "x-github-event").map_or(Value::Null, |event| text(event.as_bytes()));
        let said = [("webhook_id", text(id)), ("github_event", event)];
        Ok(Signed { id: id.to_vec(), said: map(said) })
    }

    /// Each secret is tried, so that one can be replaced while both are in use.
    fn verify<const N: usize>(
        &self,
        parts: [&[u8]; N],
        signatures: impl Iterator<Item = Vec<u8>>,
    ) -> Result<(), Unsigned> {
        let macs: Vec<Hmac<Sha256>> =
            self.told.secrets.iter().map(|secret| keyed(secret, parts)).collect();
        let is_of_any = |signature: Vec<u8>| {
            macs.iter().any(|mac| mac.clone().verify_slice(&signature).is_ok())
        };
        if { signatures }.any(is_of_any) { Ok(()) } else { Err(Unsigned::Wrong) }
    }
}

fn keyed<const N: usize>(secret: &[u8], parts: [&[u8]; N]) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret).expect("HMAC takes keys of every length");
    parts.iter().for_each(|part| mac.update(part));
    mac
}

fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a HeaderValue, Unsigned> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(Unsigned::Header(name)),
    }
}

fn id<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a [u8], Unsigned> {
    let id = one(headers, name)?.as_bytes();
    let is_good = (1..=ID_BYTES_MAX).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic);
    if is_good { Ok(id) } else { Err(Unsigned::Header(name)) }
}

fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

fn text(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into_owned().into()
}

fn map<const N: usize>(said: [(&str, Value); N]) -> Map<String, Value> {
    said.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderName;

    use super::*;
    use crate::config::Secrets;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let value = HeaderValue::from_str(value).expect("a value");
            headers.append(HeaderName::from_static(name), value);
        }
        headers
    }

    fn webhook(kind: WebhookKind, secrets: &str) -> Webhook {
        let secrets = Secrets::read(kind, secrets).expect("secrets");
        Webhook::new(WebhookInForce { kind, secrets, tolerance_ms: 300_000 })
    }

    /// The example of the specification's own test suites.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = b"{\"test\": 2432232314}";
    const TIME_S: i64 = 1_614_265_330;
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn standard(
        secrets: &str,
        signature: &str,
        body: &[u8],
        at_s: i64,
    ) -> Result<Signed, Unsigned> {
        let headers = headers(&[
            ("webhook-id", ID),
            ("webhook-timestamp", &TIME_S.to_string()),
            ("webhook-signature", signature),
        ]);
        webhook(WebhookKind::Standard, secrets).check(&headers, body, at_s * 1_000)
    }

    #[test]
    fn the_example_of_standard_webhooks_is_signed_and_anything_else_is_not() {
        let signed = standard(SECRET, SIGNATURE, BODY, TIME_S).expect("signed");
        assert_eq!((signed.id.as_slice(), &signed.said["webhook_id"]), (ID.as_bytes(), &ID.into()));
        let wrong = Err(Unsigned::Wrong);
        assert_eq!(standard(SECRET, SIGNATURE, b"{\"test\": 2432232315}", TIME_S), wrong);
        assert_eq!(standard("whsec_AAAA", SIGNATURE, BODY, TIME_S), wrong);
        for signature in ["", "v1,", "v1,AAAA", "v1a,AAAA", &SIGNATURE[3..], "v2,x"] {
            assert_eq!(standard(SECRET, signature, BODY, TIME_S), wrong, "{signature}");
        }
    }

    #[test]
    fn one_of_several_secrets_and_signatures_will_do() {
        let secrets = format!("whsec_AAAA\n\n{SECRET}\n");
        let signatures = format!("v2,other v1,AAAA {SIGNATURE}");
        assert!(standard(&secrets, &signatures, BODY, TIME_S).is_ok());
    }

    #[test]
    fn what_was_signed_too_long_ago_or_too_far_ahead_is_refused() {
        for (at_s, is_good) in [(300, true), (301, false), (-300, true), (-301, false)] {
            let checked = standard(SECRET, SIGNATURE, BODY, TIME_S + at_s);
            assert_eq!(checked.is_ok(), is_good, "{at_s}");
        }
        let headers = headers(&[
            ("webhook-id", ID),
            ("webhook-timestamp", "9223372036854775807"),
            ("webhook-signature", SIGNATURE),
        ]);
        let far = webhook(WebhookKind::Standard, SECRET).check(&headers, BODY, 0);
        assert_eq!(far, Err(Unsigned::Time { tolerance_ms: 300_000 }));
    }

    #[test]
    fn the_example_of_github_is_signed_and_anything_else_is_not() {
        // From its documentation, "Testing the webhook payload validation".
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let github = |signature: &str, body: &[u8]| {
            let headers = headers(&[
                ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
                ("x-github-event", "push"),
                ("x-hub-signature-256", signature),
            ]);
            webhook(WebhookKind::Github, "It's a Secret to Everybody").check(&headers, body, 0)
        };
        let signed = github(signature, b"Hello, World!").expect("signed");
        assert_eq!(signed.said["github_event"], "push");
        assert_eq!(github(signature, b"Hello, World?"), Err(Unsigned::Wrong));
        for wrong in ["", "sha256=", "sha256=75", "sha1=75", &signature[..70], &signature[7..]] {
            assert_eq!(github(wrong, b"Hello, World!"), Err(Unsigned::Wrong), "{wrong}");
        }
    }

    #[test]
    fn a_header_that_is_missing_or_there_twice_is_named() {
        let webhook = webhook(WebhookKind::Standard, SECRET);
        let check = |pairs: &[(&'static str, &str)]| webhook.check(&headers(pairs), BODY, 0);
        assert_eq!(check(&[]), Err(Unsigned::Header("webhook-id")));
        let twice = [("webhook-id", "a"), ("webhook-id", "b")];
        assert_eq!(check(&twice), Err(Unsigned::Header("webhook-id")));
        let no_number =
            [("webhook-id", "a"), ("webhook-timestamp", "x"), ("webhook-signature", "")];
        assert_eq!(check(&no_number), Err(Unsigned::Header("webhook-timestamp")));
    }
}
