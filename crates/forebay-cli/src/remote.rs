//! How to reach a service that runs somewhere.

use std::path::Path;

use ureq::http::Uri;

use crate::outcome::Failure;

/// The address without what may stand at its end. The error goes on from "URL …".
pub(crate) fn address(url: &str) -> Result<String, &'static str> {
    let parsed: Option<Uri> = url.parse().ok();
    if parsed.is_some_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some()) {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    Err("is not the address of a service, such as http://127.0.0.1:8080")
}

/// What the service is shown: the first token of the file that stands there as it is.
pub(crate) fn authorization(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| {
        Failure::Usage(format!("cannot read the token file {}: {error}", path.display()))
    })?;
    let mut tokens = text.lines().filter_map(|line| line.split_ascii_whitespace().next());
    let token = tokens.find(|token| !token.starts_with('#') && !token.starts_with("sha256:"));
    let token = token.ok_or_else(|| {
        Failure::Usage(format!(
            "the token file {} holds no token that could be shown (sha256:… is none); write the \
             token itself into a file that only you can read, and name that one",
            path.display()
        ))
    })?;
    Ok(format!("Bearer {token}"))
}
