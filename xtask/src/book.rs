//! `cargo xtask book`: draws the pictures of the book, each with the command that stands above it,
//! lets the program write down its settings, and builds the book into target/book.
//!
//! The tests hold pictures and settings against the program, tidy the links. What they need not hold is
//! how it looks.

use std::path::Path;

use crate::command::{cargo, output, program, run as run_command, target_of};
use crate::failure::{Failure, no_arguments};

const FOLDER: &str = "docs/book";

/// The page that the program writes.
const OF_SETTINGS: &str = "docs/book/configuration.md";

/// The pages whose commands draw.
const WITH_PICTURES: [&str; 2] = ["docs/book/tune.md", "docs/book/growth.md"];

/// The first page, as seen from the front of the book.
const FIRST: &str = "book/introduction.html";

/// mdBook is on no machine by itself, and in no Debian release.
const MDBOOK: [&str; 5] = ["install", "mdbook", "--version", "0.5.4", "--locked"];

pub(crate) fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    fill()?;
    let tools = target_of("tools");
    let mdbook = tools.join("bin/mdbook");
    if !mdbook.is_file() {
        println!("mdbook is missing (it builds the book); it is built once, in some minutes");
        run_command(cargo(&MDBOOK).arg("--root").arg(&tools))?;
    }
    run_command(program(&mdbook.to_string_lossy(), &["build", FOLDER]).env("RUST_LOG", "warn"))?;
    let front = target_of("book/index.html");
    std::fs::write(&front, leading_to(FIRST))
        .map_err(|error| Failure::failed(format!("cannot write {}: {error}", front.display())))?;
    println!("the book is in {}", front.display());
    Ok(())
}

/// A page that leads to another one. What mdBook puts in front is a copy of the first page, from where
/// the links of that page lead nowhere: it stands a folder deeper.
fn leading_to(page: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>forebay</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={page}\">\n<p><a href=\"{page}\">The book</a></p>\n</html>\n"
    )
}

/// Makes what the program makes: the page of settings, and what the commands of the others draw.
fn fill() -> Result<(), Failure> {
    run_command(&mut cargo(&["build", "--quiet", "--locked", "--package", "forebay-cli"]))?;
    let forebay = std::path::absolute(target_of("debug/forebay"))
        .map_err(|error| Failure::failed(format!("cannot tell where we are: {error}")))?;
    let settings = output(&mut program(&forebay.to_string_lossy(), &["settings"]))?;
    std::fs::write(OF_SETTINGS, settings)
        .map_err(|error| Failure::failed(format!("cannot write {OF_SETTINGS}: {error}")))?;
    WITH_PICTURES.iter().try_for_each(|page| draw(&forebay, page))
}

fn draw(forebay: &Path, page: &str) -> Result<(), Failure> {
    let text = std::fs::read_to_string(page)
        .map_err(|error| Failure::failed(format!("cannot read {page}: {error}")))?;
    for command in commands_in(&text) {
        println!("{command}");
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let mut command = program(&forebay.to_string_lossy(), &words);
        output(command.current_dir(Path::new(FOLDER)))?;
    }
    Ok(())
}

fn commands_in(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter(|line| line.starts_with("forebay ") && line.contains(" --plot "))
}

#[cfg(test)]
mod tests {
    use super::{FIRST, commands_in, leading_to};

    #[test]
    fn the_front_of_the_book_leads_to_its_first_page() {
        let contents = std::fs::read_to_string("../docs/SUMMARY.md").expect("it is there");
        let first = contents.split_once("](").and_then(|(_, rest)| rest.split_once(".md)"));
        assert_eq!(first.map(|(name, _)| format!("{name}.html")), Some(FIRST.to_owned()));
        let front = leading_to(FIRST);
        assert!(front.contains("url=book/introduction.html\"") && front.contains("href=\"book/"));
    }

    #[test]
    fn the_commands_that_draw_are_found() {
        let page =
            "forebay serve\nforebay simulate --plot a.svg\nsee `forebay simulate --plot b`\n";
        assert_eq!(commands_in(page).collect::<Vec<_>>(), ["forebay simulate --plot a.svg"]);
    }
}
