//! `forebay token`: makes tokens and the lines of the token file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forebay_server::TokenEntry;

use crate::outcome::Failure;
use crate::{chance, output};

pub(crate) mod arguments;

/// So that whoever finds one somewhere, a scanner of secrets too, knows what it is.
const PREFIX: &str = "forebay_";

/// The longest token that is hashed: what a header can carry, with room for the rest.
const TOKEN_BYTES_MAX: u64 = 8 * 1024;

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    wanted: Wanted,
    /// What stands behind the token.
    words: Vec<String>,
}

#[derive(Debug)]
enum Wanted {
    New { append: Option<PathBuf> },
    Hash,
}

/// Does it.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let print = |text: &str| {
        let printed = output::line(&mut io::stdout().lock(), text);
        printed.map_err(|error| Failure::of_output(&error))
    };
    match &options.wanted {
        Wanted::New { append } => {
            let secret = chance::secret().map_err(|error| {
                Failure::Failed(format!("the system gives no random bytes: {error}"))
            })?;
            let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
            let line = entry(&token, &options.words)?.to_string();
            match append {
                Some(path) => add(path, &line).map_err(|error| {
                    Failure::Failed(format!("cannot write to {}: {error}", path.display()))
                })?,
                None => output::tell(&format!("for the token file:\n{line}")),
            }
            print(&token)
        }
        Wanted::Hash => {
            let token = read()?;
            print(&entry(&token, &options.words)?.to_string())
        }
    }
}

fn entry(token: &str, words: &[String]) -> Result<TokenEntry, Failure> {
    if words.iter().any(|word| word.contains(|c: char| c.is_ascii_whitespace())) {
        return Err(Failure::Usage("--name and --may take one word without a space".to_owned()));
    }
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    TokenEntry::of(token, &words).map_err(|error| Failure::Usage(error.to_string()))
}

/// A token from standard input, where neither the list of processes nor a history of commands
/// shows it.
fn read() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().take(TOKEN_BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| Failure::Failed(format!("cannot read standard input: {error}")))?;
    if text.len() as u64 > TOKEN_BYTES_MAX {
        return Err(Failure::Usage(format!("a token has {TOKEN_BYTES_MAX} bytes at most")));
    }
    Ok(text.trim().to_owned())
}

/// Adds a line to a file that only its owner may read, if it is made here.
fn add(path: &Path, line: &str) -> io::Result<()> {
    let mut file =
        OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let line = if ends_in_a_line(&mut file)? { format!("{line}\n") } else { format!("\n{line}\n") };
    // In one write: a service that reads the file meanwhile sees the line or does not.
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

fn ends_in_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
