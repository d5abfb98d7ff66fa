//! What a rule says about a place: what is there, why it should not be, what to do.

use std::fmt;

/// The part of a finding that is the same wherever the rule is broken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reason {
    pub(super) why: &'static str,
    pub(super) fix: &'static str,
}

#[derive(Debug)]
pub(super) struct Finding {
    pub(super) path: String,
    /// Counted from 1; 0 means the file as a whole, or one that is missing.
    pub(super) line: usize,
    pub(super) what: String,
    pub(super) reason: Reason,
}

impl Reason {
    pub(super) fn broken(self, path: &str, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, what: what.into(), reason: self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, what, reason: Reason { why, fix } } = self;
        match line {
            0 => write!(f, "{path}: {what}")?,
            line => write!(f, "{path}:{line}: {what}")?,
        }
        write!(f, "\n    why: {why}\n    do:  {fix}")
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn a_finding_says_where_what_why_and_what_to_do() {
        let reason = Reason { why: "it rusts", fix: "paint it" };
        let at_a_line = reason.broken("src/gate.rs", 7, "bare iron").to_string();
        assert_eq!(at_a_line, "src/gate.rs:7: bare iron\n    why: it rusts\n    do:  paint it");
        assert!(
            reason.broken("GATE.md", 0, "missing").to_string().starts_with("GATE.md: missing\n")
        );
    }
}
