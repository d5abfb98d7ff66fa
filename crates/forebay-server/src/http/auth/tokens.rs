//! The token file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs, io};

use subtle::ConstantTimeEq as _;

use super::super::rate::Meter;
use super::entry::{Kept, TokenEntry, TokenEntryError, digest};

/// The tokens of a file, as digests.
pub(crate) struct Tokens {
    entries: Vec<(TokenEntry, Arc<Meter>)>,
}

impl Tokens {
    /// Reads a file, for a service with these routes.
    pub(crate) fn read(path: &Path, routes: &[&str]) -> Result<Self, TokenFileError> {
        let failed = |reason| TokenFileError { path: path.to_owned(), reason };
        let text = fs::read_to_string(path).map_err(|error| failed(Reason::Read(error)))?;
        Self::parse(&text, routes).map_err(failed)
    }

    pub(super) fn parse(text: &str, routes: &[&str]) -> Result<Self, Reason> {
        let mut entries = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let Some(entry) = TokenEntry::read(line) else { continue };
            let entry = entry.map_err(|error| Reason::Line(index + 1, error))?;
            let unknown = entry.routes().iter().find(|route| !routes.contains(&route.as_str()));
            if let Some(route) = unknown {
                let known = routes.join(", ");
                return Err(Reason::NoRoute { line: index + 1, route: route.clone(), known });
            }
            entries.push((entry, Arc::default()));
        }
        if entries.is_empty() { Err(Reason::Empty) } else { Ok(Self { entries }) }
    }

    /// How many stand in the file as they are, for whoever can read it.
    pub(crate) fn plain(&self) -> usize {
        self.entries.iter().filter(|(entry, _)| entry.kept == Kept::Plain).count()
    }

    /// The same, each having sent what it had sent before.
    pub(crate) fn owing(mut self, before: &Self) -> Self {
        for (entry, meter) in &mut self.entries {
            let known = before.entries.iter().find(|(known, _)| known.digest == entry.digest);
            if let Some((_, known)) = known {
                *meter = Arc::clone(known);
            }
        }
        self
    }

    pub(super) fn find(&self, token: &[u8]) -> Option<&(TokenEntry, Arc<Meter>)> {
        let shown = digest(token);
        // All of them, without stopping at the first that fits. Of one that is there twice the
        // last line counts.
        let mut found = None;
        for entry in &self.entries {
            if bool::from(entry.0.digest.ct_eq(&shown)) {
                found = Some(entry);
            }
        }
        found
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.entries.len())
    }
}

/// Says why a token file cannot be used, and where in it.
#[derive(Debug)]
pub struct TokenFileError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
pub(super) enum Reason {
    Read(io::Error),
    Empty,
    Line(usize, TokenEntryError),
    NoRoute { line: usize, route: String, known: String },
}

impl fmt::Display for TokenFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.reason {
            Reason::Read(error) => write!(f, "cannot read the token file {path}: {error}"),
            Reason::Empty => write!(
                f,
                "the token file {path} holds no token; forebay token new --append {path} makes one"
            ),
            Reason::Line(line, error) => write!(f, "{path}:{line}: {error}"),
            Reason::NoRoute { line, route, known } => {
                write!(f, "{path}:{line}: there is no route named {route:?}; there is: {known}")
            }
        }
    }
}

impl std::error::Error for TokenFileError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let reason = Tokens::parse(text, &["default"]).expect_err("it is wrong");
        TokenFileError { path: "tokens".into(), reason }.to_string()
    }

    #[test]
    fn a_file_without_tokens_is_refused_with_how_to_make_one() {
        assert!(refused("# nothing\n\n").contains("forebay token new --append tokens"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_no_token_in_it() {
        let error = refused("good\nnot good\n");
        assert!(error.starts_with("tokens:2: ") && !error.contains("not"), "{error}");
        let error = refused("good\n\ngood send=ordres\n");
        assert!(error.starts_with("tokens:3: ") && error.contains("ordres"), "{error}");
    }

    #[test]
    fn of_a_token_that_is_there_twice_the_last_line_counts() {
        let tokens = Tokens::parse("twice read\ntwice send\n", &["default"]).expect("good");
        let found = tokens.find(b"twice").expect("it is there").0.to_string();
        assert!(found.ends_with(" send"), "{found}");
        assert_eq!((tokens.entries.len(), tokens.plain()), (2, 2));
    }
}
