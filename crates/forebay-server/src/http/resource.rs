//! Everything that has a path. Who answers a request is found here, and `openapi.rs` describes
//! each, so that the description cannot leave one out.

use hyper::Method;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    /// The default route.
    Events,
    /// Any route.
    Route,
    Livez,
    Readyz,
    Status,
    Metrics,
    Live,
    Dead,
    Requeue,
    Purge,
    Pause,
    Drain,
    Resume,
    OpenApi,
}

/// Before the name of a route.
const ROUTES: &str = "/events/";

impl Resource {
    /// The ones that are asked for most come first.
    pub(super) const ALL: [Self; 14] = [
        Self::Events,
        Self::Route,
        Self::Livez,
        Self::Readyz,
        Self::Status,
        Self::Metrics,
        Self::Live,
        Self::Dead,
        Self::Requeue,
        Self::Purge,
        Self::Pause,
        Self::Drain,
        Self::Resume,
        Self::OpenApi,
    ];

    /// Its path, with a parameter where any route is meant.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Events => "/events",
            Self::Route => "/events/{route}",
            Self::Livez => "/livez",
            Self::Readyz => "/readyz",
            Self::Status => "/status",
            Self::Metrics => "/metrics",
            Self::Live => "/live",
            Self::Dead => "/dead",
            Self::Requeue => "/dead/requeue",
            Self::Purge => "/dead/purge",
            Self::Pause => "/admin/pause",
            Self::Drain => "/admin/drain",
            Self::Resume => "/admin/resume",
            Self::OpenApi => "/openapi.json",
        }
    }

    /// The methods it takes, as `Allow` has them.
    pub(super) const fn allowed(self) -> &'static str {
        match self {
            Self::Events | Self::Route | Self::Requeue | Self::Purge => "POST",
            Self::Pause | Self::Drain | Self::Resume => "POST",
            Self::Live => "GET",
            Self::Livez | Self::Readyz | Self::Status | Self::Metrics => "GET, HEAD",
            Self::Dead | Self::OpenApi => "GET, HEAD",
        }
    }

    pub(super) fn takes(self, method: &Method) -> bool {
        self.allowed().split(", ").any(|allowed| allowed == method.as_str())
    }

    /// What a path names, and the name of the route in it.
    pub(super) fn of(path: &str) -> Option<(Self, &str)> {
        match path.strip_prefix(ROUTES) {
            Some(route) => Some((Self::Route, route)),
            None => Self::ALL.into_iter().find(|one| one.path() == path).map(|one| (one, "")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_path() {
        for one in Resource::ALL {
            assert_eq!(Resource::of(one.path()).map(|(found, _)| found), Some(one));
        }
        assert_eq!(Resource::of("/events/a/b"), Some((Resource::Route, "a/b")));
        for path in ["", "/", "/event", "/events2", "/dead/", "/admin", "/admin/", "/LIVEZ"] {
            assert_eq!(Resource::of(path), None, "{path}");
        }
    }
}
