//! What is told to OpenTelemetry.

use super::ConfigError;

/// What is told to OpenTelemetry: the spans of events that belong to a trace, where the feature
/// `otel` is built in.
///
/// A [`Service`](crate::Service) tells the tracer provider that is global in its process; whoever
/// starts it sets that one up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OtelConfig {
    /// The collector; without one nothing is told.
    pub endpoint: Option<String>,
    /// Of the requests that bring no trace, the share that begin one: 0 to 1.
    pub ratio: f64,
}

impl OtelConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let wrong = |field: &str, value: String, allowed: &str| {
            Err(ConfigError { field: field.to_owned(), value, allowed: allowed.to_owned() })
        };
        match &self.endpoint {
            Some(url) if cfg!(not(feature = "otel")) => wrong(
                "otel.endpoint",
                url.clone(),
                "nothing: this forebay was built without OpenTelemetry (--features otel)",
            ),
            _ if !(0.0..=1.0).contains(&self.ratio) => {
                wrong("otel.ratio", self.ratio.to_string(), "0 to 1")
            }
            _ => Ok(()),
        }
    }
}
