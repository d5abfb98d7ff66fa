//! `forebay man FOLDER`: a manual page for each command.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Command;
use clap_mangen::Man;

use crate::outcome::Failure;
use crate::{arguments, output};

/// Where `after_help` stands: examples and tables, whose lines are not to be joined.
const EXTRA: &str = ".SH EXTRA\n";
/// What that section is called.
const NOTES: &str = ".SH NOTES\n";

/// Writes the pages, `forebay.1` and one for each command, and says where.
pub(crate) fn write(folder: &Path) -> Result<(), Failure> {
    let failed = |path: &Path, error: &io::Error| {
        Failure::Failed(format!("cannot write {}: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let mut forebay = arguments::forebay().disable_help_subcommand(true);
    forebay.build();
    let mut pages = Vec::new();
    collect(&forebay, &mut pages);
    for (name, text) in &pages {
        let path: PathBuf = folder.join(format!("{name}.1"));
        fs::write(&path, text).map_err(|error| failed(&path, &error))?;
    }
    output::tell(&format!("{} pages are in {}", pages.len(), folder.display()));
    Ok(())
}

/// The page of a command, and those of its subcommands.
fn collect(command: &Command, pages: &mut Vec<(String, String)>) {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut page = Vec::new();
    let source = concat!("forebay ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).date("").source(source).manual("forebay");
    man.render(&mut page).expect("a vector takes everything");
    pages.push((name, as_it_stands(&String::from_utf8_lossy(&page))));
    for command in command.get_subcommands() {
        collect(command, pages);
    }
}

/// The same page with the lines of its examples as they are.
fn as_it_stands(page: &str) -> String {
    let Some((before, after)) = page.split_once(EXTRA) else { return page.to_owned() };
    let (extra, rest) = match after.find("\n.SH ") {
        Some(end) => after.split_at(end + 1),
        None => (after, ""),
    };
    format!("{before}{NOTES}.nf\n{}\n.fi\n{rest}", extra.trim_end())
}
