//! The events: as `bench/src/durable/event.rs` has them, which looks at what forebay has kept of them.

/// A JSON object with its number, so many bytes long.
pub(crate) fn body(number: u64, body_bytes: usize) -> Vec<u8> {
    let mut body =
        format!("{{\"n\":\"{number:012}\",\"user\":\"u-48213\",\"note\":\"").into_bytes();
    body.resize(body_bytes - 2, b'.');
    body.extend_from_slice(b"\"}");
    body
}
