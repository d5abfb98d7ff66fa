//! What holds of every settings file, for the fuzzer and for its seeds: what is wrong is named with its
//! place and its key, and what is right is read again as it was shown.

use std::path::Path;

use toml::de::DeTable;

use crate::settings::{InForce, table};

/// Reads bytes as the file of settings.
pub(crate) fn hold(bytes: &[u8]) {
    // Whoever reads the file says that.
    let Ok(text) = str::from_utf8(bytes) else { return };
    match read(text) {
        Ok(in_force) => hold_shown(&in_force),
        Err(said) => hold_said(&said, text),
    }
}

fn read(text: &str) -> Result<InForce, String> {
    let read = InForce::read(Some((Path::new("a.toml"), text)), std::iter::empty(), Vec::new());
    read.map_err(|mistake| mistake.to_string())
}

fn hold_said(said: &str, text: &str) {
    let place = said.strip_prefix("a.toml:").and_then(|rest| rest.split_once(':'));
    let (line, rest) = place.unwrap_or_else(|| panic!("it has no place: {said}"));
    let line: usize = line.parse().unwrap_or_else(|_| panic!("it has no line: {said}"));
    assert!((1..=text.matches('\n').count() + 1).contains(&line), "there is no such line: {said}");
    let is_key = |word: &str| {
        let word = word.trim_end_matches([':', ',', ';']);
        // A section is told by its name.
        word.starts_with("routes.")
            || table::find(word.strip_suffix("_ms").unwrap_or(word)).is_some()
            || table::find(word).is_some()
    };
    let is_named = rest.contains("unknown key ") || rest.split_whitespace().any(is_key);
    assert!(is_named || DeTable::parse(text).is_err(), "it names no key: {said}");
}

fn hold_shown(in_force: &InForce) {
    let is_secret = |key: &str| table::find(key).is_none_or(|setting| setting.is_secret);
    let lines = in_force.lines().filter(|line| {
        let key = line.split_once(" = ").map_or("", |(key, _)| key);
        !is_secret(key)
    });
    let shown = lines.collect::<Vec<_>>().join("\n");
    let again = read(&shown).unwrap_or_else(|said| panic!("{said}\n{shown}"));
    let changes = in_force.changes(&again);
    let changes: Vec<_> = changes.iter().filter(|change| !is_secret(&change.key)).collect();
    assert!(changes.is_empty(), "{changes:?}\n{shown}");
}
