//! The layer of flags: those that the table of settings names.

use clap::{Arg, ArgAction, ArgMatches};

use super::table::{self, Setting};
use super::{Given, Origin};

/// The argument of a setting that has a flag.
pub(crate) fn arg(setting: &'static Setting) -> Option<Arg> {
    let flag = setting.flag?;
    let arg = Arg::new(setting.key).long(&flag[2..]);
    Some(match setting.value_name {
        Some(value_name) => {
            let default = setting.default_text();
            arg.value_name(value_name).help(format!("{} [default: {default}]", setting.help))
        }
        None => arg.action(ArgAction::SetTrue).help(setting.help),
    })
}

/// What the command line sets, in the order of the table.
pub(crate) fn given(matches: &ArgMatches) -> Vec<Given> {
    given_of(table::all(), matches)
}

/// What the command line sets of these settings.
pub(crate) fn given_of(
    settings: impl Iterator<Item = &'static Setting>,
    matches: &ArgMatches,
) -> Vec<Given> {
    let with_flags = settings.filter_map(|setting| Some((setting, setting.flag?)));
    with_flags
        .filter_map(|(setting, flag)| {
            let text = match setting.value_name {
                Some(_) => matches.get_one::<String>(setting.key).cloned()?,
                None => matches.get_flag(setting.key).then(|| "true".to_owned())?,
            };
            let key = setting.key.to_owned();
            Some(Given { setting, key, text, origin: Origin::Flag(flag) })
        })
        .collect()
}
