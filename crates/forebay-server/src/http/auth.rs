//! Who may come in: bearer tokens from a file.
//!
//! Tokens are kept as SHA-256 digests only. A shown token is digested too and compared with every
//! digest on the list in constant time: digests have one length, so neither the length of a
//! token, nor where it differs, nor which one it is can be measured from outside.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use hyper::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

/// Decides who may come in.
#[derive(Debug)]
pub(crate) enum Gate {
    /// Everybody may: nobody comes from another machine.
    Open,
    /// Everybody may send events, from anywhere; nobody may look after what was sent.
    Anonymous,
    /// Whoever shows one of these tokens may.
    Tokens(Tokens),
}

impl Gate {
    /// Lets a request in, or says what it lacks.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), &'static str> {
        let Self::Tokens(tokens) = self else { return Ok(()) };
        let shown = headers.get(AUTHORIZATION).ok_or("send authorization: Bearer TOKEN")?;
        let token = bearer(shown.as_bytes()).ok_or("authorization must read: Bearer TOKEN")?;
        if tokens.hold(token) { Ok(()) } else { Err("this token is not on the list") }
    }
}

impl Gate {
    /// Whether it lets somebody in, of whom nothing is known, who would read or delete events.
    pub(crate) fn guards_care(&self) -> bool {
        !matches!(self, Self::Anonymous)
    }
}

/// Takes the token out of `Bearer TOKEN`; the scheme's case does not matter (RFC 9110).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// The tokens of a file, as digests.
pub(crate) struct Tokens {
    digests: Vec<[u8; 32]>,
}

impl Tokens {
    pub(crate) fn read(path: &Path) -> Result<Self, TokenFileError> {
        let failed = |reason| TokenFileError { path: path.to_owned(), reason };
        let text = fs::read_to_string(path).map_err(|error| failed(Reason::Read(error)))?;
        Self::parse(&text).map_err(failed)
    }

    fn parse(text: &str) -> Result<Self, Reason> {
        let mut digests = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let token = line.trim();
            if token.is_empty() || token.starts_with('#') {
                continue;
            }
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(Reason::BadLine(index + 1));
            }
            digests.push(digest(token.as_bytes()));
        }
        if digests.is_empty() { Err(Reason::Empty) } else { Ok(Self { digests }) }
    }

    fn hold(&self, token: &[u8]) -> bool {
        let shown = digest(token);
        // All of them, without stopping at the first that fits.
        let found =
            self.digests.iter().fold(Choice::from(0), |found, digest| found | digest.ct_eq(&shown));
        found.into()
    }
}

fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.digests.len())
    }
}

/// Says why a token file cannot be used, and where in it.
#[derive(Debug)]
pub struct TokenFileError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Read(io::Error),
    Empty,
    BadLine(usize),
}

impl fmt::Display for TokenFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.reason {
            Reason::Read(error) => write!(f, "cannot read the token file {path}: {error}"),
            Reason::Empty => write!(f, "the token file {path} holds no token; write one a line"),
            Reason::BadLine(line) => {
                write!(f, "{path}:{line}: a token is visible ASCII characters without a space")
            }
        }
    }
}

impl std::error::Error for TokenFileError {}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn gate(text: &str) -> Gate {
        Gate::Tokens(Tokens::parse(text).expect("good tokens"))
    }

    fn admits(gate: &Gate, authorization: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(authorization));
        gate.admit(&headers).is_ok()
    }

    #[test]
    fn any_token_of_the_file_opens_and_no_other_does() {
        let gate = gate("# first\nalpha\n\n  beta  \n");
        assert!(admits(&gate, "Bearer alpha"));
        assert!(admits(&gate, "bearer beta"));
        for wrong in ["Bearer alph", "Bearer alphaa", "Bearer ", "Basic alpha", "alpha", ""] {
            assert!(!admits(&gate, wrong), "{wrong:?} came in");
        }
        assert!(gate.admit(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_file_without_tokens_is_refused() {
        assert!(matches!(Tokens::parse("# nothing\n\n"), Err(Reason::Empty)));
    }

    #[test]
    fn a_line_that_no_client_could_send_is_named() {
        assert!(matches!(Tokens::parse("good\nnot good\n"), Err(Reason::BadLine(2))));
        let error = TokenFileError { path: "tokens".into(), reason: Reason::BadLine(2) };
        assert!(error.to_string().starts_with("tokens:2: "));
    }

    #[test]
    fn tokens_do_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", gate("secret\n")), "Tokens(Tokens(1))");
    }
}
