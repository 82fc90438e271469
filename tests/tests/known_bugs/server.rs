//! What a server's span and its metrics say, and a gRPC client's.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, Value};
use prometheus::{Registry, TextEncoder};
use tower::{Layer, Service, service_fn};
use traceprop_core::call::{CurrentCall, Recorder, Scope};
use traceprop_core::testing::TestOtel;
use traceprop_core::tree::Span;
use traceprop_http::{ServerLayer, TrustedProxies};
use traceprop_metrics::PrometheusRecorder;

/// How long the body takes.
const BODY: Duration = Duration::from_millis(30);

/// A body of one frame, whose end takes its time; it may have trailers.
#[derive(Default)]
struct Slow(Option<Bytes>, Option<HeaderMap>);

impl Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(data) = self.0.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        std::thread::sleep(BODY);
        let trailers = self.1.take();
        Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
    }
}

/// One request through the layer, read to its end: its span, and what the service said.
fn served(otel: &TestOtel) -> (Span, Bytes) {
    let layer = ServerLayer::new()
        .tracer(otel.tracer())
        .scope(Scope::Off)
        .trusted_proxies(TrustedProxies::x_forwarded(1));
    let mut service = layer.layer(service_fn(|_: Request<Full<Bytes>>| {
        CurrentCall::set_route("/orders/{id}");
        // In `call`, before any future is polled.
        let span = Context::current().span().span_context().span_id();
        let body = Slow(Some(span.to_string().into()), None);
        std::future::ready(Ok::<_, Infallible>(Response::new(body)))
    }));
    let request = Request::get("/orders/7")
        .header("host", "shop.example:8080")
        .header("authorization", "Bearer hush")
        .header("cookie", "session=hush")
        .header("x-forwarded-for", "192.0.2.7")
        .body(Full::default())
        .unwrap();
    let response = service.call(request).now_or_never().unwrap().unwrap();
    let body = response.into_body().collect().now_or_never().unwrap();
    (otel.spans().remove(0), body.unwrap().to_bytes())
}

#[test]
fn a_span_holds_no_secret() {
    let (span, _) = served(&TestOtel::new("ours"));
    let mut values = span.attributes.iter().map(|kv| kv.value.to_string());
    assert!(!values.any(|value| value.contains("hush")), "{span:#?}");
}

#[test]
fn ports_and_status_codes_are_numbers() {
    let (span, _) = served(&TestOtel::new("ours"));
    for key in ["server.port", "http.response.status_code"] {
        assert!(matches!(span.attribute(key), Some(Value::I64(_))), "{key}");
    }
}

#[test]
fn a_span_lasts_until_the_body_s_end() {
    let (span, _) = served(&TestOtel::new("ours"));
    assert!(span.duration() >= BODY, "{:?}", span.duration());
}

#[test]
fn a_client_behind_a_proxy_is_recorded_where_it_is_asked_for() {
    let (span, _) = served(&TestOtel::new("ours"));
    let client = span.attribute("client.address");
    assert_eq!(client, Some(&"192.0.2.7".into()));
}

#[test]
fn what_a_service_does_in_call_is_inside_of_the_trace() {
    let (span, said) = served(&TestOtel::new("ours"));
    assert_eq!(said, span.span_id.to_string());
}

/// The samples of a gauge or a histogram, after this many requests of strangers.
fn metrics(name: &str, answers: bool) -> Vec<f64> {
    let registry = Registry::new();
    let recorder: Arc<dyn Recorder> = Arc::new(PrometheusRecorder::register(&registry).unwrap());
    let layer = ServerLayer::new()
        .tracer(TestOtel::new("ours").tracer())
        .scope(Scope::Off)
        .recorder(recorder);
    let mut service = layer.layer(service_fn(move |_: Request<Full<Bytes>>| async move {
        if !answers {
            std::future::pending::<()>().await;
        }
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    for number in 0..20 {
        let request = Request::builder()
            .method(format!("BREW{number}").as_str())
            .uri("/orders/7")
            .header("host", format!("h{number}.example"))
            .body(Full::default())
            .unwrap();
        // Where it does not answer, the client goes away.
        drop(service.call(request).now_or_never());
    }
    // As text: what the values are called in memory depends on the features of `prometheus`.
    let text = TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    let samples = text.lines().filter(|line| {
        let rest = line.strip_prefix(name).unwrap_or_default();
        rest.starts_with('{') || rest.starts_with("_count{")
    });
    samples
        .map(|sample| sample.rsplit(' ').next().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn a_client_that_goes_away_is_no_longer_active() {
    let active = metrics("http_server_active_requests", false);
    assert!(
        !active.is_empty() && active.iter().all(|active| *active == 0.0),
        "{active:?}"
    );
}

#[test]
fn a_stranger_s_methods_and_hosts_are_no_labels() {
    let series = metrics("http_server_request_duration_seconds", true);
    assert_eq!(series.len(), 1);
}

#[test]
fn a_grpc_status_in_the_trailers_is_an_error_of_the_client_s() {
    let code = || HeaderValue::from_static("5");
    for in_trailers in [true, false] {
        let otel = TestOtel::new("ours");
        let layer = traceprop_grpc::ClientLayer::new().tracer(otel.tracer());
        let mut client = layer.layer(service_fn(move |_: Request<Full<Bytes>>| {
            let mut response = Response::new(Slow::default());
            let mut status = HeaderMap::new();
            status.insert("grpc-status", code());
            match in_trailers {
                true => response.body_mut().1 = Some(status),
                false => *response.headers_mut() = status,
            }
            std::future::ready(Ok::<_, Infallible>(response))
        }));
        let request = Request::post("http://payments.internal/payments.Payments/Verify")
            .body(Full::default())
            .unwrap();
        let response = client.call(request).now_or_never().unwrap().unwrap();
        drop(response.into_body().collect().now_or_never());
        assert!(otel.spans()[0].is_error(), "in trailers: {in_trailers}");
    }
}
