//! The command line of `forebay backlog`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, value_parser};

use super::Options;
use super::dead::{self, Do};
use super::desk::{Place, Which};
use super::import::Damaged;
use crate::settings::value::span::duration;
use crate::settings::{flags, table};

/// `forebay backlog` and what is below it.
pub(crate) fn command() -> clap::Command {
    clap::Command::new("backlog")
        .about("Look after events that wait, and after those that the database refused")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([inspect(), verify(), repair(), export(), import()])
        .subcommand(dead())
}

/// What was asked for.
pub(crate) fn options(matches: &ArgMatches) -> Options {
    match matches.subcommand() {
        Some(("dead", matches)) => Options::Dead(dead_options(matches)),
        Some(("inspect", matches)) => Options::Inspect(look_options(matches)),
        Some(("verify", matches)) => Options::Verify(look_options(matches)),
        Some(("repair", matches)) => Options::Repair(look_options(matches)),
        Some(("export", matches)) => Options::Export(super::export::Options {
            path: folder_in(matches),
            file: matches.get_one::<PathBuf>("FILE").cloned(),
        }),
        Some(("import", matches)) => Options::Import(import_options(matches)),
        _ => unreachable!("clap knows no other command and requires one"),
    }
}

/// A path that has to be given.
fn path(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).value_name(name).required(true).value_parser(value_parser!(PathBuf)).help(help)
}

fn path_in(matches: &ArgMatches, name: &str) -> PathBuf {
    matches.get_one::<PathBuf>(name).cloned().expect("clap requires it")
}

/// The folder of a backlog, or its URL as `serve` takes it.
fn folder_in(matches: &ArgMatches) -> PathBuf {
    let path = path_in(matches, "PATH");
    let of_url = path.to_str().and_then(|text| text.strip_prefix("disk:")).map(PathBuf::from);
    of_url.unwrap_or(path)
}

const FOLDER: &str = "The folder of the backlog, such as ./forebay-data";

fn inspect() -> clap::Command {
    clap::Command::new("inspect")
        .about("Say what is in a backlog, whether forebay serves or not")
        .arg(path("PATH", FOLDER))
        .arg(json("The result as one JSON object"))
}

fn verify() -> clap::Command {
    clap::Command::new("verify")
        .about("Read a whole backlog and say where it is damaged, whether forebay serves or not")
        .arg(path("PATH", FOLDER))
        .arg(json("The result as one JSON object"))
        .after_help("Nothing is changed. The exit code is 0 if it is intact and 1 if it is not.")
}

fn repair() -> clap::Command {
    clap::Command::new("repair")
        .about("Set aside what is damaged in a backlog that nobody uses")
        .arg(path("PATH", FOLDER))
        .arg(json("The result as one JSON object"))
        .after_help(
            "A damaged backlog opens without it, too, and delivers what is intact. The damaged bytes \
             go to quarantine/ in its folder; nothing is thrown away, and an intact backlog is not \
             touched.",
        )
}

fn export() -> clap::Command {
    clap::Command::new("export")
        .about("Write the events that wait in a backlog, one JSON object a line")
        .arg(path("PATH", FOLDER))
        .arg(
            Arg::new("FILE")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("A file, which must not be there yet [default: standard output]"),
        )
        .after_help(EXPORT_HELP)
}

const EXPORT_HELP: &str = "\
The events stay in the backlog. While forebay serves, events that are written to the database meanwhile
may or may not be among them. `forebay backlog import` takes the lines back; by their ids, events that
are in the database already are not written there again.

Examples:
  forebay backlog export ./forebay-data events.ndjson
  forebay backlog export ./forebay-data | jq .body";

fn look_options(matches: &ArgMatches) -> super::look::Options {
    super::look::Options { path: folder_in(matches), json: matches.get_flag("json") }
}

fn import() -> clap::Command {
    clap::Command::new("import")
        .about("Append events from a file to a backlog that nobody uses")
        .arg(path(
            "PATH",
            "The folder of the backlog, such as ./forebay-data; made if there is none",
        ))
        .arg(path("FILE", "The events, one JSON object a line"))
        .arg(
            Arg::new("skip-damaged")
                .long("skip-damaged")
                .action(ArgAction::SetTrue)
                .help("Leave damaged lines out and append the others"),
        )
        .arg(json("The result as one JSON object"))
        .after_help(IMPORT_HELP)
}

const IMPORT_HELP: &str = "\
A line is an event:

  {\"id\":\"019ab000-0000-7000-8000-000000000000\",\"received_at_ms\":1767323045678,\"attributes\":{},\"body\":{\"a\":1}}

The whole file is looked at first. If a line is damaged its number is told and nothing is appended,
unless --skip-damaged says to go on without it. What is appended is on disk when it is told, and keeps
its id: an event that is in the database already is not written there again.

Examples:
  forebay backlog import ./forebay-data events.ndjson
  forebay backlog import ./forebay-data events.ndjson --skip-damaged --json";

fn import_options(matches: &ArgMatches) -> super::import::Options {
    super::import::Options {
        path: folder_in(matches),
        file: path_in(matches, "FILE"),
        damaged: match matches.get_flag("skip-damaged") {
            true => Damaged::Skip,
            false => Damaged::Refuse,
        },
        json: matches.get_flag("json"),
    }
}

fn dead() -> clap::Command {
    let list = clap::Command::new("list")
        .about("List events that the database refused, with the reason")
        .args(which())
        .args(place())
        .arg(json("One JSON object a line, with the event and everything that is known about it"))
        .after_help(LIST_HELP);
    let requeue = clap::Command::new("requeue")
        .about("Put them back into the backlog, to be written again")
        .args(which())
        .args(place())
        .arg(json("The result as one JSON object"))
        .after_help(REQUEUE_HELP);
    let purge = clap::Command::new("purge")
        .about("Delete them for good")
        .args(which())
        .args(place())
        .arg(Arg::new("yes").long("yes").action(ArgAction::SetTrue).help("Do not ask first"))
        .arg(json("The result as one JSON object"))
        .after_help(PURGE_HELP);
    clap::Command::new("dead")
        .about("Look after dead letters: events that the database refused")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([list, requeue, purge])
        .after_help(DEAD_HELP)
}

const DEAD_HELP: &str = "\
An event that the database refuses (a CHECK that fails, a value that a column cannot hold) is kept in
the table dead_letters of the sink, with the reason, and the others land. Mend what refused it, then
put it back with `requeue`, or delete it with `purge`.

These commands read the settings of `serve` (forebay.toml, environment, flags) and open the sink
themselves. While forebay serves, `requeue` has to ask the service: add --url.";

const LIST_HELP: &str = "\
A line is: id, route, when it was last refused, how many writes it was part of, the reason.

Examples:
  forebay backlog dead list
  forebay backlog dead list --reason 'CHECK constraint' --newer-than 1d
  forebay backlog dead list --json | jq .body";

const REQUEUE_HELP: &str = "\
Each is appended to the backlog of its route and stays a dead letter, marked, until its event is
written; the transaction that writes it deletes it from dead_letters. One that is refused again is a
dead letter as before, with a newer reason. A crash on the way loses nothing: repeat the command.

Those that are on their way already are left out, unless --id names them.

Examples:
  forebay backlog dead requeue                                    # forebay does not run
  forebay backlog dead requeue --url http://127.0.0.1:8080        # forebay runs
  forebay backlog dead requeue --url https://q.example --ca ca.pem --token-file admin.token
  forebay backlog dead requeue --route orders --limit 100";

const PURGE_HELP: &str = "\
It says how many there are and asks first; --yes goes on without. Keep a copy with
`forebay backlog dead list --json > FILE` if they may be needed.

Examples:
  forebay backlog dead purge --older-than 30d
  forebay backlog dead purge --id 019ab000-0000-7000-8000-000000000001 --yes";

fn json(help: &'static str) -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help(help)
}

/// Which dead letters are meant.
fn which() -> [Arg; 6] {
    [
        Arg::new("id")
            .long("id")
            .value_name("ID")
            .action(ArgAction::Append)
            .value_parser(value_parser!(uuid::Uuid))
            .help("Only the event with this id; may be given more than once"),
        Arg::new("route").long("route").value_name("NAME").help("Only events of this route"),
        Arg::new("reason")
            .long("reason")
            .value_name("TEXT")
            .help("Only those whose reason contains this, in upper or lower case"),
        Arg::new("older-than")
            .long("older-than")
            .value_name("TIME")
            .value_parser(duration)
            .help("Only those last refused longer ago than this, such as 30m or 7d"),
        Arg::new("newer-than")
            .long("newer-than")
            .value_name("TIME")
            .value_parser(duration)
            .help("Only those last refused within this time"),
        Arg::new("limit")
            .long("limit")
            .value_name("N")
            .value_parser(value_parser!(u64).range(1..))
            .help("No more than this many, the oldest first [default: all]"),
    ]
}

/// Where they are.
fn place() -> Vec<Arg> {
    let url = Arg::new("url")
        .long("url")
        .value_name("URL")
        .help("Ask the service that runs there, such as http://127.0.0.1:8080");
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Read settings from this file [default: ./forebay.toml if there is one]");
    let settings = SETTINGS.iter().filter_map(|key| flags::arg(table::find(key)?));
    [url, ca().requires("url"), config].into_iter().chain(settings).collect()
}

/// Whom to trust where connections are encrypted.
pub(crate) fn ca() -> Arg {
    Arg::new("ca")
        .long("ca")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Trust an https:// service by the certificates in this PEM file [default: those the system trusts]")
}

/// Those of the settings of `serve` that matter here.
const SETTINGS: [&str; 3] = ["sink.url", "backlog.url", "token_file"];

fn dead_options(matches: &ArgMatches) -> dead::Options {
    let (what, matches) = match matches.subcommand() {
        Some(("list", matches)) => (Do::List, matches),
        Some(("requeue", matches)) => (Do::Requeue, matches),
        Some(("purge", matches)) if matches.get_flag("yes") => (Do::Purge, matches),
        Some(("purge", matches)) => (Do::AskAndPurge, matches),
        _ => unreachable!("clap knows no other command and requires one"),
    };
    dead::Options {
        what,
        which: which_options(matches),
        place: place_options(matches),
        json: matches.get_flag("json"),
    }
}

fn which_options(matches: &ArgMatches) -> Which {
    Which {
        ids: matches.get_many("id").map(|ids| ids.copied().collect()).unwrap_or_default(),
        route: matches.get_one::<String>("route").cloned(),
        reason: matches.get_one::<String>("reason").cloned(),
        older_than: matches.get_one::<Duration>("older-than").copied(),
        newer_than: matches.get_one::<Duration>("newer-than").copied(),
        limit: matches.get_one::<u64>("limit").copied(),
    }
}

fn place_options(matches: &ArgMatches) -> Place {
    let keys = SETTINGS.iter().filter_map(|key| table::find(key));
    Place {
        url: matches.get_one::<String>("url").cloned(),
        ca: matches.get_one::<PathBuf>("ca").cloned(),
        config: matches.get_one::<PathBuf>("config").cloned(),
        flags: flags::given_of(keys, matches),
    }
}
