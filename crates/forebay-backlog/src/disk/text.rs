//! Files that are text, so that a person can read them; the last line says whether the rest is intact.

use std::io;

use super::volume::{Volume, read_up_to, write_all};

/// Nothing that is said is longer.
const BYTES_MAX: usize = 512;

/// Writes whole lines, and the one that checks them. The name of the file is on disk only when its folder is.
pub(super) fn write(volume: &dyn Volume, name: &str, lines: &str) -> io::Result<()> {
    let check = crc32c::crc32c(lines.as_bytes());
    let file = volume.create(name)?;
    write_all(&*file, format!("{lines}check {check:08x}\n").as_bytes(), 0)?;
    file.sync()
}

/// The lines of a file without the one that checks them; nothing if there is none, or it is damaged.
pub(super) fn read(volume: &dyn Volume, name: &str) -> io::Result<Option<String>> {
    let file = match volume.open(name) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = [0; BYTES_MAX];
    let have = read_up_to(&*file, &mut bytes, 0)?;
    let lines = std::str::from_utf8(&bytes[..have]).ok().and_then(checked);
    Ok(lines.map(str::to_owned))
}

fn checked(text: &str) -> Option<&str> {
    let (lines, check) = text.split_at_checked(text.find("check ")?)?;
    let check = u32::from_str_radix(check.strip_prefix("check ")?.trim_end(), 16).ok()?;
    (check == crc32c::crc32c(lines.as_bytes())).then_some(lines)
}
