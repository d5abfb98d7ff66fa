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
    let mut given = Vec::new();
    for (variable, value) in environment {
        let variable = variable.to_string_lossy().into_owned();
        let key = if variable == RUST_LOG && !value.is_empty() {
            "log".to_owned()
        } else if let Some(rest) = variable.strip_prefix(PREFIX) {
            rest.replace("__", ".").to_lowercase()
        } else {
            continue;
        };
        // Every letter is a capital: `FOREBAY__listen` is somebody's mistake.
        let is_ours = variable == RUST_LOG || name(&key) == variable;
        let Some(setting) = table::find(&key).filter(|_| is_ours) else {
            let known: Vec<String> = table::keys_like(&key).iter().map(|key| name(key)).collect();
            return Err(Mistake::unknown_variable(&variable, &known));
        };
        let Ok(text) = value.into_string() else {
            return Err(Mistake::not_unicode(&variable));
        };
        given.push(Given { setting, key, text, origin: Origin::Environment(variable) });
    }
    given.sort_by_key(|one: &Given| {
        let is_stronger = one.origin != Origin::Environment(RUST_LOG.to_owned());
        (table::position(one.setting), is_stronger)
    });
    Ok(given)
}

/// The variable of a key.
pub(super) fn name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}
