//! Who may come in, and to do what: bearer tokens from a file.
//!
//! Tokens are kept as SHA-256 digests only. A shown token is digested too and compared with every
//! digest on the list in constant time: digests have one length, so neither the length of a
//! token, nor where it differs, nor which one it is can be measured from outside.

use std::sync::Arc;

use hyper::header::{AUTHORIZATION, HeaderMap};

use super::problem::Problem;
use super::rate::Meter;

mod entry;
mod tokens;
use entry::{May, Send};
pub use entry::{TokenEntry, TokenEntryError};
pub use tokens::TokenFileError;
pub(crate) use tokens::Tokens;

/// Decides who may come in.
#[derive(Debug)]
pub(crate) enum Gate {
    /// Everybody may: nobody comes from another machine.
    Open,
    /// Everybody may send events, from anywhere; nobody may look after what was sent.
    Anonymous,
    /// Whoever shows one of these tokens may, as far as it goes.
    Tokens(Tokens),
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand<'a> {
    /// Events for this route.
    Send(&'a str),
    /// How things stand.
    Read,
    /// Events that were sent, or how they flow.
    Care,
    /// Nothing that is here.
    Nothing,
}

impl Gate {
    /// Lets a request in, or says what it lacks.
    /// With a token comes the meter of its sender.
    pub(super) fn admit(
        &self,
        headers: &HeaderMap,
        errand: Errand<'_>,
    ) -> Result<Option<&Arc<Meter>>, Problem> {
        let Self::Tokens(tokens) = self else { return Ok(None) };
        let unauthorized = Problem::unauthorized;
        let shown = headers.get(AUTHORIZATION);
        let shown = shown.ok_or_else(|| unauthorized("send authorization: Bearer TOKEN"))?;
        let token = bearer(shown.as_bytes());
        let token = token.ok_or_else(|| unauthorized("authorization must read: Bearer TOKEN"))?;
        let entry = tokens.find(token);
        let (entry, meter) = entry.ok_or_else(|| unauthorized("this token is not on the list"))?;
        match entry.may.covers(errand) {
            true => Ok(Some(meter)),
            false => Err(Problem::forbidden(&lacks(entry, errand))),
        }
    }

    /// Whether it lets nobody in, of whom nothing is known, who would read or delete events.
    pub(crate) fn guards_care(&self) -> bool {
        !matches!(self, Self::Anonymous)
    }
}

impl May {
    fn covers(&self, errand: Errand<'_>) -> bool {
        let Self::Only { send, read, admin } = self else { return true };
        match errand {
            Errand::Send(route) => match send {
                Send::None => false,
                Send::All => true,
                Send::To(routes) => routes.iter().any(|to| to == route),
            },
            Errand::Read => *read || *admin,
            Errand::Care => *admin,
            Errand::Nothing => true,
        }
    }
}

fn lacks(entry: &TokenEntry, errand: Errand<'_>) -> String {
    let who = entry.who();
    match errand {
        Errand::Send(route) => {
            format!(
                "{who} may not send to {route:?}; its line in the token file lacks send={route}"
            )
        }
        Errand::Read => format!("{who} may not read; its line in the token file lacks read"),
        Errand::Care | Errand::Nothing => {
            format!("{who} is no admin token; its line in the token file lacks admin")
        }
    }
}

/// Takes the token out of `Bearer TOKEN`; the scheme's case does not matter (RFC 9110).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn gate(text: &str) -> Gate {
        Gate::Tokens(Tokens::parse(text, &["default", "orders"]).expect("good tokens"))
    }

    fn status(gate: &Gate, authorization: &'static str, errand: Errand<'_>) -> u16 {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(authorization));
        let admitted = gate.admit(&headers, errand);
        admitted.map_or_else(|problem| problem.into_response().status().as_u16(), |_| 200)
    }

    #[test]
    fn any_token_of_the_file_opens_and_no_other_does() {
        let gate = gate("# first\nalpha\n\n  beta  \n");
        let admits = |authorization| status(&gate, authorization, Errand::Care);
        assert_eq!(admits("Bearer alpha"), 200);
        assert_eq!(admits("bearer beta"), 200);
        for wrong in ["Bearer alph", "Bearer alphaa", "Bearer ", "Basic alpha", "alpha", ""] {
            assert_eq!(admits(wrong), 401, "{wrong:?} came in");
        }
        assert!(gate.admit(&HeaderMap::new(), Errand::Nothing).is_err());
    }

    #[test]
    fn a_token_may_what_its_line_says_and_no_more() {
        let gate =
            gate("s send\no send=orders\nr read\na admin\nb send=default,orders read\nall\n");
        let (default, orders) = (Errand::Send("default"), Errand::Send("orders"));
        let errands = [default, orders, Errand::Read, Errand::Care, Errand::Nothing];
        for (token, may) in [
            ("Bearer s", [200, 200, 403, 403, 200]),
            ("Bearer o", [403, 200, 403, 403, 200]),
            ("Bearer r", [403, 403, 200, 403, 200]),
            ("Bearer a", [403, 403, 200, 200, 200]),
            ("Bearer b", [200, 200, 200, 403, 200]),
            ("Bearer all", [200, 200, 200, 200, 200]),
        ] {
            assert_eq!(errands.map(|errand| status(&gate, token, errand)), may, "{token}");
        }
    }

    #[test]
    fn the_digest_of_a_token_is_no_token() {
        let line = TokenEntry::of("alpha", &[]).expect("a token").to_string();
        let gate = gate(&line);
        let shown = HeaderValue::from_str(&format!("Bearer {line}")).expect("visible");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, shown)]);
        assert!(gate.admit(&headers, Errand::Nothing).is_err());
        assert_eq!(status(&gate, "Bearer alpha", Errand::Care), 200);
    }

    #[test]
    fn tokens_do_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", gate("secret\n")), "Tokens(Tokens(1))");
    }
}
