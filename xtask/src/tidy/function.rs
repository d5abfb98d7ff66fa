//! The functions of a file, macros' bodies included.

use super::token::{Place, Token, closing};

/// Who may call a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Its own module, or a trait that is not ours.
    Private,
    /// Marked `pub` in some way, or a method of a trait that is.
    Public,
}

#[derive(Debug)]
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) line: usize,
    /// Where its body ends; its own line when it has none.
    pub(super) line_end: usize,
    pub(super) reach: Reach,
    /// What stands between the parentheses.
    pub(super) parameters: &'a [Token],
    /// Has an attribute that makes it a test.
    pub(super) is_test: bool,
    pub(super) place: Place,
}

/// Every function, nested ones too, in the order of their names in the file.
pub(super) fn functions_in(tokens: &[Token]) -> Vec<Function<'_>> {
    let traits = bodies_of_public_traits(tokens);
    (0..tokens.len()).filter_map(|at| function_at(tokens, at, &traits)).collect()
}

fn function_at<'a>(
    tokens: &'a [Token],
    at: usize,
    public_traits: &[(usize, usize)],
) -> Option<Function<'a>> {
    let [word, name, ..] = &tokens[at..] else {
        return None;
    };
    // In `fn(u8) -> u8`, a type, no name follows; in a macro's pattern it is `$name`.
    if word.text != "fn" || !name.text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    let open = after_generics(tokens, at + 2)?;
    let close = closing(tokens, open);
    let before = Before::new(tokens, at);
    let in_trait = public_traits.iter().any(|(start, end)| (*start..*end).contains(&at));
    Some(Function {
        name: &name.text,
        line: word.line,
        line_end: body_end(tokens, close + 1).unwrap_or(word.line),
        reach: if before.is_public || in_trait { Reach::Public } else { Reach::Private },
        parameters: &tokens[open + 1..close],
        is_test: before.is_test,
        place: word.place,
    })
}

/// The parenthesis after a name and its `<...>`, which may have parentheses of its own.
fn after_generics(tokens: &[Token], mut at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    loop {
        match tokens.get(at)?.text.as_str() {
            "<" => depth += 1,
            ">" if tokens[at - 1].text != "-" => depth -= 1,
            "(" if depth == 0 => return Some(at),
            "(" | "[" | "{" => at = closing(tokens, at),
            _ => {}
        }
        at += 1;
    }
}

/// The line of the brace that closes the body; `None` when the function is only declared.
fn body_end(tokens: &[Token], mut at: usize) -> Option<usize> {
    loop {
        match tokens.get(at)?.text.as_str() {
            "{" => return Some(tokens[closing(tokens, at)].line),
            ";" => return None,
            "(" | "[" => at = closing(tokens, at),
            _ => {}
        }
        at += 1;
    }
}

/// What is said about a function before its `fn`.
struct Before {
    is_public: bool,
    is_test: bool,
}

impl Before {
    /// Walks backwards over `pub(crate) async unsafe extern "C"` and the attributes before it.
    fn new(tokens: &[Token], at: usize) -> Self {
        let mut said = Self { is_public: false, is_test: false };
        let mut end = at;
        while end > 0 {
            match tokens[end - 1].text.as_str() {
                "pub" => said.is_public = true,
                "const" | "async" | "unsafe" | "extern" => {}
                text if text.starts_with('"') => {}
                ")" | "]" => {
                    let open = opening(tokens, end - 1);
                    let before = open.checked_sub(1).map(|index| tokens[index].text.as_str());
                    match before {
                        Some("pub") if tokens[end - 1].text == ")" => {}
                        Some("#") => {
                            said.is_test |= makes_a_test(&tokens[open + 1..end - 1]);
                            end = open;
                        }
                        _ => break,
                    }
                    end = end.min(open + 1);
                }
                _ => break,
            }
            end -= 1;
        }
        said
    }
}

/// `test`, `tokio::test(...)`: the last word of the attribute's path.
fn makes_a_test(attribute: &[Token]) -> bool {
    let path = attribute.iter().take_while(|token| token.text != "(");
    path.last().is_some_and(|token| token.text == "test")
}

fn opening(tokens: &[Token], close: usize) -> usize {
    let mut depth = 0_usize;
    for index in (0..=close).rev() {
        match tokens[index].text.as_str() {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    0
}

/// From brace to brace.
fn bodies_of_public_traits(tokens: &[Token]) -> Vec<(usize, usize)> {
    let is_trait = |at: &usize| tokens[*at].text == "trait" && Before::new(tokens, *at).is_public;
    let body = |at: usize| (at..tokens.len()).find(|index| tokens[*index].text == "{");
    let bodies = (0..tokens.len()).filter(is_trait).filter_map(body);
    bodies.map(|open| (open, closing(tokens, open))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::token::{Place, tokens_of};
    use super::{Function, Reach, functions_in};

    fn told(text: &str) -> Vec<String> {
        let tokens = tokens_of(text, Place::Code).expect("the sample is Rust");
        let tell = |function: Function<'_>| {
            let Function { name, line, line_end, reach, is_test, .. } = function;
            let reach = if reach == Reach::Public { "public" } else { "private" };
            let kind = if is_test { "test" } else { "function" };
            format!("{name} {line}-{line_end} {reach} {kind}")
        };
        functions_in(&tokens).into_iter().map(tell).collect()
    }

    #[test]
    fn a_function_reaches_from_its_name_to_the_end_of_its_body() {
        let text = "fn a<F: Fn(u8) -> [u8; 3]>(f: F)\nwhere F: Copy\n{\n{}\n}\nfn b() {}";
        assert_eq!(told(text), ["a 1-5 private function", "b 6-6 private function"]);
    }

    #[test]
    fn what_stands_before_decides_who_may_call_it() {
        let text = "pub fn a() {}\nfn b() {}\npub(crate) const unsafe extern \"C\" fn c() {}";
        let wanted = ["a 1-1 public function", "b 2-2 private function", "c 3-3 public function"];
        assert_eq!(told(text), wanted);
    }

    #[test]
    fn a_method_of_a_public_trait_is_public() {
        assert_eq!(told("pub trait A { fn b(&self); }"), ["b 1-1 public function"]);
        assert_eq!(told("trait A { fn b(&self); }"), ["b 1-1 private function"]);
        assert_eq!(told("impl A for B { fn b(&self) {} }"), ["b 1-1 private function"]);
    }

    #[test]
    fn a_test_is_known_by_its_attribute_also_in_a_macro() {
        let text = "#[tokio::test(flavor = \"multi_thread\")] #[expect(unused)] async fn a() {}\n\
                    proptest! { #[test] fn b(x in 0..9) {} }\n#[cfg(test)] fn c() {}";
        let wanted = ["a 1-1 private test", "b 2-2 private test", "c 3-3 private function"];
        assert_eq!(told(text), wanted);
    }

    #[test]
    fn a_type_of_functions_is_not_a_function() {
        assert!(told("type A = fn(u8) -> u8;").is_empty());
    }
}
