//! Metrics of servers.

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use opentelemetry::global;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_instrumentation_tower::http::server::LayerBuilder;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use prometheus::Registry;
use std::convert::Infallible;
use tower::{Layer, Service};
use tower_otel::metrics::HttpLayer;
use traceprop_metrics::PrometheusRecorder;

use crate::server::{Inner, ours};
use crate::table::Library::{InstrumentationTower, Ours, TowerOtel};
use crate::table::Row;
use crate::world::World;

pub fn rows() -> Vec<Row> {
    vec![leaks(), is_unbounded()]
}

/// What the server does of the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    GoesAway,
    Waits,
}

/// A service that never answers.
#[derive(Clone)]
struct Never;

impl<B> Service<Request<B>> for Never {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Pending<Result<Self::Response, Infallible>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        std::future::pending()
    }
}

/// A request of a stranger, who chose its method and its host.
fn strange(number: usize) -> Request<Full<Bytes>> {
    let request = Request::builder()
        .method(format!("BREW{number}").as_str())
        .uri("/orders/7")
        .header("host", format!("h{number}.example"));
    request.body(Full::default()).expect("a request")
}

const STRANGERS: usize = 20;

fn drive<L>(client: Client, layer: &L)
where
    L: Layer<Inner> + Layer<Never>,
    <L as Layer<Inner>>::Service: Service<Request<Full<Bytes>>>,
    <L as Layer<Never>>::Service: Service<Request<Full<Bytes>>>,
{
    let mut never = Layer::<Never>::layer(layer, Never);
    let mut inner = Layer::<Inner>::layer(layer, Inner);
    for number in 0..STRANGERS {
        match client {
            Client::GoesAway => drop(never.call(strange(number)).now_or_never()),
            Client::Waits => drop(inner.call(strange(number)).now_or_never()),
        }
    }
}

/// The number of requests in flight, and the number of series of their durations.
struct Seen {
    in_flight: i64,
    series: usize,
}

fn theirs<L>(client: Client, layer: impl FnOnce(&SdkMeterProvider) -> L) -> Seen
where
    L: Layer<Inner> + Layer<Never>,
    <L as Layer<Inner>>::Service: Service<Request<Full<Bytes>>>,
    <L as Layer<Never>>::Service: Service<Request<Full<Bytes>>>,
{
    let world = World::new();
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    global::set_meter_provider(provider.clone());
    let layer = layer(&provider);
    world.run(|| drive(client, &layer));
    provider.force_flush().expect("in memory");
    read(&exporter.get_finished_metrics().expect("in memory"))
}

fn read(all: &[ResourceMetrics]) -> Seen {
    let mut seen = Seen {
        in_flight: 0,
        series: 0,
    };
    let scopes = all.iter().flat_map(ResourceMetrics::scope_metrics);
    for metric in scopes.flat_map(|scope| scope.metrics()) {
        match (metric.name(), metric.data()) {
            ("http.server.active_requests", AggregatedMetrics::I64(MetricData::Sum(sum))) => {
                seen.in_flight += sum.data_points().map(|point| point.value()).sum::<i64>();
            }
            ("http.server.request.duration", AggregatedMetrics::F64(MetricData::Histogram(h))) => {
                seen.series += h.data_points().count();
            }
            _ => {}
        }
    }
    seen
}

fn of_ours(client: Client) -> Seen {
    let world = World::new();
    let registry = Registry::new();
    let recorder = PrometheusRecorder::register(&registry).expect("no other metric");
    let recorder: std::sync::Arc<dyn traceprop_core::call::Recorder> =
        std::sync::Arc::new(recorder);
    let layer = ours(&world).recorder(recorder);
    world.run(|| {
        let mut never = layer.layer(Never);
        let mut inner = layer.layer(Inner);
        for number in 0..STRANGERS {
            match client {
                Client::GoesAway => drop(never.call(strange(number)).now_or_never()),
                Client::Waits => {
                    let answered = inner.call(strange(number)).now_or_never();
                    let response = answered.expect("at once").expect("infallible");
                    drop(response.into_body().collect().now_or_never());
                }
            }
        }
    });
    let families = registry.gather();
    let family = |name: &str| families.iter().find(|family| family.name() == name);
    let in_flight = family("http_server_active_requests").map(|family| {
        let values = family
            .get_metric()
            .iter()
            .map(|metric| metric.get_gauge().get_value());
        values.sum::<f64>() as i64
    });
    Seen {
        // One that is not there is not zero.
        in_flight: in_flight.unwrap_or(-1),
        series: family("http_server_request_duration_seconds")
            .map_or(usize::MAX, |family| family.get_metric().len()),
    }
}

fn all(client: Client) -> [(crate::table::Library, Seen); 3] {
    [
        (Ours, of_ours(client)),
        (
            InstrumentationTower,
            theirs(client, |_| {
                LayerBuilder::builder().build().expect("its defaults")
            }),
        ),
        (
            TowerOtel,
            theirs(client, |provider| {
                HttpLayer::server(&provider.meter("peer"))
            }),
        ),
    ]
}

fn leaks() -> Row {
    Row::new(
        "a client that goes away stays in `http.server.active_requests` for ever",
        all(Client::GoesAway).map(|(library, seen)| (library, seen.in_flight != 0)),
    )
}

fn is_unbounded() -> Row {
    Row::new(
        "a stranger's methods and hosts are labels of the metrics, as many as it likes",
        all(Client::Waits).map(|(library, seen)| (library, seen.series > 1)),
    )
}
