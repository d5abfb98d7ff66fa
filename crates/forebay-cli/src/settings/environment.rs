//! The layer of environment variables: `FOREBAY__HTTP__BODY_BYTES_MAX`.
//!
//! `RUST_LOG` is a weaker `FOREBAY__LOG`. Other variables that do not begin with `FOREBAY__` are
//! nobody's business here.

use std::ffi::OsString;

use super::{Given, Mistake, Origin, table};

const PREFIX: &str = "FOREBAY__";

/// The name that other Rust programs have for what is logged.
const RUST_LOG: &str = "RUST_LOG";

/// What the environment sets, in the order of the table.
///
/// # Errors
/// A variable with our prefix that is not the name of a setting, or whose value is not text.
pub(super) fn given(
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<Given>, Mistake> {
    let known: Vec<String> = table::all().map(|setting| name(setting.key)).collect();
    let mut given = Vec::new();
    for (variable, value) in environment {
        let variable = variable.to_string_lossy().into_owned();
        let setting = if variable == RUST_LOG && !value.is_empty() {
            table::find("log")
        } else if variable.starts_with(PREFIX) {
            let position = known.iter().position(|name| *name == variable);
            position.and_then(|position| table::all().nth(position))
        } else {
            continue;
        };
        let Some(setting) = setting else {
            return Err(Mistake::unknown_variable(&variable, &known));
        };
        let Ok(text) = value.into_string() else {
            return Err(Mistake::not_unicode(&variable));
        };
        given.push(Given { setting, text, origin: Origin::Environment(variable) });
    }
    given.sort_by_key(|one: &Given| {
        let is_stronger = one.origin != Origin::Environment(RUST_LOG.to_owned());
        (table::position(one.setting), is_stronger)
    });
    Ok(given)
}

/// The variable of a key.
fn name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}
