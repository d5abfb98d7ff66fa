//! The spans of one route.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use forebay_backlog::Event;
use hyper::Response;
use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::{
    FutureExt as _, Link, SpanBuilder, SpanKind, Status, TraceContextExt as _, Tracer as _,
};
use opentelemetry::{Context, KeyValue};

use super::context;
use super::share::Share;
use crate::config::OtelConfig;
use crate::http::{Problem, Trace};

/// What is told of one route; nothing, where that is turned off.
#[derive(Clone, Default)]
pub(crate) struct Traces(Option<Arc<Telling>>);

struct Telling {
    tracer: BoxedTracer,
    route: Arc<str>,
    share: Share,
}

impl Traces {
    /// Tells the provider that is global in this process.
    pub(crate) fn of(config: &OtelConfig, route: &str) -> Self {
        let telling = config.endpoint.as_ref().map(|_| Telling {
            tracer: global::tracer("forebay"),
            route: route.into(),
            share: Share::new(config.ratio),
        });
        Self(telling.map(Arc::new))
    }

    /// A request is taken in, as a part of the trace that it brings.
    pub(crate) async fn accept<B>(
        &self,
        trace: Option<Trace<'_>>,
        accepting: impl Future<Output = Result<Response<B>, Problem>>,
    ) -> Result<Response<B>, Problem> {
        // Once, whichever way it goes on: what is moved twice has twice the size.
        let accepting = pin!(accepting);
        let Some(span) = self.0.as_ref().and_then(|telling| telling.accept(trace.as_ref())) else {
            return accepting.await;
        };
        let outcome = accepting.with_context(span.clone()).await;
        let status = outcome.as_ref().map_or_else(Problem::status, Response::status);
        let span = span.span();
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        if status.is_server_error() {
            span.set_status(Status::error(""));
        }
        outcome
    }

    /// What events are to remember as their parent: the span that takes them in.
    pub(crate) fn parent(&self) -> Option<String> {
        self.0.as_ref()?;
        let context = Context::current();
        context.has_active_span().then(|| context::traceparent(context.span().span_context()))
    }

    /// So many events go into the backlog, as a part of what takes them in.
    pub(crate) async fn append<F: Future>(&self, events: usize, appending: F) -> F::Output {
        let appending = pin!(appending);
        let span = self.0.as_ref().and_then(|telling| {
            let builder = SpanBuilder::from_name("append").with_kind(SpanKind::Producer);
            telling.within(builder.with_attributes(telling.count(events)))
        });
        match span {
            Some(span) => appending.with_context(span).await,
            None => appending.await,
        }
    }

    /// Events leave the backlog. A trace of its own, where any of them is of one.
    pub(crate) async fn deliver<F: Future>(&self, events: &[Event], delivering: F) -> F::Output {
        let delivering = pin!(delivering);
        let telling = self.0.as_ref();
        let span = telling.filter(|_| context::of_events(events).next().is_some()).map(|telling| {
            let builder = SpanBuilder::from_name("deliver").with_kind(SpanKind::Consumer);
            let builder = builder.with_attributes(telling.count(events.len()));
            telling.begin(builder, &Context::new())
        });
        match span {
            Some(span) => delivering.with_context(span).await,
            None => delivering.await,
        }
    }

    /// Events are written, as a part of what delivers them, with links to what took them in.
    pub(crate) async fn insert<T, E>(
        &self,
        events: &[Event],
        inserting: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let inserting = pin!(inserting);
        let span = self.0.as_ref().and_then(|telling| {
            let links = context::of_events(events).map(Link::with_context).collect();
            let builder = SpanBuilder::from_name("insert").with_kind(SpanKind::Client);
            let builder = builder.with_attributes(telling.count(events.len()));
            telling.within(builder.with_links(links))
        });
        let Some(span) = span else { return inserting.await };
        let outcome = inserting.with_context(span.clone()).await;
        if outcome.is_err() {
            // Not why: it may quote an event.
            span.span().set_status(Status::error("not written; see the log"));
        }
        outcome
    }
}

impl Telling {
    fn accept(&self, trace: Option<&Trace<'_>>) -> Option<Context> {
        let parent = match trace {
            Some(trace) => {
                let parent = context::recorded(trace.parent(), trace.state())?;
                Context::new().with_remote_span_context(parent)
            }
            None if self.share.next() => Context::new(),
            None => return None,
        };
        let builder = SpanBuilder::from_name("accept").with_kind(SpanKind::Server);
        let builder = builder.with_attributes([
            KeyValue::new("http.request.method", "POST"),
            KeyValue::new("http.route", "/events/{route}"),
            KeyValue::new("messaging.destination.name", Arc::clone(&self.route)),
        ]);
        Some(self.begin(builder, &parent))
    }

    /// A part of what is going on, if that is told.
    fn within(&self, builder: SpanBuilder) -> Option<Context> {
        let now = Context::current();
        now.has_active_span().then(|| self.begin(builder, &now))
    }

    /// It ends with the last context that has it.
    fn begin(&self, builder: SpanBuilder, parent: &Context) -> Context {
        parent.with_span(self.tracer.build_with_context(builder, parent))
    }

    fn count(&self, events: usize) -> [KeyValue; 2] {
        let events = i64::try_from(events).unwrap_or(i64::MAX);
        [
            KeyValue::new("messaging.destination.name", Arc::clone(&self.route)),
            KeyValue::new("messaging.batch.message_count", events),
        ]
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("is_on", &self.0.is_some()).finish()
    }
}
