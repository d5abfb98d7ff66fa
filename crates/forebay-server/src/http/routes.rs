//! The routes: names under `/events`, each with a backlog of its own.

use std::sync::Arc;
use std::time::Duration;

use forebay_backlog::Backlog;
use serde_json::{Map, Value};

use super::parse::cloud_event::Said;
use super::shape::Shape;
use crate::arrivals::Arrivals;
use crate::columns::Mapping;
use crate::config::{Ack, Pointer, Role};
use crate::consumer::ConsumerGauge;
use crate::room::Room;
use crate::tallies::Tallies;
use crate::traces::Traces;
use crate::valve::Valve;
use crate::watchdog::Watch;

/// Every route of a service.
#[derive(Debug)]
pub(crate) struct Routes {
    /// The default one first. So few that looking through them is faster than hashing.
    list: Vec<Arc<Route>>,
}

impl Routes {
    /// The default route, and the others.
    pub(crate) fn new(list: Vec<Arc<Route>>) -> Self {
        debug_assert!(!list.is_empty(), "there is always the default route");
        Self { list }
    }

    /// The route named `name`, and its place on the list.
    pub(super) fn find(&self, name: &str) -> Option<(usize, &Route)> {
        let mut places = self.list.iter().enumerate();
        places.find(|(_, route)| &*route.name == name).map(|(place, route)| (place, &**route))
    }

    pub(crate) fn default(&self) -> (usize, &Route) {
        (0, &self.list[0])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.list.iter()
    }

    /// The names, for a person.
    pub(super) fn names(&self) -> String {
        self.list.iter().map(|route| &*route.name).collect::<Vec<_>>().join(", ")
    }
}

/// One route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    pub(crate) backlog: Arc<dyn Backlog>,
    pub(crate) traces: Traces,
    /// The same backlog, as its consumer sees it.
    pub(crate) valve: Arc<Valve>,
    pub(crate) consumer: ConsumerGauge,
    /// When its answers leave.
    pub(crate) ack: Ack,
    /// Where its events say what they are known by.
    pub(crate) event_id: Option<Pointer>,
    /// The columns of its rows, where they are not the usual ones.
    pub(crate) mapping: Option<Arc<Mapping>>,
    /// Who waits for its rows.
    pub(crate) arrivals: Arc<Arrivals>,
    /// Whether its backlog moves.
    pub(crate) watch: Watch,
    /// Whether the disk of its backlog has room.
    pub(crate) room: Room,
    /// What is counted as it goes.
    pub(crate) tallies: Arc<Tallies>,
    /// How long it took to open its backlog.
    pub(crate) recovery: Duration,
    /// What its events have in common, made once: a request only counts a reference.
    pub(crate) attributes: Attributes,
}

/// What a route's events say about themselves, by the shape they came in.
#[derive(Debug)]
pub(crate) struct Attributes {
    json: Arc<str>,
    lines: Arc<str>,
    records: Arc<str>,
    form: Arc<str>,
}

impl Attributes {
    pub(crate) fn new(route: &str) -> Self {
        let attributes = |shape: Shape| {
            let content_type = shape.content_type();
            serde_json::json!({"route": route, "content_type": content_type}).to_string().into()
        };
        Self {
            json: attributes(Shape::Json),
            lines: attributes(Shape::Lines),
            records: attributes(Shape::Records),
            form: attributes(Shape::Form),
        }
    }
}

impl Route {
    /// What events say that say nothing themselves.
    pub(super) fn attributes(&self, shape: Shape) -> &Arc<str> {
        match shape {
            Shape::Lines => &self.attributes.lines,
            Shape::Records => &self.attributes.records,
            Shape::Form => &self.attributes.form,
            Shape::Json | Shape::CloudEvent | Shape::CloudEvents | Shape::Data => {
                &self.attributes.json
            }
        }
    }

    /// What an event says that says something of itself, beside what every event does.
    pub(super) fn attributes_with(
        &self,
        shape: Shape,
        said: Option<&Said>,
        more: Map<String, Value>,
    ) -> Arc<str> {
        let mut all = said.map(Said::to_map).unwrap_or_default();
        all.extend(more);
        // The name is taken here; theirs is kept under one that no attribute of theirs can have.
        if let Some(theirs) = all.insert("route".to_owned(), (*self.name).into()) {
            all.insert("ce_route".to_owned(), theirs);
        }
        let content_type = match (shape, said.and_then(Said::content_type)) {
            (Shape::Data, Some(content_type)) => content_type,
            _ => shape.content_type(),
        };
        all.insert("content_type".to_owned(), content_type.into());
        Value::Object(all).to_string().into()
    }

    /// Which limit of its backlog is reached, if one is.
    pub(super) fn full(&self) -> Option<&'static str> {
        let (snapshot, limits) = (self.backlog.snapshot(), self.backlog.limits());
        if snapshot.waiting + snapshot.in_flight >= limits.events_max {
            Some("events_max")
        } else if snapshot.bytes >= limits.bytes_max {
            Some("bytes_max")
        } else {
            None
        }
    }

    /// A body of this many bytes is about to be appended.
    pub(super) fn came(&self, bytes: usize) {
        self.tallies.bytes.add(bytes as u64);
    }

    /// Its backlog took so long to take a group in.
    pub(super) fn committed(&self, took: Duration) {
        self.tallies.commit.record(took);
    }
}
