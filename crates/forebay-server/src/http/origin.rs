//! Whether a request comes from a page of somebody else.
//!
//! A browser sends what any page asks it to, with what it has access to: a service on this very
//! machine. So what looks after events, or changes how they flow, is refused to foreign pages, by
//! what browsers say themselves (Fetch, section 3.2; Fetch Metadata, `Sec-Fetch-Site`). Programs
//! say nothing of the kind and are let in.

use hyper::header::{HOST, HeaderMap, ORIGIN};
use hyper::http::uri::Authority;

use super::auth::Gate;

/// Lets a request in, or says what is foreign about it.
pub(super) fn check(headers: &HeaderMap, gate: &Gate) -> Result<(), &'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(HOST.as_str()).unwrap_or_default();
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return Err("this was asked for by a page of another origin");
    }
    if let Some(origin) = headers.get(ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let is_ours = origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host));
        if !is_ours {
            return Err("this was asked for by a page of another origin");
        }
    }
    // Without tokens the only wall is the loopback address, and a foreign name that is made to
    // point there (DNS rebinding) would walk around it.
    if matches!(gate, Gate::Open) && !is_local_name(host) {
        return Err("call the service by its address or as localhost, or give it --token-file");
    }
    Ok(())
}

/// An address, or a name without a dot, which nobody can register.
fn is_local_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let is_address = name.starts_with('[') || name.parse::<std::net::Ipv4Addr>().is_ok();
    is_address || !name.trim_end_matches('.').contains('.') || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn is_let_in(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        check(&headers, &Gate::Open).is_ok()
    }

    #[test]
    fn programs_and_our_own_page_are_let_in() {
        assert!(is_let_in(&[("host", "127.0.0.1:8080")]));
        assert!(is_let_in(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")]));
        assert!(is_let_in(&[("host", "[::1]:8080"), ("sec-fetch-site", "same-origin")]));
        assert!(is_let_in(&[("host", "forebay"), ("sec-fetch-site", "none")]));
    }

    #[test]
    fn pages_of_others_are_not() {
        for foreign in [
            ("origin", "http://evil.example"),
            ("origin", "http://127.0.0.1:9090"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(!is_let_in(&[("host", "127.0.0.1:8080"), foreign]), "{foreign:?}");
        }
    }

    #[test]
    fn a_name_that_was_made_to_point_here_is_not() {
        let rebound = [("host", "evil.example:8080"), ("origin", "http://evil.example:8080")];
        assert!(!is_let_in(&rebound));
        assert!(!is_let_in(&[]));
    }
}
