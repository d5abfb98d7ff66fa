//! What is installed beside the program fits it.

use std::path::Path;

use crate::start::{PATIENCE, forebay};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(name: &str) -> String {
    let path = folder().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_file_that_the_package_takes_from_here_is_there() {
    let manifest: toml::Table = text_of("Cargo.toml").parse().expect("cargo reads it, too");
    let package = &manifest["package"]["metadata"]["deb"];
    let assets = package["assets"].as_array().expect("a package has files");
    let sources = assets.iter().map(|asset| asset[0].as_str().expect("from, to, mode"));
    let kept: Vec<&str> = sources.filter(|source| !source.contains("target/")).collect();
    assert!(kept.len() > 4, "{kept:?}");
    for source in kept {
        assert!(folder().join(source).is_file(), "{source}");
    }
    for unit in ["forebay.service", "forebay.socket"] {
        assert!(folder().join("../../packaging").join(unit).is_file(), "{unit}");
    }
}

#[test]
fn a_service_that_runs_is_stopped_with_the_package_and_restarted_with_a_new_one() {
    // cargo-deb writes what does that into these scripts, and only where there are some.
    let asked = "maintainer-scripts = \"../../packaging/debian\"";
    assert!(text_of("Cargo.toml").contains(asked));
    for name in ["postinst", "prerm", "postrm"] {
        let script = text_of(&format!("../../packaging/debian/{name}"));
        assert!(script.starts_with("#!/bin/sh\nset -e\n"), "{name}");
        assert!(script.lines().any(|line| line == "#DEBHELPER#"), "{name}");
    }
}

#[test]
fn the_settings_that_the_package_suggests_are_accepted() {
    let suggested = text_of("../../packaging/forebay.default");
    let settings = suggested.lines().filter_map(|line| line.strip_prefix('#')?.split_once('='));
    let settings: Vec<(&str, &str)> =
        settings.filter(|(name, _)| name.starts_with("FOREBAY__")).collect();
    assert!(settings.len() > 2, "{suggested}");
    let mut start = forebay(&["serve", "--check"]).file("tokens", "a-token-of-somebody\n");
    for (name, value) in settings {
        start = start.env(name, if name.ends_with("_FILE") { "tokens" } else { value });
    }
    let ended = start.start().wait(PATIENCE);
    // Its database is not here; its settings can be.
    let is_good = ended.stderr.contains("ok     settings");
    assert!(is_good && ended.code != Some(2), "{}", ended.stderr);
}
