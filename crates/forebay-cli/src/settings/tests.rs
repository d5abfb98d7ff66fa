//! The layers on top of each other, and every way to get one wrong.

use super::*;

type Variables<'a> = &'a [(&'a str, &'a str)];

fn read(
    file: Option<&str>,
    variables: Variables<'_>,
    flags: &[(&str, &str)],
) -> Result<InForce, String> {
    let environment =
        variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let flags = flags.iter().map(|(key, text)| {
        let setting = table::find(key).expect("the test names a setting");
        let flag = setting.flag.expect("the test names one that has a flag");
        Given {
            setting,
            key: (*key).to_owned(),
            text: (*text).to_owned(),
            origin: Origin::Flag(flag),
        }
    });
    let file = file.map(|text| (Path::new("forebay.toml"), text));
    InForce::read(file, environment, flags.collect()).map_err(|mistake| mistake.to_string())
}

fn mistake_in_file(text: &str) -> String {
    read(Some(text), &[], &[]).expect_err("the file is wrong")
}

fn mistake_in_variable(name: &str, value: &str) -> String {
    read(None, &[(name, value)], &[]).expect_err("the variable is wrong")
}

fn line(in_force: &InForce, key: &str) -> String {
    let mut lines = in_force.lines().filter(|line| line.starts_with(&format!("{key} =")));
    lines.next().expect("every setting has a line")
}

#[test]
fn file_beats_default_environment_beats_file_flag_beats_environment() {
    let file = "listen = \"127.0.0.1:1\"\n";
    let variable = [("FOREBAY__LISTEN", "127.0.0.1:2")];
    let flag = [("listen", "127.0.0.1:3")];
    let in_force = |file, variables, flags| line(&read(file, variables, flags).unwrap(), "listen");
    assert_eq!(in_force(None, &[], &[]), "listen = \"127.0.0.1:8080\" # default");
    assert_eq!(in_force(Some(file), &[], &[]), "listen = \"127.0.0.1:1\" # forebay.toml:1");
    assert_eq!(in_force(Some(file), &variable, &[]), "listen = \"127.0.0.1:2\" # FOREBAY__LISTEN");
    assert_eq!(in_force(Some(file), &variable, &flag), "listen = \"127.0.0.1:3\" # --listen");
}

#[test]
fn sections_and_dotted_keys_are_the_same() {
    for file in [
        "[http]\nbody_bytes_max = \"2MiB\"\n",
        "http.body_bytes_max = 2097152\n",
        "http = { body_bytes_max = 0x200000 }\n",
        "\"http\".\"body_bytes_max\" = 2_097_152",
    ] {
        let in_force = read(Some(file), &[], &[]).unwrap();
        assert_eq!(in_force.settings.server.http.body_bytes_max, 2_097_152, "{file}");
    }
}

#[test]
fn what_is_printed_says_the_same_when_it_is_read() {
    let file = "token_file = \"C:\\\\tokens \\\"x\\\"\"\nallow_anonymous = true\nlog = \"warn\"\n\
                [http]\nbody_read_ms_max = 1500\n[consumer]\nwriters = 3\n";
    let without_origin = |in_force: &InForce| {
        let value = |line: String| line.rsplit_once(" # ").map(|(value, _)| value.to_owned());
        in_force.lines().map(value).collect::<Option<Vec<_>>>().unwrap()
    };
    let printed = without_origin(&read(Some(file), &[], &[]).unwrap());
    let again = without_origin(&read(Some(&printed.join("\n")), &[], &[]).unwrap());
    assert_eq!(printed, again);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_key() {
    assert_eq!(
        mistake_in_file("# mine\nlisten = \"127.0.0.1:1\"\n\n[http]\nbody_byte_max = 1\n"),
        "forebay.toml:5: unknown key http.body_byte_max; the nearest known key is http.body_bytes_max"
    );
    assert_eq!(
        mistake_in_file("[htpp]\nbody_bytes_max = 1\n"),
        "forebay.toml:2: unknown key htpp.body_bytes_max; the nearest known key is http.body_bytes_max"
    );
    assert_eq!(
        mistake_in_file("[sinks]\n"),
        "forebay.toml:1: unknown key sinks; the nearest known key is sink.url"
    );
    assert_eq!(
        mistake_in_file("[listen]\nport = 1\n"),
        "forebay.toml:2: unknown key listen.port; the nearest known key is listen"
    );
}

#[test]
fn the_first_mistake_in_the_file_is_told() {
    let mistake = mistake_in_file("[sink]\nurll = 1\n[backlog]\nurll = 1\n");
    assert!(mistake.starts_with("forebay.toml:2: unknown key sink.urll"), "{mistake}");
}

#[test]
fn an_unknown_variable_is_named_with_the_nearest_known_one() {
    assert_eq!(
        mistake_in_variable("FOREBAY__HTTP__BODY_BYTE_MAX", "1"),
        "environment: unknown variable FOREBAY__HTTP__BODY_BYTE_MAX; the nearest known variable is \
         FOREBAY__HTTP__BODY_BYTES_MAX"
    );
    assert!(read(None, &[("FOREBAY_HOME", "x"), ("PATH", "y")], &[]).is_ok());
}

#[test]
fn a_wrong_value_is_named_with_its_place_and_what_would_be_right() {
    assert_eq!(
        mistake_in_file("\n[http]\nbody_bytes_max = \"a lot\"\n"),
        "forebay.toml:3: http.body_bytes_max: \"a lot\" is not a size: write bytes, such as 1048576, \
         or KiB, MiB, GiB, such as 256KiB"
    );
    assert_eq!(
        mistake_in_variable("FOREBAY__CONSUMER__WRITERS", "two"),
        "FOREBAY__CONSUMER__WRITERS: consumer.writers: \"two\" is not a whole number, or is too large"
    );
    assert_eq!(
        read(None, &[], &[("listen", "8080")]).expect_err("not an address"),
        "--listen: \"8080\" is not an address with a port, such as 127.0.0.1:8080 or [::1]:8080"
    );
}

#[test]
fn a_value_out_of_range_is_named_with_its_place_and_the_range() {
    assert_eq!(
        mistake_in_file("[http]\nbody_bytes_max = 0\n"),
        "forebay.toml:2: http.body_bytes_max is 0; allowed is 1 to 1073741824"
    );
    assert_eq!(
        read(None, &[], &[("drain_for", "1000h")]).expect_err("longer than a day"),
        "--drain-for: drain_for_ms is 3600000000; allowed is 0 to 86400000"
    );
}

#[test]
fn limits_that_do_not_fit_together_are_judged_when_all_layers_are_in() {
    let file = "[consumer]\nengage_above = 10\nrelease_at = 10\n";
    let mistake = mistake_in_file(file);
    assert!(mistake.starts_with("forebay.toml:3: consumer.release_at is 10"), "{mistake}");
    assert!(read(Some(file), &[("FOREBAY__CONSUMER__RELEASE_AT", "3")], &[]).is_ok());
}

#[test]
fn lists_and_misplaced_sections_are_refused() {
    assert_eq!(
        mistake_in_file("listen = [\"127.0.0.1:1\"]\n"),
        "forebay.toml:1: listen takes one value, not an array"
    );
    let mistake = mistake_in_file("http = 3\n");
    assert!(mistake.starts_with("forebay.toml:1: http is a section"), "{mistake}");
}

#[test]
fn a_section_of_routes_with_nothing_in_it_makes_a_route_too() {
    let in_force =
        read(Some("[http]\n\n[routes.orders]\n[routes.default]\n"), &[], &[]).expect("it is right");
    let routes: Vec<_> = in_force.settings.server.routes.keys().collect();
    assert_eq!(routes, ["default", "orders"]);
    let mistake = mistake_in_file("[routes.Orders]\n");
    assert!(mistake.starts_with("forebay.toml:1: routes.Orders"), "{mistake}");
}

#[test]
fn a_section_of_routes_makes_a_route() {
    let file = "[routes.orders]\nack = \"sink\"\ntable = \"shop.orders\"\nevents_max = 7\n";
    let variable = [("FOREBAY__ROUTES__ORDERS__EVENT_ID", "/id")];
    let in_force = read(Some(file), &variable, &[]).unwrap();
    assert_eq!(
        line(&in_force, "routes.orders.ack"),
        "routes.orders.ack = \"sink\" # forebay.toml:2"
    );
    assert_eq!(
        line(&in_force, "routes.orders.event_id"),
        "routes.orders.event_id = \"/id\" # FOREBAY__ROUTES__ORDERS__EVENT_ID"
    );
    assert_eq!(
        line(&in_force, "routes.orders.bytes_max"),
        "routes.orders.bytes_max = \"\" # default"
    );
    assert_eq!(in_force.settings.server.routes["orders"].events_max, Some(7));
}

#[test]
fn columns_of_a_route_are_tables_of_their_own() {
    let file = "[routes.orders]\nupsert_on = \"id\"\n[routes.orders.columns]\n\
                id = { pointer = \"/id\", type = \"text\", required = true }\n\
                total = { pointer = \"/total\", type = \"real\", default = 0 }\n";
    let in_force = read(Some(file), &[], &[]).unwrap();
    assert_eq!(
        line(&in_force, "routes.orders.columns.total.default"),
        "routes.orders.columns.total.default = \"0\" # forebay.toml:5"
    );
    assert!(in_force.settings.server.routes["orders"].columns["id"].required);
    for (file, mistake) in [
        (
            "[routes.orders.columns]\nid = { pointer = \"/id\", type = \"int\" }\n",
            "forebay.toml:2: routes.orders.columns.id.type: \"int\" is not a type of a column",
        ),
        (
            "[routes.orders.columns]\nid = { pionter = \"/id\" }\n",
            "forebay.toml:2: unknown key routes.orders.columns.id.pionter; the nearest known key is \
             routes.orders.columns.id.pointer",
        ),
        (
            "[routes.orders.columns.id]\npointer = \"/id\"\n",
            "routes.orders.columns.id.type is not set; allowed is text, integer",
        ),
        (
            "[routes.orders]\nupsert_on = \"id\"\n",
            "forebay.toml:2: routes.orders.upsert_on is \"id\"",
        ),
    ] {
        let found = mistake_in_file(file);
        assert!(found.contains(mistake), "{found}");
    }
}

#[test]
fn what_is_wrong_with_a_route_is_named_with_its_place() {
    assert_eq!(
        mistake_in_file("[routes.orders]\nack = \"maybe\"\n"),
        "forebay.toml:2: routes.orders.ack: \"maybe\" is none of memory, disk and sink"
    );
    assert_eq!(
        mistake_in_file("[routes.orders]\ntabel = \"x\"\n"),
        "forebay.toml:2: unknown key routes.orders.tabel; the nearest known key is \
         routes.orders.table"
    );
    let mistake = mistake_in_file("[routes.Orders]\ntable = \"x\"\n");
    assert!(mistake.starts_with("forebay.toml:2: routes.Orders is \"Orders\""), "{mistake}");
    let mistake = mistake_in_file("[routes.a]\nbacklog = \"memory:\"\nack = \"disk\"\n");
    assert!(mistake.starts_with("forebay.toml:3: routes.a.ack is disk"), "{mistake}");
}

#[test]
fn a_syntax_error_is_named_with_line_and_column() {
    let mistake = mistake_in_file("listen = \"127.0.0.1:1\"\n[http\nbody_bytes_max = 1\n");
    assert!(mistake.starts_with("forebay.toml:2:6: "), "{mistake}");
    let mistake = mistake_in_file("a = 1\na = 2\n");
    assert!(mistake.starts_with("forebay.toml:2:1: "), "{mistake}");
}

#[test]
fn a_password_is_neither_repeated_in_an_error_nor_shown() {
    let wrong = mistake_in_variable("FOREBAY__SINK__URL", "postgrss://me:hunter2@localhost/db");
    assert!(!wrong.contains("hunter2"), "{wrong}");
    let right = read(None, &[], &[("sink.url", "postgres://me:hunter2@localhost/db")]).unwrap();
    assert!(!right.lines().any(|line| line.contains("hunter2")));
}

#[test]
fn a_typo_in_a_log_level_is_refused_and_does_not_silence_the_warnings() {
    for typo in ["loud", "debug,", "info,loud", "", "forebay_server=loud"] {
        assert!(super::value::filter::read(typo).is_err(), "{typo:?}");
    }
    for good in ["warn", "INFO", "info,forebay_server=debug"] {
        assert!(super::value::filter::read(good).is_ok(), "{good:?}");
    }
}

#[test]
fn rust_log_is_the_weaker_name_of_the_log_setting() {
    let rust_log = ("RUST_LOG", "debug");
    let own = ("FOREBAY__LOG", "error");
    assert_eq!(line(&read(None, &[rust_log], &[]).unwrap(), "log"), "log = \"debug\" # RUST_LOG");
    for both in [[rust_log, own], [own, rust_log]] {
        assert_eq!(line(&read(None, &both, &[]).unwrap(), "log"), "log = \"error\" # FOREBAY__LOG");
    }
    assert!(read(None, &[("RUST_LOG", "")], &[]).is_ok());
}

#[test]
fn every_file_that_the_fuzzer_knows_is_read_or_told_what_is_wrong_with_it() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/settings");
    let mut count = 0;
    for seed in std::fs::read_dir(seeds).expect("it is in the repository") {
        let path = seed.expect("it can be listed").path();
        println!("{}", path.display());
        held::hold(&std::fs::read(path).expect("it can be read"));
        count += 1;
    }
    assert!(count > 0);
}
