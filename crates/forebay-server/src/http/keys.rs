//! What requests and events are known by when they come again.
//!
//! `Idempotency-Key` is that of draft-ietf-httpapi-idempotency-key-header: a string of structured
//! fields (RFC 9651), and, because most clients send one, a bare word.

use forebay_backlog::Key;
use hyper::header::{HeaderMap, HeaderName};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key.
const KEY_BYTES_MAX: usize = 255;

/// The digest of these parts; none of them runs into the next.
pub(super) fn digest<const N: usize>(parts: [&[u8]; N]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let whole: [u8; 32] = hash.finalize().into();
    *whole.first_chunk().expect("a key is no longer than a digest")
}

/// What the client calls its request; nothing if it does not say.
pub(super) fn of_request(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let wrong = |detail: &str| Err(Problem::idempotency_key(detail));
    if values.next().is_some() {
        return wrong("send one idempotency-key, not several");
    }
    match key(value.as_bytes()) {
        Some(key) if key.is_empty() => wrong("the idempotency-key is empty"),
        Some(key) if key.len() > KEY_BYTES_MAX => {
            wrong(&format!("the idempotency-key has {} bytes; 255 are allowed", key.len()))
        }
        Some(key) => Ok(Some(key)),
        None => wrong("write the idempotency-key as a string in quotes, or as visible ASCII"),
    }
}

/// Reads a string of structured fields, or a bare word. Parameters behind a string say nothing.
fn key(value: &[u8]) -> Option<Vec<u8>> {
    let value = value.trim_ascii();
    let Some(quoted) = value.strip_prefix(b"\"") else {
        let is_good = |byte: &u8| byte.is_ascii_graphic() && *byte != b'"';
        return value.iter().all(is_good).then(|| value.to_vec());
    };
    let mut key = Vec::new();
    let mut bytes = quoted.iter().copied();
    loop {
        match bytes.next()? {
            b'"' => break,
            b'\\' => match bytes.next()? {
                escaped @ (b'"' | b'\\') => key.push(escaped),
                _ => return None,
            },
            byte @ 0x20..=0x7e => key.push(byte),
            _ => return None,
        }
    }
    let rest: Vec<u8> = bytes.collect();
    let rest = rest.trim_ascii();
    (rest.is_empty() || rest.starts_with(b";")).then_some(key)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn read(value: &str) -> Result<Option<Vec<u8>>, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_str(value).expect("a header"));
        of_request(&headers).map_err(|problem| problem.into_response().status().as_u16())
    }

    #[test]
    fn a_key_is_a_string_in_quotes_or_a_bare_word() {
        let key = |text: &str| Ok(Some(text.as_bytes().to_vec()));
        assert_eq!(read("\"8e03978e-40d5\""), key("8e03978e-40d5"));
        assert_eq!(read("8e03978e-40d5"), key("8e03978e-40d5"));
        assert_eq!(read(" \"a \\\"b\\\\\" ; v=1"), key("a \"b\\"));
        for wrong in ["", "\"\"", "\"a", "a b", "\"a\"b", "\"a\\b\"", &"x".repeat(256)] {
            assert_eq!(read(wrong), Err(400), "{wrong:?}");
        }
        assert_eq!(of_request(&HeaderMap::new()).expect("none is fine"), None);
    }

    #[test]
    fn no_part_runs_into_the_next() {
        let digest = |parts: [&str; 2]| digest(parts.map(str::as_bytes));
        assert_ne!(digest(["a", "bc"]), digest(["ab", "c"]));
        assert_eq!(digest(["a", "bc"]), digest(["a", "bc"]));
    }
}
