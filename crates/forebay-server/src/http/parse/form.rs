//! `application/x-www-form-urlencoded`: the body is one event, an object of strings; a name that is
//! there several times has an array of them.
//!
//! Unlike a browser's parser this one refuses what is not UTF-8: what it would put in the place
//! of such bytes is not what was sent.

use std::borrow::Cow;
use std::collections::HashMap;

use percent_encoding::percent_decode;

use super::{Made, Malformed, Values, quoted};

pub(super) fn read(body: &[u8]) -> Result<Values<'_>, Malformed> {
    let pairs = body.trim_ascii().split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let mut members: Vec<(String, Vec<String>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (index, pair) in pairs.enumerate() {
        let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (&pair[..end], pair.get(end + 1..).unwrap_or_default());
        let read = |bytes| decode(bytes).ok_or(Malformed::FormNotUtf8 { field: index + 1 });
        let (name, value) = (read(name)?, quoted(&read(value)?));
        match places.get(&name) {
            Some(&place) => members[place].1.push(value),
            None => {
                members.push((quoted(&name), vec![value]));
                places.insert(name, members.len() - 1);
            }
        }
    }
    if members.is_empty() {
        return Err(Malformed::EmptyForm);
    }
    let text = Cow::Owned(object(&members));
    Ok(Values::Made(vec![Made { number: None, text, said: None }]))
}

fn decode(bytes: &[u8]) -> Option<String> {
    let spaced: Vec<u8> =
        bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).ok()
}

fn object(members: &[(String, Vec<String>)]) -> String {
    let member = |(name, values): &(String, Vec<String>)| match &values[..] {
        [value] => format!("{name}:{value}"),
        values => format!("{name}:[{}]", values.join(",")),
    };
    format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &[u8]) -> Result<String, String> {
        match read(body) {
            Ok(Values::Made(made)) => Ok(made[0].text.to_string()),
            Ok(_) => panic!("a form is made into an object"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_form_is_an_object_and_a_repeated_name_an_array() {
        for (body, object) in [
            (&b"a=1&b=x+y%20%C3%BC"[..], "{\"a\":\"1\",\"b\":\"x y \u{fc}\"}"),
            (b"a=1&b=2&a=%22", r#"{"a":["1","\""],"b":"2"}"#),
            (b"&&a&=b&c=d=e&", r#"{"a":"","":"b","c":"d=e"}"#),
            (b"a=%zz%", r#"{"a":"%zz%"}"#),
        ] {
            assert_eq!(text(body), Ok(object.to_owned()));
        }
    }

    #[test]
    fn what_is_no_form_is_refused() {
        assert!(text(b"a=1&b=%FF").expect_err("not UTF-8").contains("field 2"));
        assert!(text(b"").is_err());
        assert!(text(b" & ").is_err());
    }
}
