//! Every setting as a page of Markdown, made from the table alone.
//!
//! What a value may be is found out by trying: what reading says of nonsense, and what the check of
//! ranges says of too little and too much. So a new setting is on the page as soon as it is in the
//! table, and nothing here can be out of date.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use super::table::{self, Holds, NAME, Setting};
use super::{Settings, environment};
use crate::outcome::Failure;

/// Nothing that is read takes this, but for a path and other free text.
const NONSENSE: &str = "\u{1}?";

/// Values too small or too great for anything, with and without a unit.
const EXTREMES: [&str; 6] = ["0", "0ms", "0B", "99999999999999", "99999999999999ms", "4000000000"];

const HEAD: &str = "\
# Every setting

Each has a key. In `forebay.toml` the dots of the key are tables; in the environment it is written in capitals behind `FOREBAY__`, with `__` for a
dot; some have a flag. A flag beats the environment, the environment beats the file, the file beats the default. An unknown key is an error that names
the nearest one. `forebay serve --check` shows what is in force, and where each value came from.

This page is what `forebay settings` prints.
";

/// Prints the page.
pub(crate) fn print() -> Result<(), Failure> {
    io::stdout().write_all(page().as_bytes()).map_err(|error| Failure::of_output(&error))
}

fn page() -> String {
    let mut text = HEAD.to_owned();
    let mut section = None;
    for setting in table::all() {
        let of = setting.key.rsplit_once('.').map_or("", |(section, _)| section);
        if section != Some(of) {
            section = Some(of);
            let title = if of.is_empty() { "In no table" } else { of };
            write(&mut text, format_args!("\n## {title}\n"));
        }
        entry(&mut text, setting);
    }
    text
}

fn entry(text: &mut String, setting: &Setting) {
    let Setting { key, help, .. } = setting;
    write(text, format_args!("\n### `{key}`\n\n{help}.\n\n"));
    write(text, format_args!("- value: {}\n", kind(setting)));
    if let Some(range) = range(setting) {
        write(text, format_args!("- range: {range}\n"));
    }
    let default = match setting.default_text().as_str() {
        "none" => "none".to_owned(),
        value => format!("`{value}`"),
    };
    write(text, format_args!("- default: {default}\n"));
    if let Some(flag) = setting.flag {
        let value = setting.value_name.map_or_else(String::new, |value| format!(" {value}"));
        write(text, format_args!("- flag: `{flag}{value}`\n"));
    }
    write(text, format_args!("- environment: `{}`\n", environment::name(key)));
    let force = match setting.holds {
        Holds::ToTheEnd => "after a restart",
        Holds::UntilReload => "after SIGHUP",
    };
    write(text, format_args!("- another value is in force: {force}\n"));
}

fn write(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("a string takes everything");
}

/// What kind of value it takes: what is said of one that it does not take.
fn kind(setting: &Setting) -> String {
    let key = setting.key.replace(NAME, "a");
    let said = match setting.set(&mut Settings::default(), &key, NONSENSE) {
        Ok(()) if setting.value_name == Some("FILE") => return "the path of a file".to_owned(),
        Ok(()) => return "text".to_owned(),
        Err(said) => said.replace(NONSENSE, ""),
    };
    let said = said.split(", or is too large").next().unwrap_or_default();
    if let Some((_, use_instead)) = said.split_once("; use ") {
        return use_instead.to_owned();
    }
    match (said.strip_prefix("is none of "), said.strip_prefix("is neither ")) {
        (Some(all), _) => all.replace(" and ", " or "),
        (_, Some(both)) => both.replace(" nor ", " or "),
        _ => said.strip_prefix("is not ").unwrap_or(said).trim().to_owned(),
    }
}

/// From what to what it may be, where that is limited.
fn range(setting: &Setting) -> Option<String> {
    let key = setting.key.replace(NAME, "a");
    let allowed = EXTREMES.iter().find_map(|extreme| {
        let mut settings = Settings::default();
        setting.set(&mut settings, &key, extreme).ok()?;
        let error = settings.server.check().err()?;
        let is_its_own = error.field == key || error.field.strip_suffix("_ms") == Some(&*key);
        is_its_own.then_some(error.allowed)
    })?;
    let ends = allowed.split_once(" to ").and_then(|(from, to)| {
        Some(format!("{} to {}", shown(setting, from)?, shown(setting, to)?))
    });
    Some(ends.unwrap_or(allowed))
}

/// A number of the check's as one would write it for this setting.
fn shown(setting: &Setting, number: &str) -> Option<String> {
    let key = setting.key.replace(NAME, "a");
    let mut settings = Settings::default();
    let in_ms = format!("{number}ms");
    let read = |settings: &mut Settings, text: &str| setting.set(settings, &key, text);
    read(&mut settings, number).or_else(|_| read(&mut settings, &in_ms)).ok()?;
    Some(format!("`{}`", setting.get(&settings, &key).trim_matches('"')))
}
