//! The pipeline: spans are gathered and sent by a thread of their own, so no event waits for them.

use std::time::Duration;

use forebay_server::OtelConfig;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

use super::collector::Collector;
use crate::outcome::Failure;

/// A batch has thousands of events; the limit that is usual would name a hundred.
const LINKS_MAX: u32 = 1024;

/// How long the end of the program may wait for the collector.
const END_MAX: Duration = Duration::from_secs(3);

/// What tells, until it is ended.
#[derive(Debug)]
pub(in crate::serve) struct Exporting(Option<SdkTracerProvider>);

/// Begins to tell, if there is whom to tell.
pub(in crate::serve) fn install(config: &OtelConfig) -> Result<Exporting, Failure> {
    let Some(endpoint) = &config.endpoint else { return Ok(Exporting(None)) };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new(endpoint))
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .build()
        .map_err(|error| Failure::Usage(format!("otel.endpoint is {endpoint}: {error}")))?;
    let provider = SdkTracerProvider::builder()
        // What is recorded was decided by whoever sent it, or by otel.ratio.
        .with_sampler(Sampler::AlwaysOn)
        .with_max_links_per_span(LINKS_MAX)
        .with_resource(resource())
        .with_batch_exporter(exporter)
        .build();
    global::set_tracer_provider(provider.clone());
    Ok(Exporting(Some(provider)))
}

/// Who tells, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` say it.
fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    let is_named = ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"].iter().any(|name| {
        let said = std::env::var(name).unwrap_or_default();
        !said.is_empty() && (*name == "OTEL_SERVICE_NAME" || said.contains("service.name="))
    });
    if is_named { resource.build() } else { resource.with_service_name("forebay").build() }
}

impl Exporting {
    /// Tells what is left to tell.
    pub(in crate::serve) fn end(self) {
        if let Some(provider) = self.0
            && let Err(error) = provider.shutdown_with_timeout(END_MAX)
        {
            tracing::warn!(%error, "the last spans were not told");
        }
    }
}
