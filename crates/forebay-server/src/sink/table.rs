//! The table that a route's events become rows of.

use std::fmt;
use std::str::FromStr;

/// The longest name that PostgreSQL keeps whole.
const NAME_BYTES_MAX: usize = 63;

/// The table of those whose reason is beside them; no route may write there.
const DEAD_LETTERS: &str = "dead_letters";

/// Names a table, in a schema or not: `events`, `shop.orders`.
///
/// # Examples
/// ```
/// use forebay_server::Table;
///
/// let table: Table = "shop.orders".parse()?;
/// assert_eq!(table.to_string(), "shop.orders");
/// assert!("orders; DROP TABLE events".parse::<Table>().is_err());
/// # Ok::<(), forebay_server::TableError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    schema: Option<String>,
    name: String,
}

impl Table {
    pub(crate) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name as SQL has it, quoted: what stands in it is taken as it is.
    pub(crate) fn quoted(&self) -> String {
        match &self.schema {
            Some(schema) => format!("\"{schema}\".\"{}\"", self.name),
            None => format!("\"{}\"", self.name),
        }
    }
}

impl Default for Table {
    /// The table of the default route.
    fn default() -> Self {
        Self { schema: None, name: "events".to_owned() }
    }
}

impl FromStr for Table {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (schema, name) = match text.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, text),
        };
        if name == DEAD_LETTERS {
            return Err(TableError::Taken);
        }
        if !schema.into_iter().chain([name]).all(is_plain) {
            return Err(TableError::NotPlain);
        }
        Ok(Self { schema: schema.map(str::to_owned), name: name.to_owned() })
    }
}

fn is_plain(name: &str) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.len() <= NAME_BYTES_MAX && name.as_bytes().first().is_some_and(is_letter) && {
        name.bytes().all(is_good)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

/// Says what a table may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// Something stands in it that a plain name has not.
    NotPlain,
    /// It is the table of dead letters.
    Taken,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPlain => {
                "not the name of a table: write letters, digits and _, 63 at most, the first one \
                 no digit; and a schema before it, such as shop.orders, if need be"
            }
            Self::Taken => "taken: dead_letters holds the events of all routes that were refused",
        })
    }
}

impl std::error::Error for TableError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_or_refused() {
        for good in ["events", "_x9", "shop.orders", "A"] {
            assert_eq!(good.parse::<Table>().expect(good).to_string(), good);
        }
        let long = "x".repeat(64);
        for wrong in ["", "1a", "a b", "a\"b", "a.b.c", ".a", "a.", "ä", &long] {
            assert_eq!(wrong.parse::<Table>(), Err(TableError::NotPlain), "{wrong:?}");
        }
        assert_eq!("dead_letters".parse::<Table>(), Err(TableError::Taken));
        assert_eq!("s.dead_letters".parse::<Table>(), Err(TableError::Taken));
    }

    #[test]
    fn a_quoted_name_is_one_name_each() {
        assert_eq!("shop.orders".parse::<Table>().expect("plain").quoted(), "\"shop\".\"orders\"");
        assert_eq!(Table::default().quoted(), "\"events\"");
    }
}
