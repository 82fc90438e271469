//! The metrics of orders, and the exemplars in them.

use std::net::SocketAddr;

use opentelemetry::trace::TraceId;
use reqwest::Client;
use reqwest::header::ACCEPT;

use crate::error::{Explain, Result};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0";

/// A body in the OpenMetrics format.
#[derive(Debug)]
pub(super) struct Metrics {
    pub(super) body: String,
}

impl Metrics {
    pub(super) async fn scrape(address: SocketAddr) -> Result<Self> {
        let client = Client::builder().no_proxy().build()?;
        let request = client
            .get(format!("http://{address}/metrics"))
            .header(ACCEPT, OPENMETRICS);
        let scraped = async { request.send().await?.error_for_status()?.text().await };
        let body = scraped
            .await
            .explain(|| "cannot scrape the metrics of orders".to_owned())?;
        Ok(Self { body })
    }

    /// The trace ids of all exemplars, in the order of their lines.
    pub(super) fn exemplars(&self) -> Vec<TraceId> {
        self.body.lines().filter_map(exemplar).collect()
    }
}

/// `name_bucket{...} 3 # {trace_id="...",span_id="..."} 0.25 1700000000.0`: OpenMetrics 1.0, Exemplars.
fn exemplar(line: &str) -> Option<TraceId> {
    let (_, labels) = line.split_once(" # {").filter(|_| !line.starts_with('#'))?;
    let (_, value) = labels.split_once("trace_id=\"")?;
    TraceId::from_hex(value.get(..32)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exemplars_are_read_from_buckets_alone() {
        let body = "# HELP a Has # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} in it.\n\
                    a_bucket{le=\"1.0\"} 2 # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\",span_id=\"00f067aa0ba902b7\"} 0.6 1.0\n\
                    a_bucket{le=\"+Inf\"} 2\n\
                    b_bucket{le=\"1.0\"} 2 # {trace_id=\"4bf9\"} 0.6\n\
                    # EOF\n";
        let metrics = Metrics {
            body: body.to_owned(),
        };
        let trace_id = TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
        assert_eq!(metrics.exemplars(), [trace_id]);
    }
}
