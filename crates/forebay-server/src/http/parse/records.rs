//! CSV with a header (RFC 4180): each record is an event, an object of strings.

use std::borrow::Cow;
use std::collections::HashSet;

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::{Made, Malformed, Values, quoted, text_of};

/// Reads the records behind the first one, which names their fields.
pub(super) fn split(body: &[u8]) -> Result<Values<'_>, Malformed> {
    let text = text_of(body)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ReaderBuilder::new().from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| malformed(&error))?.clone();
    let names = check_names(&names)?;
    let mut lines = Lines { text, offset: 0, newlines: 0 };
    let mut line = lines.line();
    let mut made = Vec::new();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| malformed(&error))? {
        let start = record.position().map_or(0, csv::Position::byte);
        line = lines.pass(line, usize::try_from(start).unwrap_or(text.len()))?;
        let text = Cow::Owned(object(&names, &record));
        made.push(Made { number: Some(line), text, said: None });
    }
    lines.pass(line, text.len())?;
    if made.is_empty() {
        return Err(Malformed::NoRecords);
    }
    Ok(Values::Made(made))
}

/// Where the reader is. It reads a quote that is never closed to the end of the text, as one
/// field: then a record has an odd number of them.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    /// So many were before `offset`.
    newlines: usize,
}

impl Lines<'_> {
    /// Goes on from a record that begins on `line` to the next one, and says where that begins.
    fn pass(&mut self, line: usize, next: usize) -> Result<usize, Malformed> {
        let passed = self.text.as_bytes().get(self.offset..next).unwrap_or_default();
        if count(passed, b'"') % 2 == 1 {
            let reason = "a quote is not closed, or stands alone; write it twice, within quotes";
            return Err(Malformed::Record { line, reason: reason.to_owned() });
        }
        self.newlines += count(passed, b'\n');
        self.offset = next;
        Ok(self.line())
    }

    /// The end of the last line, and blank ones, are not of the record behind them.
    fn line(&self) -> usize {
        let rest = self.text.as_bytes().get(self.offset..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        1 + self.newlines + count(&rest[..blank], b'\n')
    }
}

fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().filter(|byte| **byte == wanted).count()
}

fn check_names(names: &StringRecord) -> Result<Vec<String>, Malformed> {
    let wrong = |reason: String| Err(Malformed::Record { line: 1, reason });
    let mut known = HashSet::new();
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() {
            return wrong(format!("field {} of the header has no name", index + 1));
        }
        if !known.insert(name) {
            return wrong(format!("the header has two fields named {name:?}"));
        }
    }
    Ok(names.iter().map(quoted).collect())
}

/// `names` are in quotes already.
fn object(names: &[String], record: &StringRecord) -> String {
    let members: Vec<String> =
        names.iter().zip(record).map(|(name, value)| format!("{name}:{}", quoted(value))).collect();
    format!("{{{}}}", members.join(","))
}

fn malformed(error: &csv::Error) -> Malformed {
    let place = error.position().map_or(1, csv::Position::line);
    let line = usize::try_from(place).unwrap_or(usize::MAX);
    let reason = match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} fields where the header has {expected_len}")
        }
        _ => error.to_string(),
    };
    Malformed::Record { line, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<(usize, String)> {
        let Ok(Values::Made(made)) = split(body.as_bytes()) else { panic!("good CSV: {body:?}") };
        made.iter().map(|one| (one.number.expect("a line"), one.text.to_string())).collect()
    }

    fn refused(body: &str) -> (Option<usize>, String) {
        let error = split(body.as_bytes()).expect_err("malformed");
        (error.place().first().map(|(_, line)| *line), error.to_string())
    }

    #[test]
    fn each_record_is_an_object_of_strings_and_keeps_its_line() {
        let body = "\u{feff}id,note\r\n1,plain\r\n\r\n2,\"two\nlines, \"\"quoted\"\"\"\r\n3,\u{fc}";
        assert_eq!(
            texts(body),
            [
                (2, r#"{"id":"1","note":"plain"}"#.to_owned()),
                (4, r#"{"id":"2","note":"two\nlines, \"quoted\""}"#.to_owned()),
                (6, "{\"id\":\"3\",\"note\":\"\u{fc}\"}".to_owned()),
            ]
        );
        assert_eq!(texts("a\n\"\"\n"), [(2, r#"{"a":""}"#.to_owned())]);
    }

    #[test]
    fn a_bad_record_is_named_by_its_line() {
        let (line, why) = refused("a,b\n1,2\n1,2,3\n");
        assert_eq!((line, why.contains("3 fields where the header has 2")), (Some(3), true));
        assert_eq!(refused("a,b\n1,2\n1\n").0, Some(3));
        assert_eq!(refused("a,b\n1,\"x\n2,y\n3,z\n").0, Some(2));
        assert_eq!(refused("a,b\n1,2\n\n5,6\" pipe\n").0, Some(4));
        assert_eq!(refused("a,\"b\n1,2\n").0, Some(1));
        assert_eq!(refused("a,a\n1,2\n").0, Some(1));
        assert_eq!(refused("a,\n1,2\n").0, Some(1));
        assert_eq!(refused("a,b\n").0, None);
        assert_eq!(refused("  ").0, None);
    }
}
