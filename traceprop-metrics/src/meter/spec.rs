//! What a metric is called: as OpenTelemetry has it, and as Prometheus does.
//!
//! The rules are those of the specification's [Prometheus compatibility].
//!
//! [Prometheus compatibility]: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/

/// A metric of the conventions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    /// `http.server.request.duration`.
    pub(super) name: &'static str,
    /// In UCUM: `s`, `By`, `{request}`.
    pub(super) unit: &'static str,
    pub(super) help: &'static str,
}

impl Spec {
    /// The name with the unit in words: `http_server_request_duration_seconds`.
    pub(super) fn prometheus_name(&self) -> String {
        let mut name = prometheus_label(self.name);
        // An annotation such as `{request}` is no unit.
        match self.unit {
            "s" => name.push_str("_seconds"),
            "By" => name.push_str("_bytes"),
            _ => {}
        }
        name
    }
}

/// An attribute's key as a label's name.
pub(super) fn prometheus_label(key: &str) -> String {
    key.replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_table() {
        #[rustfmt::skip]
        let table = [
            // OpenTelemetry's name           unit         Prometheus' name
            ("http.server.request.duration",  "s",         "http_server_request_duration_seconds"),
            ("http.server.request.body.size", "By",        "http_server_request_body_size_bytes"),
            ("http.server.active_requests",   "{request}", "http_server_active_requests"),
        ];
        for (name, unit, want) in table {
            let spec = Spec {
                name,
                unit,
                help: "",
            };
            assert_eq!(spec.prometheus_name(), want);
        }
    }
}
