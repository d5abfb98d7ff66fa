//! One setting: its name, its words, and the way to its field.

use forebay_server::{ColumnConfig, RouteConfig};

use super::Settings;

/// One thing that can be set.
pub(crate) struct Setting {
    /// Its name; the dots are the tables of forebay.toml. [`NAME`] stands for any route, [`COLUMN`]
    /// for any column of one.
    pub(crate) key: &'static str,
    /// One sentence without a full stop.
    pub(crate) help: &'static str,
    /// Its flag, dashes included, where it has one.
    pub(crate) flag: Option<&'static str>,
    /// What stands behind the flag in `--help`; a switch has nothing there.
    pub(crate) value_name: Option<&'static str>,
    /// Whether it may hold a password: then an error does not repeat it.
    pub(crate) is_secret: bool,
    /// Until when the value holds that a service was started with.
    pub(crate) holds: Holds,
    access: Access,
}

/// Until when a value holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// The service has to be started again.
    ToTheEnd,
    /// SIGHUP puts another in force.
    UntilReload,
}

impl Setting {
    pub(super) const fn live(self) -> Self {
        Self { holds: Holds::UntilReload, ..self }
    }

    pub(super) const fn flag(self, flag: &'static str, value_name: &'static str) -> Self {
        Self { flag: Some(flag), value_name: Some(value_name), ..self }
    }

    pub(super) const fn switch(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }

    pub(super) const fn secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    /// Reads the value from text; `key` is the setting's, with the name of its route. The error
    /// goes on from "VALUE …".
    pub(crate) fn set(&self, settings: &mut Settings, key: &str, text: &str) -> Result<(), String> {
        match &self.access {
            Access::One { set, .. } => set(settings, text),
            Access::OfRoute { set, .. } => {
                let route = route_in(key).unwrap_or_default().to_owned();
                set(settings.server.routes.entry(route).or_default(), text)
            }
            Access::OfColumn { set, .. } => {
                let (route, column) = column_in(key).unwrap_or_default();
                let route = settings.server.routes.entry(route.to_owned()).or_default();
                set(route.columns.entry(column.to_owned()).or_default(), text)
            }
        }
    }

    /// Shows the value as TOML; a password in it is not shown.
    pub(crate) fn get(&self, settings: &Settings, key: &str) -> String {
        match &self.access {
            Access::One { get, .. } => get(settings),
            Access::OfRoute { get, .. } => {
                let route = route_in(key).and_then(|route| settings.server.routes.get(route));
                route.map_or_else(|| get(&RouteConfig::default()), get)
            }
            Access::OfColumn { get, .. } => {
                let column = column_in(key).and_then(|(route, column)| {
                    settings.server.routes.get(route)?.columns.get(column)
                });
                column.map_or_else(|| get(&ColumnConfig::default()), get)
            }
        }
    }

    /// The keys under which it has values: its own, or one for each route or column.
    pub(crate) fn keys(&self, settings: &Settings) -> Vec<String> {
        let routes = &settings.server.routes;
        let of_route = |name: &String| self.key.replace(NAME, name);
        match &self.access {
            Access::One { .. } => vec![self.key.to_owned()],
            Access::OfRoute { .. } => routes.keys().map(of_route).collect(),
            Access::OfColumn { .. } => {
                let all = routes.iter().flat_map(|(name, route)| {
                    let columns = route.columns.keys();
                    columns.map(move |column| of_route(name).replace(COLUMN, column))
                });
                all.collect()
            }
        }
    }

    /// Its default, for people.
    pub(crate) fn default_text(&self) -> String {
        match self.get(&Settings::default(), self.key).trim_matches('"') {
            "" => "none".to_owned(),
            text => text.to_owned(),
        }
    }
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setting").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What stands for the name of a route in the keys of its settings.
pub(crate) const NAME: &str = "NAME";

/// What stands for the name of a column.
pub(super) const COLUMN: &str = "COLUMN";

/// The ways to a field.
pub(super) enum Access {
    /// Of [`Settings`].
    One { set: fn(&mut Settings, &str) -> Result<(), String>, get: fn(&Settings) -> String },
    /// Of each route.
    OfRoute {
        set: fn(&mut RouteConfig, &str) -> Result<(), String>,
        get: fn(&RouteConfig) -> String,
    },
    /// Of each column of a route.
    OfColumn {
        set: fn(&mut ColumnConfig, &str) -> Result<(), String>,
        get: fn(&ColumnConfig) -> String,
    },
}

/// The name of the route in a key, if there is one.
pub(super) fn route_in(key: &str) -> Option<&str> {
    let (route, _) = key.strip_prefix("routes.")?.rsplit_once('.')?;
    Some(route)
}

/// The names of the route and of the column in a key, if there are two.
pub(super) fn column_in(key: &str) -> Option<(&str, &str)> {
    let (names, _) = key.strip_prefix("routes.")?.rsplit_once('.')?;
    names.split_once(".columns.")
}

pub(super) const fn setting(key: &'static str, help: &'static str, access: Access) -> Setting {
    let holds = Holds::ToTheEnd;
    Setting { key, help, flag: None, value_name: None, is_secret: false, holds, access }
}
