//! The command line: what can be said, and what was.
//!
//! The flags of `serve` that set something are generated from the one table of settings.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Arg, ArgAction, ArgMatches, value_parser};

use crate::completions::Shell;
use crate::demo::Show;
use crate::settings::value::span::duration;
use crate::settings::{flags, table};
use crate::{backlog, demo, ready, serve, simulate, terminal, token, top};

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Command {
    /// The two loops.
    Demo(demo::Options),
    /// The same under a virtual clock.
    Simulate(Box<simulate::Options>),
    /// HTTP in, a database out.
    Serve(serve::Options),
    /// Care for what waits and what was refused.
    Backlog(backlog::Options),
    /// Make what lets people in.
    Token(token::Options),
    /// Watch a service.
    Top(top::Options),
    /// Ask this service whether it takes events.
    Ready(ready::Options),
    /// Every setting.
    Settings,
    /// What a shell has to know.
    Completions(Shell),
    /// Manual pages, into this folder.
    Manual(PathBuf),
}

/// Reads the command line of this process. Wrong usage ends the process with code 2, `--help` and
/// `--version` end it with code 0.
pub(crate) fn parse() -> Command {
    match forebay().get_matches().subcommand() {
        Some(("demo", matches)) => Command::Demo(demo_options(matches)),
        Some(("simulate", matches)) => {
            Command::Simulate(Box::new(simulate::arguments::options(matches)))
        }
        Some(("serve", matches)) => Command::Serve(serve_options(matches)),
        Some(("backlog", matches)) => Command::Backlog(backlog::arguments::options(matches)),
        Some(("token", matches)) => Command::Token(token::arguments::options(matches)),
        Some(("top", matches)) => Command::Top(top_options(matches)),
        Some(("ready", matches)) => Command::Ready(ready_options(matches)),
        Some(("settings", _)) => Command::Settings,
        Some(("completions", matches)) => {
            Command::Completions(*matches.get_one("shell").expect("clap requires it"))
        }
        Some(("man", matches)) => {
            Command::Manual(matches.get_one("folder").cloned().expect("clap requires it"))
        }
        _ => unreachable!("clap knows no other command and requires one"),
    }
}

/// All that can be said.
pub(crate) fn forebay() -> clap::Command {
    let styles = Styles::styled()
        .header(AnsiColor::Green.on_default().bold())
        .usage(AnsiColor::Green.on_default().bold())
        .literal(AnsiColor::Cyan.on_default().bold())
        .placeholder(AnsiColor::Cyan.on_default());
    clap::Command::new("forebay")
        .about(
            "A queue between a producer and a consumer that works faster when the backlog is high",
        )
        .version(env!("CARGO_PKG_VERSION"))
        .styles(styles)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(demo())
        .subcommand(simulate::arguments::command())
        .subcommand(serve())
        .subcommand(backlog::arguments::command())
        .subcommand(token::arguments::command())
        .subcommand(top())
        .subcommand(ready())
        .subcommand(settings())
        .subcommand(completions())
        .subcommand(man())
        .after_help(FOREBAY_HELP)
}

const FOREBAY_HELP: &str = "\
Results go to standard output, text for people to standard error.
Exit codes: 0 done, 1 failed, 2 wrong usage.";

fn demo() -> clap::Command {
    clap::Command::new("demo")
        .about("Run a producer and a consumer with one queue between them, and watch")
        .arg(
            Arg::new("seed").long("seed").value_name("N").value_parser(seed)
                .allow_negative_numbers(true).help(
                "Seed of the delays: the same seed writes the same numbers [default: a new one]",
            ),
        )
        .arg(Arg::new("for").long("for").value_name("TIME").value_parser(duration).help(
            "End after this time on the wall clock, such as 500ms, 60s, 1h30m [default: never]",
        ))
        .arg(
            Arg::new("speed")
                .long("speed")
                .value_name("FACTOR")
                .value_parser(speed)
                .allow_negative_numbers(true)
                .default_value("1")
                .help("Divide every delay by this number, above 0"),
        )
        .arg(Arg::new("live").long("live").action(ArgAction::SetTrue).help(
            "Show the queue, its length over time and its gear on the whole terminal; q ends it",
        ))
        .arg(color())
        .after_help(DEMO_HELP)
}

const DEMO_HELP: &str = "\
The producer pauses for 0.25 to 1.5 seconds, writes that number and puts it into the queue. The
consumer looks at the queue: above 5 items it shifts up and pauses for 0.2 to 0.6 seconds, at none
it shifts down and pauses for 1 to 2 seconds; then it reads the oldest item.

  Writing 0.721
  Reading 0.721 and the queue still has 3 elements

Ctrl-C ends it and says on standard error how many were written, read and are waiting.

Examples:
  forebay demo
  forebay demo --live --speed 5
  forebay demo --speed 10 --for 60s
  forebay demo --seed 1 --for 60s --speed 20 > lines.txt";

fn demo_options(matches: &ArgMatches) -> demo::Options {
    demo::Options {
        seed: matches.get_one::<u64>("seed").copied(),
        run_for: matches.get_one::<Duration>("for").copied(),
        speed: *matches.get_one::<f64>("speed").expect("it has a default"),
        show: if matches.get_flag("live") { Show::Picture } else { Show::Lines },
        color: *matches.get_one("color").expect("it has a default"),
    }
}

fn color() -> Arg {
    Arg::new("color")
        .long("color")
        .value_name("WHEN")
        .value_parser(value_parser!(terminal::When))
        .default_value("auto")
        .help("When the picture has colors")
}

fn top() -> clap::Command {
    clap::Command::new("top")
        .about("Watch a service that runs: its queue, its gear, its routes, what is wrong")
        .arg(url())
        .arg(
            Arg::new("token-file")
                .long("token-file")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Show the first token of this file [default: FOREBAY__TOKEN_FILE, if set]"),
        )
        .arg(backlog::arguments::ca())
        .arg(color())
        .after_help(TOP_HELP)
}

const TOP_HELP: &str = "\
It asks for /status twice a second. A service that does not answer is asked again and again; what
was known before stays in the picture. q ends it, ? explains it.

Examples:
  forebay top
  forebay top http://10.0.0.7:8080 --token-file tokens.txt
  forebay top https://10.0.0.7:8080 --ca ca.pem";

fn top_options(matches: &ArgMatches) -> top::Options {
    let variable = || std::env::var_os("FOREBAY__TOKEN_FILE").map(PathBuf::from);
    top::Options {
        url: matches.get_one::<String>("url").cloned().expect("it has a default"),
        token_file: matches.get_one::<PathBuf>("token-file").cloned().or_else(variable),
        ca: matches.get_one::<PathBuf>("ca").cloned(),
        color: *matches.get_one("color").expect("it has a default"),
    }
}

fn url() -> Arg {
    Arg::new("url")
        .value_name("URL")
        .default_value("http://127.0.0.1:8080")
        .help("Where forebay serves")
}

fn ready() -> clap::Command {
    clap::Command::new("ready")
        .about("Ask a service whether it takes events: exit code 0 if it does, 1 if not")
        .arg(url())
        .arg(backlog::arguments::ca())
        .after_help(
            "It asks for /readyz and prints what is said there. For health checks and scripts.\n\n\
             Examples:\n  forebay ready\n  until forebay ready; do sleep 1; done",
        )
}

fn ready_options(matches: &ArgMatches) -> ready::Options {
    ready::Options {
        url: matches.get_one::<String>("url").cloned().expect("it has a default"),
        ca: matches.get_one::<PathBuf>("ca").cloned(),
    }
}

fn settings() -> clap::Command {
    clap::Command::new("settings")
        .about("Print every setting of serve, with its range, as a page of Markdown")
        .after_help("Examples:\n  forebay settings | less\n  forebay settings > configuration.md")
}

fn completions() -> clap::Command {
    clap::Command::new("completions")
        .about("Print what a shell needs to complete this command line")
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(value_parser!(Shell))
                .help("Which shell"),
        )
        .after_help(COMPLETIONS_HELP)
}

const COMPLETIONS_HELP: &str = "\
Examples:
  forebay completions bash > ~/.local/share/bash-completion/completions/forebay
  forebay completions zsh > ~/.zfunc/_forebay       # and ~/.zfunc in fpath
  forebay completions fish > ~/.config/fish/completions/forebay.fish";

fn man() -> clap::Command {
    clap::Command::new("man")
        .about("Write a manual page for each command into a folder")
        .arg(
            Arg::new("folder")
                .value_name("FOLDER")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("Where; it is made if it is not there"),
        )
        .after_help("Examples:\n  forebay man ~/.local/share/man/man1 && man forebay-serve")
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("write a whole number from 0 to {}", u64::MAX))
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("write a finite number above 0, such as 10 or 0.5".to_owned()),
    }
}

fn serve() -> clap::Command {
    let switches = table::all().filter_map(flags::arg);
    clap::Command::new("serve")
        .about("Take events over HTTP and write them into a database")
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Read settings from this file [default: ./forebay.toml if there is one]"),
        )
        .args(switches)
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Check the whole configuration, print the settings in force, say whether backlog and tables would do, and end"),
        )
        .after_help(format!("{SERVE_HELP}{}", table::listing()))
}

const SERVE_HELP: &str = r#"An event is accepted (202, "durability":"disk") once it is on disk in ./forebay-data, and in the
database soon after that, once. SIGTERM and Ctrl-C write what they can within --drain-for; what still
waits when this process ends, however it ends, is delivered after the next start. With --backlog
memory: an event is accepted before it is in the database, and lost if the process dies.

Machines that share a backlog keep it in a stream of NATS JetStream: --backlog
nats://[USER:PASSWORD@]HOST:PORT[,HOST:PORT...]/STREAM. Some take events in, some write them out
(--role); the stream is made when it is missing. The answer is then what its servers promise
("durability":"jetstream"), or with --spool disk:PATH in front of it again "disk".

Examples:
  forebay serve
  forebay serve --sink postgres://me@localhost/mine --listen 127.0.0.1:9000
  forebay serve --config forebay.toml --check
  forebay serve --backlog nats://127.0.0.1:4222/events --role ingest
  forebay serve --backlog nats://127.0.0.1:4222/events --role consume --listen 127.0.0.1:8081
  curl -d '{"a":1}' -H 'content-type: application/json' localhost:8080/events

Every setting has a key. In forebay.toml it is written as below; in the environment
http.body_bytes_max is FOREBAY__HTTP__BODY_BYTES_MAX. A flag beats the environment, the environment
beats the file, the file beats the default.

"#;

fn serve_options(matches: &ArgMatches) -> serve::Options {
    serve::Options {
        config: matches.get_one::<PathBuf>("config").cloned(),
        check: matches.get_flag("check"),
        flags: flags::given(matches),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        forebay().debug_assert();
    }

    #[test]
    fn a_speed_is_a_finite_number_above_zero() {
        assert_eq!(speed("10"), Ok(10.0));
        assert_eq!(speed("0.001"), Ok(0.001));
        for wrong in ["0", "-1", "-0", "inf", "NaN", "1e999", "fast", ""] {
            assert!(speed(wrong).is_err(), "{wrong}");
        }
    }
}
