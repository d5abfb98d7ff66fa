//! Where spans go: to a collector of OpenTelemetry, if this program was built for it (`otel`).

#[cfg(feature = "otel")]
mod collector;
#[cfg(feature = "otel")]
mod exporting;
#[cfg(feature = "otel")]
pub(super) use exporting::install;

#[cfg(not(feature = "otel"))]
mod nothing {
    use forebay_server::OtelConfig;

    use crate::outcome::Failure;

    /// Nothing is told, so nothing has to end.
    #[derive(Debug)]
    pub(in crate::serve) struct Exporting;

    #[expect(clippy::unnecessary_wraps, reason = "as where something can go wrong")]
    pub(in crate::serve) fn install(_: &OtelConfig) -> Result<Exporting, Failure> {
        Ok(Exporting)
    }

    impl Exporting {
        pub(in crate::serve) fn end(self) {}
    }
}
#[cfg(not(feature = "otel"))]
pub(super) use nothing::install;
