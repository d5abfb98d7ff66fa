//! What a running service can be told anew.

use std::sync::Arc;

use super::{Lane, Service, StartError, are_alike, tokens, webhooks};
use crate::config::{Config, HttpLimits};
use crate::http::{self, Gate, Terms};

impl Service {
    /// Goes by `config` from now on, as far as a running service can: `http` but for
    /// `connections_max`, `rate`, what is in the token file, the certificate, the secrets of webhooks,
    /// `consumer`, and how much the backlogs of its routes take. Nothing else is looked at. Returns the fields among those
    /// that are not in force: a stream that machines share keeps its limits.
    ///
    /// A request that has begun keeps the terms under which it came; a connection keeps the times
    /// that it was given, and a batch the gear. Nobody is refused meanwhile.
    ///
    /// # Errors
    /// What [`start`](Self::start) would say of these fields; then nothing has changed.
    pub fn change(&self, config: &Config) -> Result<Vec<String>, StartError> {
        config.check().map_err(StartError::Config)?;
        let terms = self.terms_of(config)?;
        for (lane, route) in self.lanes.iter().zip(self.front.routes.iter()) {
            let consumer = config.consumer_of(&route.name);
            lane.consumer.change(&consumer).map_err(StartError::Consumer)?;
        }
        self.front.terms.store(Arc::new(terms));
        self.front.live.change_gears(&config.consumer);
        let lanes = self.lanes.iter().zip(self.front.routes.iter());
        Ok(lanes.flat_map(|(lane, route)| lane.limit(&route.name, config)).collect())
    }

    fn terms_of(&self, config: &Config) -> Result<Terms, StartError> {
        let before = self.front.terms.load();
        let gate = match (&before.gate, &config.token_file) {
            (Gate::Tokens(known), Some(path)) => {
                let names = self.front.routes.iter().map(|route| route.name.to_string());
                let names: Vec<_> = names.collect();
                let tokens = tokens(path, &names).map_err(StartError::Tokens)?;
                Gate::Tokens(tokens.owing(known))
            }
            // Whether anybody is asked for a token at all has been said to the whole service.
            (Gate::Open, None) => Gate::Open,
            (Gate::Anonymous, None) => Gate::Anonymous,
            (_, Some(_)) => {
                return Err(StartError::Unchangeable { what: "to ask for tokens (token_file)" });
            }
            (_, None) => {
                return Err(StartError::Unchangeable { what: "to ask for no token (token_file)" });
            }
        };
        let tls = http::tls::read(&config.tls).map_err(StartError::Tls)?;
        if tls.is_some() != before.tls.is_some() {
            return Err(StartError::Unchangeable { what: "to encrypt or not (tls.cert)" });
        }
        let webhooks = webhooks(config);
        if !are_alike(&webhooks, &before.webhooks) {
            let what = "to ask for other signatures (routes.NAME.webhook)";
            return Err(StartError::Unchangeable { what });
        }
        let limits =
            HttpLimits { connections_max: before.limits.connections_max, ..config.http.clone() };
        Ok(Terms { limits, rate: config.rate.clone(), gate, tls, webhooks })
    }
}

impl Lane {
    /// Limits the backlog as `config` says of the route `name`, or the spool in front of it. Returns the fields that are not in
    /// force.
    fn limit(&self, name: &str, config: &Config) -> Vec<String> {
        if self.backlog.spool().is_some() {
            self.backlog.set_limits(config.backlog.spool.limits);
            return Vec::new();
        }
        let Some((_, wanted)) = config.backlog_of(name) else { return Vec::new() };
        self.backlog.set_limits(wanted);
        let limits = self.backlog.limits();
        let own = config.routes.get(name);
        let field = |field: &str, own: Option<u64>| match own {
            Some(_) => format!("routes.{name}.{field}"),
            None => format!("backlog.{field}"),
        };
        let events = field("events_max", own.and_then(|route| route.events_max));
        let bytes = field("bytes_max", own.and_then(|route| route.bytes_max));
        let fields = [
            (events, limits.events_max == wanted.events_max),
            (bytes, limits.bytes_max == wanted.bytes_max),
        ];
        let others = fields.into_iter().filter(|(_, is_in_force)| !is_in_force);
        others.map(|(field, _)| field).collect()
    }
}
