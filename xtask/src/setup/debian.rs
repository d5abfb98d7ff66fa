//! How a Debian machine gets a package: the steps, decided here and done by the caller.

use super::Need;

/// Who may install packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Privilege {
    Root,
    /// `sudo` that does not ask for a password.
    Sudo,
}

/// The commands that install what `missing` needs, in order, without the privilege to run them.
pub(super) fn steps(missing: &[Need]) -> Vec<Vec<String>> {
    let meanwhile = || missing.iter().filter_map(|need| need.while_installing);
    let mut steps = Vec::new();
    for (path, line) in meanwhile() {
        let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
        steps.push(owned(&["sh", "-c", &format!("mkdir -p {folder} && echo '{line}' > {path}")]));
    }
    steps.push(apt_get(&["update"]));
    let mut install = apt_get(&["install", "-y", "--no-install-recommends"]);
    install.extend(missing.iter().map(|need| need.package.to_owned()));
    steps.push(install);
    for (path, _) in meanwhile() {
        steps.push(owned(&["rm", "-f", path]));
    }
    steps
}

/// Another program may hold apt's lock on a machine that has just started, so it waits for it.
fn apt_get(args: &[&str]) -> Vec<String> {
    let quiet = "DEBIAN_FRONTEND=noninteractive";
    let mut words = owned(&["env", quiet, "apt-get", "-o", "DPkg::Lock::Timeout=300"]);
    words.extend(owned(args));
    words
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// The step as this process has to start it.
pub(super) fn command_line(privilege: Privilege, step: &[String]) -> Vec<&str> {
    let before: &[&str] = match privilege {
        Privilege::Root => &[],
        Privilege::Sudo => &["sudo", "-n"],
    };
    before.iter().copied().chain(step.iter().map(String::as_str)).collect()
}

/// What a person has to type when this process may not install anything.
pub(super) fn by_hand(steps: &[Vec<String>]) -> String {
    let mut text = String::from(
        "this needs apt-get, and root or a sudo that does not ask; as root on Debian, type:\n",
    );
    for step in steps {
        let words: Vec<String> = step
            .iter()
            .map(|word| if word.contains(' ') { format!("\"{word}\"") } else { word.clone() })
            .collect();
        text.push_str(&format!("    {}\n", words.join(" ")));
    }
    text + "and run this again (elsewhere: install the same programs your own way)"
}

#[cfg(test)]
mod tests {
    use super::super::need::{BENCHES, TESTS};
    use super::{Privilege, by_hand, command_line, steps};

    #[test]
    fn one_update_and_one_install_bring_everything_that_is_missing() {
        let lines: Vec<String> =
            steps(&[TESTS, BENCHES].concat()).iter().map(|step| step.join(" ")).collect();
        assert_eq!(lines.iter().filter(|line| line.ends_with(" update")).count(), 1);
        let packages: Vec<&str> = TESTS.iter().chain(BENCHES).map(|need| need.package).collect();
        let wanted = format!("install -y --no-install-recommends {}", packages.join(" "));
        assert!(lines.iter().any(|line| line.ends_with(&wanted)), "{lines:?}");
    }

    #[test]
    fn the_package_is_kept_from_creating_a_database_and_nothing_stays_behind() {
        let steps = steps(TESTS);
        let lines: Vec<String> = steps.iter().map(|step| step.join(" ")).collect();
        let install = lines.iter().position(|line| line.contains(" install "));
        let (before, after) = lines.split_at(install.expect("it is installed"));
        let file = "/etc/postgresql-common/createcluster.d/forebay.conf";
        let ends = format!("echo 'create_main_cluster = false' > {file}");
        assert!(before.iter().any(|line| line.ends_with(&ends)), "{lines:?}");
        assert!(after.contains(&format!("rm -f {file}")), "{lines:?}");
    }

    #[test]
    fn what_needs_no_preparation_gets_none() {
        assert_eq!(steps(&BENCHES[..1]).len(), 2);
    }

    #[test]
    fn a_user_with_sudo_is_never_asked_for_a_password() {
        let steps = steps(&BENCHES[..1]);
        assert_eq!(command_line(Privilege::Root, &steps[0])[0], "env");
        assert_eq!(command_line(Privilege::Sudo, &steps[0])[..3], ["sudo", "-n", "env"]);
    }

    #[test]
    fn whoever_may_not_install_gets_lines_that_can_be_pasted() {
        let text = by_hand(&steps(TESTS));
        assert!(text.contains("    sh -c \"mkdir -p /etc/postgresql-common/"), "{text}");
        assert!(text.contains("apt-get -o DPkg::Lock::Timeout=300 update\n"), "{text}");
    }
}
