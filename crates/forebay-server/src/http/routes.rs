//! The routes: names under `/events`, each with a backlog of its own.

use std::sync::Arc;

use forebay_backlog::Backlog;

use super::shape::Shape;
use crate::valve::Valve;

/// The route of `POST /events`.
const DEFAULT: &str = "default";

/// Every route of a service.
#[derive(Debug)]
pub(crate) struct Routes {
    /// The default one first. So few that looking through them is faster than hashing.
    list: Vec<Route>,
}

impl Routes {
    pub(crate) fn with_default(backlog: Arc<dyn Backlog>) -> Self {
        Self { list: vec![Route::new(DEFAULT, backlog)] }
    }

    /// The route named `name`, and its place on the list.
    pub(super) fn find(&self, name: &str) -> Option<(usize, &Route)> {
        self.list.iter().enumerate().find(|(_, route)| route.name == name)
    }

    pub(crate) fn default(&self) -> (usize, &Route) {
        (0, &self.list[0])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.list.iter()
    }

    /// The names, for a person.
    pub(super) fn names(&self) -> String {
        self.list.iter().map(|route| route.name).collect::<Vec<_>>().join(", ")
    }
}

/// One route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) name: &'static str,
    pub(crate) backlog: Arc<dyn Backlog>,
    /// The same backlog, as its consumer sees it.
    pub(crate) valve: Arc<Valve>,
    /// What its events have in common, made once: a request only counts a reference.
    json_attributes: Arc<str>,
    lines_attributes: Arc<str>,
}

impl Route {
    fn new(name: &'static str, backlog: Arc<dyn Backlog>) -> Self {
        let attributes = |shape: Shape| {
            let content_type = shape.content_type();
            serde_json::json!({"route": name, "content_type": content_type}).to_string().into()
        };
        let json_attributes = attributes(Shape::Json);
        let lines_attributes = attributes(Shape::Lines);
        let valve = Arc::new(Valve::new(Arc::clone(&backlog)));
        Self { name, backlog, valve, json_attributes, lines_attributes }
    }

    pub(super) fn attributes(&self, shape: Shape) -> &Arc<str> {
        match shape {
            Shape::Json => &self.json_attributes,
            Shape::Lines => &self.lines_attributes,
        }
    }
}
