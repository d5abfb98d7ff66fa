//! What somebody probably meant.

/// The name among `known` that goes on where `name` ends, or else is the fewest typing mistakes away from it.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> &'a str {
    known
        .min_by_key(|candidate| {
            (!candidate.starts_with(name), strsim::damerau_levenshtein(name, candidate))
        })
        .expect("there is always something to set")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_word() {
        let known =
            ["tls.key", "listen", "backlog.url", "http.body_bytes_max", "http.event_bytes_max"];
        for (typed, meant) in [
            ("lisetn", "listen"),
            ("http.body_byte_max", "http.body_bytes_max"),
            ("http.evnt_bytes", "http.event_bytes_max"),
            ("backlog.uri", "backlog.url"),
            ("http.body", "http.body_bytes_max"),
        ] {
            assert_eq!(nearest(typed, known.into_iter()), meant);
        }
    }
}
