//! The shape of a body without what is in it: keys and kinds of values.

use serde_json::Value;

/// Longer is cut off.
const SHOWN_CHARS_MAX: usize = 160;
const DEPTH_MAX: u32 = 3;
const KEYS_MAX: usize = 12;

/// Writes a JSON text down with every value replaced by its kind: `{age: number, user: text}` keeps
/// the keys, in the order of the alphabet, and hides the user and the age.
pub(super) fn redact(body: &[u8]) -> String {
    let mut text = String::new();
    match serde_json::from_slice(body) {
        Ok(value) => write(&mut text, &value, 0),
        Err(_) => text.push('…'),
    }
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => text[..end].to_owned() + "…",
        None => text,
    }
}

fn write(text: &mut String, value: &Value, depth: u32) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(_) => text.push_str("bool"),
        Value::Number(_) => text.push_str("number"),
        Value::String(_) => text.push_str("text"),
        Value::Array(_) | Value::Object(_) if depth >= DEPTH_MAX => text.push('…'),
        Value::Array(items) => {
            text.push('[');
            if let Some(first) = items.first() {
                write(text, first, depth + 1);
            }
            text.push_str(if items.len() > 1 { ", …]" } else { "]" });
        }
        Value::Object(fields) => {
            text.push('{');
            for (index, (key, value)) in fields.iter().take(KEYS_MAX).enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                text.push_str(key);
                text.push_str(": ");
                write(text, value, depth + 1);
            }
            text.push_str(if fields.len() > KEYS_MAX { ", …}" } else { "}" });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_and_no_value_does() {
        let body = br#"{"card":"4111-1111","age":42,"ok":true,"to":["a@b.c","d"],"x":null}"#;
        let shown = redact(body);
        assert_eq!(shown, "{age: number, card: text, ok: bool, to: [text, …], x: null}");
        for secret in ["4111", "42", "true", "a@b.c"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn whatever_comes_is_short_and_never_a_panic() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        let wide = format!(
            "{{{}}}",
            (0..500).map(|n| format!("\"ä{n}\":0")).collect::<Vec<_>>().join(",")
        );
        for body in [&b"\xff\xfe"[..], b"", b"\"\"", b"nonsense", deep.as_bytes(), wide.as_bytes()]
        {
            let shown = redact(body);
            assert!(shown.chars().count() <= SHOWN_CHARS_MAX + 1, "{shown}");
        }
    }
}
