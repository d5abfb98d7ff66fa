//! What can be said to `forebay token`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{Options, Wanted};

pub(crate) fn command() -> Command {
    Command::new("token")
        .about("Make the bearer tokens that let people in, and the lines of the token file")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            words(Command::new("new").about("Make a token that nobody can guess, and its line"))
                .arg(
                    Arg::new("append")
                        .long("append")
                        .value_name("FILE")
                        .value_parser(value_parser!(PathBuf))
                        .help("Write the line into this token file; it is made if it is not there"),
                )
                .after_help(NEW_HELP),
        )
        .subcommand(
            words(
                Command::new("hash")
                    .about("Read a token that there is from standard input, and print its line"),
            )
            .after_help(HASH_HELP),
        )
        .after_help(TOKEN_HELP)
}

fn words(command: Command) -> Command {
    command
        .arg(
            Arg::new("name")
                .long("name")
                .value_name("NAME")
                .help("Who has it: one word, which refusals repeat"),
        )
        .arg(Arg::new("may").long("may").value_name("WHAT").action(ArgAction::Append).help(
            "What it may: send, send=ROUTE,ROUTE, read (status, metrics, the page) or admin \
                 (that, dead letters, pause, drain); several times for more [default: everything]",
        ))
}

const NEW_HELP: &str = "\
The token goes to standard output, once: nobody can find it out again from the line. Without
--append the line is printed on standard error.

Examples:
  forebay token new --name shop --may send=orders --append tokens.txt
  forebay token new --name prometheus --may read --append tokens.txt > prometheus.token
  forebay token new --may admin --append tokens.txt";

const HASH_HELP: &str = "\
Examples:
  forebay token hash --name shop --may send < shop.token >> tokens.txt";

const TOKEN_HELP: &str = "\
A token file has a token on each line: sha256: and its digest, or the token itself, then what it
may. Any of them lets in, so a new one can stand beside the old one until everybody has it; after a
change, SIGHUP makes a running service read the file again.";

/// What was said.
pub(crate) fn options(matches: &ArgMatches) -> Options {
    let (name, matches) = matches.subcommand().expect("clap requires one");
    let mut words: Vec<String> = Vec::new();
    words.extend(matches.get_one::<String>("name").map(|name| format!("name={name}")));
    words.extend(matches.get_many::<String>("may").unwrap_or_default().cloned());
    let wanted = match name {
        "new" => Wanted::New { append: matches.get_one::<PathBuf>("append").cloned() },
        _ => Wanted::Hash,
    };
    Options { wanted, words }
}
