//! One line of the token file: a token, who has it, and what it may.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// What stands before the digest of a token.
const SCHEME: &str = "sha256:";

/// What may stand behind a token.
const WORDS: &str = "name=NAME, send, send=ROUTE,ROUTE, read and admin";

/// A token as the token file keeps it: its digest, who has it, and what it may.
///
/// # Examples
/// ```
/// use forebay_server::TokenEntry;
///
/// let entry = TokenEntry::of("open-sesame", &["name=shop", "send=orders"])?;
/// let line = entry.to_string();
/// assert!(line.starts_with("sha256:") && line.ends_with(" name=shop send=orders"));
/// assert!(!line.contains("sesame"));
/// # Ok::<(), forebay_server::TokenEntryError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TokenEntry {
    pub(super) digest: [u8; 32],
    pub(super) kept: Kept,
    name: Option<String>,
    pub(super) may: May,
}

/// How the token stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Plain,
    Hashed,
}

/// What a token may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum May {
    /// Nothing was said.
    Everything,
    Only {
        send: Send,
        /// `/status`, `/metrics`, `/live`.
        read: bool,
        /// All that, `/dead` and `/admin`.
        admin: bool,
    },
}

/// Which routes it may send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Send {
    None,
    All,
    To(Vec<String>),
}

impl TokenEntry {
    /// The entry of a token, with words such as `name=shop`, `send`, `send=orders,default`,
    /// `read` and `admin`. Without one of the last four it may everything.
    ///
    /// # Errors
    /// A token that no client could send, or a word that is none of these.
    pub fn of(token: &str, words: &[&str]) -> Result<Self, TokenEntryError> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenEntryError::Token);
        }
        Self::with(digest(token.as_bytes()), Kept::Plain, &mut words.iter().copied())
    }

    /// Reads a line; nothing where it is blank or a comment.
    pub(super) fn read(line: &str) -> Option<Result<Self, TokenEntryError>> {
        let mut words = line.split_ascii_whitespace();
        let token = words.next().filter(|first| !first.starts_with('#'))?;
        let read = match token.strip_prefix(SCHEME) {
            Some(hex) => match from_hex(hex) {
                Some(digest) => Self::with(digest, Kept::Hashed, &mut words),
                None => Err(TokenEntryError::Digest),
            },
            None if token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Self::with(digest(token.as_bytes()), Kept::Plain, &mut words)
            }
            None => Err(TokenEntryError::Token),
        };
        Some(read)
    }

    fn with(
        digest: [u8; 32],
        kept: Kept,
        words: &mut dyn Iterator<Item = &str>,
    ) -> Result<Self, TokenEntryError> {
        let mut entry = Self { digest, kept, name: None, may: May::Everything };
        for word in words {
            let told = || TokenEntryError::Word(word.to_owned());
            match word.split_once('=') {
                Some(("name", name)) if !name.is_empty() => entry.name = Some(name.to_owned()),
                Some(("send", routes)) => {
                    let routes: Vec<_> = routes.split(',').map(str::to_owned).collect();
                    if routes.iter().any(String::is_empty) {
                        return Err(told());
                    }
                    *entry.only().0 = Send::To(routes);
                }
                None if word == "send" => *entry.only().0 = Send::All,
                None if word == "read" => *entry.only().1 = true,
                None if word == "admin" => *entry.only().2 = true,
                _ => return Err(told()),
            }
        }
        Ok(entry)
    }

    /// From now on it may only what is said.
    fn only(&mut self) -> (&mut Send, &mut bool, &mut bool) {
        if self.may == May::Everything {
            self.may = May::Only { send: Send::None, read: false, admin: false };
        }
        match &mut self.may {
            May::Only { send, read, admin } => (send, read, admin),
            May::Everything => unreachable!("it was changed above"),
        }
    }

    /// The routes that are named.
    pub(super) fn routes(&self) -> &[String] {
        match &self.may {
            May::Only { send: Send::To(routes), .. } => routes,
            _ => &[],
        }
    }

    /// Who has it, for people.
    pub(super) fn who(&self) -> &str {
        self.name.as_deref().unwrap_or("this token")
    }
}

impl fmt::Display for TokenEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        for byte in self.digest {
            write!(f, "{byte:02x}")?;
        }
        if let Some(name) = &self.name {
            write!(f, " name={name}")?;
        }
        let May::Only { send, read, admin } = &self.may else { return Ok(()) };
        match send {
            Send::None => {}
            Send::All => f.write_str(" send")?,
            Send::To(routes) => write!(f, " send={}", routes.join(","))?,
        }
        f.write_str(if *read { " read" } else { "" })?;
        f.write_str(if *admin { " admin" } else { "" })
    }
}

impl fmt::Debug for TokenEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not even the digest: a token that somebody thought up can be guessed from it.
        let mut shown = f.debug_struct("TokenEntry");
        shown.field("name", &self.name).field("may", &self.may).finish_non_exhaustive()
    }
}

/// What is wrong with a token or its words. The token itself is not repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenEntryError {
    /// No client could send it.
    Token,
    /// It begins like a digest and is none.
    Digest,
    /// A word that says nothing.
    Word(String),
}

impl fmt::Display for TokenEntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => f.write_str("a token is visible ASCII characters without a space"),
            Self::Digest => {
                f.write_str("sha256: stands before 64 hexadecimal digits; see forebay token hash")
            }
            Self::Word(word) => {
                f.write_str("a token is one word; what may follow it is ")?;
                f.write_str(WORDS)?;
                // Somebody may have written two tokens on one line: only what is none is repeated.
                let known = word.split_once('=').map(|(key, _)| key);
                match known.filter(|key| ["name", "send", "read", "admin"].contains(key)) {
                    Some(key) => write!(f, ", and not {key}=…"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for TokenEntryError {}

pub(super) fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn from_hex(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| char::from(digits[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<TokenEntry, TokenEntryError> {
        TokenEntry::read(line).expect("neither blank nor a comment")
    }

    #[test]
    fn what_is_written_is_read_back_and_the_token_is_not_in_it() {
        for words in ["", "send", "send=orders,default", "name=x read", "send read admin", "admin"]
        {
            let words: Vec<_> = words.split_ascii_whitespace().collect();
            let entry = TokenEntry::of("open-sesame", &words).expect("good words");
            let line = entry.to_string();
            assert!(!line.contains("sesame") && !format!("{entry:?}").contains("sesame"), "{line}");
            let back = read(&line).expect("its own line");
            assert_eq!((back.digest, &back.may), (entry.digest, &entry.may), "{line}");
            assert_eq!(back.to_string(), line);
            assert_eq!(read(&format!("open-sesame {}", words.join(" "))), Ok(entry));
        }
    }

    #[test]
    fn blank_lines_and_comments_are_none() {
        for line in ["", "  ", "# note", "  #note two"] {
            assert!(TokenEntry::read(line).is_none(), "{line:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_and_not_repeated() {
        let digits = "0".repeat(64);
        for line in [
            "secret secret2".to_owned(),
            "secret send=".to_owned(),
            "secret name=".to_owned(),
            "secret read=secret".to_owned(),
            "sécret".to_owned(),
            "sha256:secret".to_owned(),
            format!("sha256:{}", digits.replacen("00", "+0", 1)),
            format!("sha256:{digits}0"),
        ] {
            let error = read(&line).expect_err("it is wrong").to_string();
            assert!(!error.contains("secret"), "{error}");
        }
        assert!(TokenEntry::of("", &[]).is_err() && TokenEntry::of("a b", &[]).is_err());
    }
}
