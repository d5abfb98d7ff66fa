//! Whole numbers.

use std::fmt::Display;
use std::str::FromStr;

pub(in crate::settings) fn read<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "is not a whole number, or is too large".to_owned())
}

pub(in crate::settings) fn show(number: &impl Display) -> String {
    number.to_string()
}
