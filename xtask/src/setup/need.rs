//! The table of programs that must be on the machine, and where to look for them.

use std::path::{Path, PathBuf};

/// A program, and the Debian package that brings it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// Looked for in `PATH`.
    pub(crate) program: &'static str,
    /// Looked for in `bin` of each folder in here as well: Debian keeps one per version.
    pub(crate) versions_in: Option<&'static str>,
    pub(crate) package: &'static str,
    pub(crate) used_for: &'static str,
    /// A file that must exist while the package is installed, and what is in it.
    pub(crate) while_installing: Option<(&'static str, &'static str)>,
}

/// What `cargo xtask test` needs.
pub(crate) const TESTS: &[Need] = &[
    Need {
        program: "cc",
        versions_in: None,
        package: "build-essential",
        used_for: "compiles the bundled SQLite",
        while_installing: None,
    },
    Need {
        program: "initdb",
        versions_in: Some("/usr/lib/postgresql"),
        package: "postgresql",
        used_for: "the tests start PostgreSQL servers of their own",
        // Otherwise the package creates a database on the standard port and starts it, now and
        // at every boot. Nobody here needs that one.
        while_installing: Some((
            "/etc/postgresql-common/createcluster.d/forebay.conf",
            "create_main_cluster = false",
        )),
    },
    Need {
        program: "groff",
        versions_in: None,
        package: "groff-base",
        used_for: "the tests render the manual pages",
        while_installing: None,
    },
    Need {
        program: "zsh",
        versions_in: None,
        package: "zsh",
        used_for: "the tests let it read its completions",
        while_installing: None,
    },
    Need {
        program: "fish",
        versions_in: None,
        package: "fish",
        used_for: "the tests let it complete a command line",
        while_installing: None,
    },
    Need {
        program: "curl",
        versions_in: None,
        package: "curl",
        used_for: "the tests send requests over TLS with it",
        while_installing: None,
    },
    Need {
        program: "openssl",
        versions_in: None,
        package: "openssl",
        used_for: "the tests make certificates and shake hands with it",
        while_installing: None,
    },
    Need {
        program: "chromium",
        versions_in: None,
        package: "chromium",
        used_for: "the tests look at the live page with it",
        while_installing: None,
    },
    Need {
        program: "chromedriver",
        versions_in: None,
        package: "chromium-driver",
        used_for: "the tests drive the browser with it",
        while_installing: None,
    },
    Need {
        program: "promtool",
        versions_in: None,
        package: "prometheus",
        used_for: "the tests let it look at a service, and try the alerts",
        while_installing: Some(("/etc/systemd/system/prometheus.service.d/forebay.conf", NOT_YET)),
    },
    Need {
        used_for: "the tests share a backlog on it",
        ..server("nats-server", ("/etc/systemd/system/nats-server.service.d/forebay.conf", NOT_YET))
    },
    Need {
        program: "ip",
        versions_in: None,
        package: "iproute2",
        used_for: "the fault suite connects its hosts with it",
        while_installing: None,
    },
    Need {
        program: "python3",
        versions_in: None,
        package: "python3-venv",
        used_for: "a client in the tests",
        while_installing: None,
    },
    Need {
        program: "node",
        versions_in: None,
        package: "nodejs",
        used_for: "a client in the tests",
        while_installing: None,
    },
    Need {
        program: "npm",
        versions_in: None,
        package: "npm",
        used_for: "installs that client's library",
        while_installing: None,
    },
];

/// What the benches need in addition.
pub(crate) const BENCHES: &[Need] = &[
    Need {
        program: "wrk",
        versions_in: None,
        package: "wrk",
        used_for: "the benches send HTTP requests with it",
        while_installing: None,
    },
    server("redis-server", ("/etc/systemd/system/redis-server.service.d/forebay.conf", NOT_YET)),
    server(
        "rabbitmq-server",
        ("/etc/systemd/system/rabbitmq-server.service.d/forebay.conf", NOT_YET),
    ),
    server("beanstalkd", ("/etc/systemd/system/beanstalkd.service.d/forebay.conf", NOT_YET)),
];

/// A condition that never holds: otherwise the package starts its server on the standard port.
const NOT_YET: &str = "[Unit]\\nConditionPathExists=!/";

const fn server(name: &'static str, while_installing: (&'static str, &'static str)) -> Need {
    Need {
        program: name,
        versions_in: None,
        package: name,
        used_for: "the durable bench measures it",
        while_installing: Some(while_installing),
    }
}

impl Need {
    /// Where the program is on this machine.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        folders.extend(self.versions_in.into_iter().flat_map(|parent| bins_in(Path::new(parent))));
        folders.into_iter().map(|folder| folder.join(self.program)).find(|path| path.is_file())
    }
}

fn bins_in(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = parent.read_dir() else {
        return Vec::new(); // The package is not there yet.
    };
    entries.flatten().map(|entry| entry.path().join("bin")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Need, TESTS};

    #[test]
    fn a_program_in_path_is_found_and_an_invented_one_is_not() {
        let shell = Need { program: "sh", ..TESTS[0] };
        assert!(shell.find().is_some());
        let invented = Need { program: "no-such-program", ..TESTS[0] };
        assert_eq!(invented.find(), None);
    }

    #[test]
    fn a_program_of_one_version_is_found_in_its_own_folder() {
        let parent = std::env::temp_dir().join(format!("xtask-need-{}", std::process::id()));
        let bin = parent.join("15").join("bin");
        std::fs::create_dir_all(&bin).expect("the temporary folder can be written");
        std::fs::write(bin.join("only-here"), "").expect("the temporary folder can be written");

        assert_eq!(super::bins_in(&parent), [bin]);

        std::fs::remove_dir_all(&parent).expect("it was created above");
        assert!(super::bins_in(&parent).is_empty());
    }
}
