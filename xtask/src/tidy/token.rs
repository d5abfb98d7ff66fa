//! A Rust file as a flat list of tokens, the brackets among them.
//!
//! Flat, because most rules look for a few tokens in a row; tokens, because strings and comments
//! must not count, and because what stands inside a macro's brackets must.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// Whether a token belongs to what runs in production.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Code,
    /// A file of tests, or below `#[cfg(test)]`.
    Test,
}

#[derive(Debug)]
pub(super) struct Token {
    /// One word, one literal with its quotes, one bracket or one punctuation mark.
    pub(super) text: String,
    pub(super) line: usize,
    pub(super) place: Place,
}

/// The tokens of `text`, or the line from which on it is not Rust.
pub(super) fn tokens_of(text: &str, place: Place) -> Result<Vec<Token>, usize> {
    let stream: TokenStream =
        text.parse().map_err(|error: proc_macro2::LexError| error.span().start().line)?;
    let mut tokens = Vec::new();
    flatten(stream, place, &mut tokens);
    mark_test_modules(&mut tokens);
    Ok(tokens)
}

fn flatten(stream: TokenStream, place: Place, into: &mut Vec<Token>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => flatten_group(&group, place, into),
            other => into.push(token(other.to_string(), other.span(), place)),
        }
    }
}

fn flatten_group(group: &Group, place: Place, into: &mut Vec<Token>) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => return flatten(group.stream(), place, into),
    };
    into.push(token(open.to_owned(), group.span_open(), place));
    flatten(group.stream(), place, into);
    into.push(token(close.to_owned(), group.span_close(), place));
}

fn token(text: String, span: Span, place: Place) -> Token {
    Token { text, line: span.start().line, place }
}

/// Gives everything between the braces of a `#[cfg(test)] mod` its place.
fn mark_test_modules(tokens: &mut [Token]) {
    let starts: Vec<usize> = (0..tokens.len())
        .filter(|&at| is_attribute_with(&tokens[at..], "cfg", "test"))
        .filter_map(|at| module_body_after(tokens, at))
        .collect();
    for open in starts {
        let close = closing(tokens, open);
        for token in &mut tokens[open..=close] {
            token.place = Place::Test;
        }
    }
}

/// Whether an attribute called `name` starts here and has the word `argument` in it.
pub(super) fn is_attribute_with(tokens: &[Token], name: &str, argument: &str) -> bool {
    let [hash, open, word, ..] = tokens else {
        return false;
    };
    if hash.text != "#" || open.text != "[" || word.text != name {
        return false;
    }
    tokens[3..=closing(tokens, 1)].iter().any(|token| token.text == argument)
}

/// The brace that opens the module whose attribute starts at `at`; `None` for anything else.
fn module_body_after(tokens: &[Token], mut at: usize) -> Option<usize> {
    while tokens.get(at)?.text == "#" {
        at = closing(tokens, at + 1) + 1;
    }
    let (word, open) = (&tokens.get(at)?.text, at + 2);
    (word == "mod" && tokens.get(open)?.text == "{").then_some(open)
}

/// Where the bracket that opens at `open` closes; the last token if it never does.
pub(super) fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::{Place, closing, tokens_of};

    fn places(text: &str, word: &str) -> Vec<Place> {
        let tokens = tokens_of(text, Place::Code).expect("the sample is Rust");
        tokens.iter().filter(|token| token.text == word).map(|token| token.place).collect()
    }

    #[test]
    fn strings_and_comments_are_not_words() {
        assert_eq!(places("// gate\nconst A: &str = \"gate\";", "gate"), []);
        assert_eq!(places("const gate: u8 = 1;", "gate"), [Place::Code]);
    }

    #[test]
    fn what_is_below_cfg_test_is_a_test() {
        let text = "fn gate() {} #[cfg(all(test, unix))] mod tests { fn gate() {} } fn gate() {}";
        assert_eq!(places(text, "gate"), [Place::Code, Place::Test, Place::Code]);
    }

    #[test]
    fn what_is_in_a_macro_has_its_own_line() {
        let tokens = tokens_of("proptest! {\n  fn gate() {}\n}", Place::Test).expect("it is Rust");
        let gate = tokens.iter().find(|token| token.text == "gate").expect("it is there");
        assert_eq!(gate.line, 2);
    }

    #[test]
    fn a_bracket_closes_where_its_own_partner_is() {
        let tokens = tokens_of("a ( b ( c ) d ) e", Place::Code).expect("it is Rust");
        assert_eq!(closing(&tokens, 1), 7);
    }
}
