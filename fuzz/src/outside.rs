//! What comes from outside: the parsers of the service, each with its way in.

/// Reads bytes as one parser would, and holds what comes out against what it promises.
pub type Way = fn(&[u8]);

/// Every parser, by the name of its target and the folder of its seeds.
pub const WAYS: [(&str, Way); 8] = [
    ("json", forebay_server::fuzz::json),
    ("csv", forebay_server::fuzz::csv),
    ("form", forebay_server::fuzz::form),
    ("cloud_event", forebay_server::fuzz::cloud_event),
    ("packed", forebay_server::fuzz::packed),
    ("head", forebay_server::fuzz::head),
    ("columns", forebay_server::fuzz::columns),
    ("log", forebay_backlog::disk::fuzz::log),
];

#[cfg(test)]
mod tests {
    use forebay_testkit::rounds::rounds;
    use forebay_testkit::seed;
    use proptest::prelude::*;

    use super::WAYS;

    #[test]
    fn the_seeds_break_no_parser() {
        for (name, way) in WAYS {
            let seeds =
                std::fs::read_dir(format!("seeds/{name}")).expect("it is in the repository");
            let paths: Vec<_> = seeds.map(|seed| seed.expect("it can be listed").path()).collect();
            assert!(!paths.is_empty(), "{name}");
            for path in paths {
                println!("{}", path.display());
                way(&std::fs::read(path).expect("it can be read"));
            }
        }
    }

    #[test]
    fn random_bytes_break_no_parser() {
        let bytes = prop::collection::vec(any::<u8>(), 0..200);
        let cases = rounds(2_000, "random bytes for each parser");
        let outcome = seed::runner(cases).run(&bytes, |bytes| {
            WAYS.iter().for_each(|(_, way)| way(&bytes));
            Ok(())
        });
        if let Err(why) = outcome {
            panic!("{why}");
        }
    }
}
