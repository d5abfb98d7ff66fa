//! The layer of the file: forebay.toml, tables nested by the dots of a key.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::table::{self, NAME};
use super::{Given, Mistake, Origin};

/// A file that is being read: its name and its text.
struct Source<'a> {
    path: String,
    text: &'a str,
}

/// What the file sets, in the order in which it stands there.
///
/// # Errors
/// The first of: a place where it is not TOML, a key that is not known, a value that is a list.
pub(super) fn given(path: &Path, text: &str) -> Result<Vec<Given>, Mistake> {
    let source = Source { path: path.display().to_string(), text };
    let document = DeTable::parse(text).map_err(|error| {
        let (line, column) = source.position(&error.span().unwrap_or(0..0));
        Mistake::syntax(&source.path, line, column, error.message())
    })?;
    let mut found = Vec::new();
    source.walk("", document.get_ref(), &mut found);
    // Tables are sorted by key; people read from top to bottom.
    found.sort_by_key(|(offset, _)| *offset);
    found.into_iter().map(|(_, given)| given).collect()
}

type Found = Vec<(usize, Result<Given, Mistake>)>;

impl Source<'_> {
    fn walk(&self, section: &str, table: &DeTable<'_>, found: &mut Found) {
        for (name, value) in table {
            let key = if section.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{section}.{}", name.get_ref())
            };
            match value.get_ref() {
                DeValue::Table(inner)
                    if inner.is_empty()
                        && let Some(setting) = table::that_makes(&key) =>
                {
                    let span = name.span();
                    let origin = Origin::File(self.path.clone(), self.position(&span).0);
                    let key = setting.key.replace(NAME, name.get_ref());
                    let given = Given { setting, key, text: String::new(), origin };
                    found.push((span.start, Ok(given)));
                }
                DeValue::Table(inner)
                    if table::first_of_section(&key).is_some() || !inner.is_empty() =>
                {
                    self.walk(&key, inner, found);
                }
                value => {
                    let span = name.span();
                    found.push((span.start, self.one(&key, value, &span)));
                }
            }
        }
    }

    /// One key and what stands beside it.
    fn one(&self, key: &str, value: &DeValue<'_>, span: &Range<usize>) -> Result<Given, Mistake> {
        let origin = Origin::File(self.path.clone(), self.position(span).0);
        let Some(setting) = table::find(key) else {
            return Err(match table::first_of_section(key) {
                Some(first) => Mistake::section(&origin, key, first.key),
                None => Mistake::unknown_key(&origin, key),
            });
        };
        match text(value) {
            Ok(text) => Ok(Given { setting, key: key.to_owned(), text, origin }),
            Err(kind) => Err(Mistake::not_one_value(&origin, key, kind)),
        }
    }

    /// Line and column, both from 1; the column counts characters.
    fn position(&self, span: &Range<usize>) -> (usize, usize) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

/// A value as one would write it in a variable or behind a flag.
fn text(value: &DeValue<'_>) -> Result<String, &'static str> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Boolean(yes) => Ok(yes.to_string()),
        DeValue::Float(number) => Ok(number.to_string()),
        DeValue::Datetime(time) => Ok(time.to_string()),
        DeValue::Integer(number) => Ok(i128::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| number.to_string(), |number| number.to_string())),
        DeValue::Array(_) => Err("array"),
        DeValue::Table(_) => Err("empty table"),
    }
}
