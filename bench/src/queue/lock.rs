//! Which versions were measured: what the lock file of the field says.

use std::collections::BTreeSet;

use super::field::{Contender, Role, folder};
use crate::failure::Failure;

/// The packages of all contenders and their versions, for one line.
pub(super) fn versions(roster: &[Contender]) -> Result<String, Failure> {
    let path = folder().join("Cargo.lock");
    let lock =
        std::fs::read_to_string(&path).map_err(|error| Failure::because(path.display(), error))?;
    let peers = roster.iter().filter(|contender| contender.role != Role::Ours);
    let packages: BTreeSet<&str> = peers.map(|peer| peer.package.as_str()).collect();
    let known = packages.into_iter().filter_map(|package| {
        let version = version_in(&lock, package)?;
        Some(format!("{package} {version}"))
    });
    Ok(known.collect::<Vec<_>>().join(", "))
}

fn version_in<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_that_of_the_very_package() {
        let lock = "[[package]]\nname = \"futures-channel\"\nversion = \"0.3.34\"\n\n\
                    [[package]]\nname = \"futures\"\nversion = \"0.3.33\"\n";
        assert_eq!(version_in(lock, "futures"), Some("0.3.33"));
        assert_eq!(version_in(lock, "future"), None);
    }
}
