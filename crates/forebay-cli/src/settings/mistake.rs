//! What is wrong with a configuration, said so that it can be put right.

use std::fmt;

use forebay_server::ConfigError;

use super::table::{self, Setting};
use super::{Origin, nearest};

/// One thing that is wrong: where, what, and what would be right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake(String);

impl Mistake {
    /// The text of a file is not TOML. Line and column start at 1.
    pub(super) fn syntax(path: &str, line: usize, column: usize, problem: &str) -> Self {
        Self(format!("{path}:{line}:{column}: {problem}"))
    }

    /// There is no such key.
    pub(super) fn unknown_key(origin: &Origin, key: &str) -> Self {
        let known = table::keys_like(key);
        let known = nearest::nearest(key, known.iter().map(String::as_str));
        Self(format!("{origin}: unknown key {key}; the nearest known key is {known}"))
    }

    /// There is no such variable.
    pub(super) fn unknown_variable(name: &str, known: &[String]) -> Self {
        let known = nearest::nearest(name, known.iter().map(String::as_str));
        Self(format!("environment: unknown variable {name}; the nearest known variable is {known}"))
    }

    /// A value is not text.
    pub(super) fn not_unicode(name: &str) -> Self {
        Self(format!("environment: the value of {name} is not UTF-8 text"))
    }

    /// A key has to have one value, and has something else.
    pub(super) fn not_one_value(origin: &Origin, key: &str, found: &str) -> Self {
        Self(format!("{origin}: {key} takes one value, not an {found}"))
    }

    /// A section has one value, and should have keys.
    pub(super) fn section(origin: &Origin, section: &str, first_key: &str) -> Self {
        Self(format!("{origin}: {section} is a section with keys of its own, such as {first_key}"))
    }

    /// A value is not one that this setting can have.
    pub(super) fn value(
        origin: Origin,
        setting: &Setting,
        key: &str,
        text: &str,
        problem: &str,
    ) -> Self {
        let problem =
            if setting.is_secret { problem.to_owned() } else { format!("{text:?} {problem}") };
        match origin {
            // The key of a flag is not what was typed.
            Origin::Flag(flag) => Self(format!("{flag}: {problem}")),
            _ => Self(format!("{origin}: {key}: {problem}")),
        }
    }

    /// A value is out of its range, or does not fit another one.
    pub(super) fn range(origin: &Origin, error: &ConfigError) -> Self {
        Self(format!("{origin}: {error}"))
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
