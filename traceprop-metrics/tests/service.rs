//! `/metrics` over HTTP types.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use axum::Router;
use common::span;
use http::header::{ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, HeaderMap, VARY};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use prometheus::{HistogramOpts, IntCounter, Registry};
use tower_service::Service;
use traceprop_metrics::{
    ExemplarHistogramVec, LeStyle, Limits, MetricsBody, MetricsService, OpenMetricsEncoder,
    TargetInfo,
};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0";

fn service() -> MetricsService {
    let registry = Registry::new();
    registry
        .register(Box::new(IntCounter::new("a_total", "A.").unwrap()))
        .unwrap();
    MetricsService::new(registry)
}

/// A service of so many series that the body comes in many pieces.
fn large(series: usize) -> MetricsService {
    let registry = Registry::new();
    let opts = HistogramOpts::new("took_seconds", "T.");
    let took = ExemplarHistogramVec::new(opts, &["n"])
        .unwrap()
        .limits(&Limits::none());
    registry.register(Box::new(took.clone())).unwrap();
    for n in 0..series {
        let label = n.to_string();
        took.with_label_values(&[&label])
            .observe_with(0.3, &span(n as u64 + 1));
    }
    MetricsService::new(registry)
}

fn asking(accept: &str) -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())])
}

fn read(body: MetricsBody) -> Vec<u8> {
    body.pieces().flatten().collect()
}

fn call(request: Request<()>) -> Response<MetricsBody> {
    service().call(request).into_inner().unwrap()
}

#[test]
fn the_scraper_chooses_the_format() {
    #[rustfmt::skip]
    let table: [(&[&str], &str, &str); 4] = [
        (&[],                                                              "text/plain; version=0.0.4; charset=utf-8", "# HELP a_total A.\n"),
        (&["application/openmetrics-text; version=1.0.0"],                 "application/openmetrics-text; version=1.0.0; charset=utf-8", "# TYPE a counter\n"),
        // Two lines of one header are one list.
        (&["text/plain;q=0.5", "application/openmetrics-text"],            "application/openmetrics-text; version=1.0.0; charset=utf-8", "# TYPE a counter\n"),
        (&["application/openmetrics-text; q=0.1", "text/plain;q=0.5"],     "text/plain; version=0.0.4; charset=utf-8", "# HELP a_total A.\n"),
    ];
    for (accept, content_type, start) in table {
        let mut request = Request::get("/metrics");
        for line in accept {
            request = request.header(ACCEPT, *line);
        }
        let response = call(request.body(()).unwrap());
        assert_eq!(response.headers()[CONTENT_TYPE], content_type, "{accept:?}");
        assert_eq!(response.headers()[VARY], "accept, accept-encoding");
        let body = String::from_utf8(read(response.into_body())).unwrap();
        assert!(body.starts_with(start), "{accept:?}: {body}");
        assert_eq!(body.ends_with("# EOF\n"), start.starts_with("# TYPE"));
    }
}

#[test]
fn only_reads_are_scrapes_and_only_get_has_a_body() {
    for (method, status, has_body) in [
        (Method::GET, StatusCode::OK, true),
        (Method::HEAD, StatusCode::OK, false),
        (Method::POST, StatusCode::METHOD_NOT_ALLOWED, false),
    ] {
        let request = Request::builder().method(method).body(()).unwrap();
        let response = call(request);
        assert_eq!(response.status(), status);
        let headers = response.headers();
        assert_eq!(headers.contains_key(ALLOW), status != StatusCode::OK);
        assert_eq!(headers.contains_key(CONTENT_TYPE), status == StatusCode::OK);
        assert_eq!(!read(response.into_body()).is_empty(), has_body);
    }
}

#[test]
fn headers_that_are_nonsense_are_answered_all_the_same() {
    let mut headers = HeaderMap::new();
    for line in [&b"\xff\xfe"[..], b";;=,q=\t", b"", b"*/*;q=9"] {
        headers.append(ACCEPT, line.try_into().unwrap());
        headers.append(ACCEPT_ENCODING, line.try_into().unwrap());
    }
    let response = service().respond(&headers);
    assert_eq!(response.status(), StatusCode::OK);
    assert!(read(response.into_body()).ends_with(b"a_total 0\n"));
}

#[test]
fn the_encoders_settings_hold_in_the_format_the_scraper_chose() {
    let encoder = OpenMetricsEncoder::builder()
        .le_style(LeStyle::Legacy)
        .trace_label("traceID")
        .target(TargetInfo::new("checkout"))
        .build()
        .unwrap();
    let service = large(1).encoder(encoder);
    let body = String::from_utf8(read(service.respond(&asking(OPENMETRICS)).into_body())).unwrap();
    for part in [
        "target_info{service_name=\"checkout\"} 1.0\n",
        "le=\"10\"} 1\n",
        "# {traceID=\"00000000000000000000000000000001\",span_id=\"0000000000000001\"} 0.3 ",
    ] {
        assert!(body.contains(part), "{part} is not in\n{body}");
    }
    let text = String::from_utf8(read(service.respond(&HeaderMap::new()).into_body())).unwrap();
    assert!(
        text.starts_with(
            "# HELP target_info Target metadata\n# TYPE target_info gauge\n\
             target_info{service_name=\"checkout\"} 1\n"
        ),
        "{text}"
    );
}

#[test]
fn a_large_body_comes_in_pieces_that_make_up_the_whole() {
    let service = large(2000);
    let pieces: Vec<_> = service
        .respond(&asking(OPENMETRICS))
        .into_body()
        .pieces()
        .collect();
    assert!(pieces.len() > 15, "{}", pieces.len());
    assert!(pieces.iter().all(|piece| piece.len() < 80 * 1024));
    let whole = pieces.concat();
    assert!(whole.ends_with(b"# EOF\n"));
    let lines = whole.split(|byte| *byte == b'\n').count();
    // Eleven bounds and +Inf, _count and _sum; TYPE, UNIT, HELP, EOF and the end.
    assert_eq!(lines, 2000 * 14 + 5);
}

#[test]
fn a_series_that_is_removed_during_the_scrape_is_still_written() {
    let registry = Registry::new();
    let took = ExemplarHistogramVec::new(HistogramOpts::new("h", "H."), &["n"])
        .unwrap()
        .limits(&Limits::none());
    registry.register(Box::new(took.clone())).unwrap();
    for n in 0..1000 {
        took.with_label_values(&[n.to_string()]).observe_plain(1.0);
    }
    let response = MetricsService::new(registry).respond(&asking(OPENMETRICS));
    let mut pieces = response.into_body().pieces();
    let mut whole = pieces.next().unwrap().to_vec();
    took.reset();
    took.with_label_values(&["new"]).observe_plain(1.0);
    whole.extend(pieces.flatten());
    let count = whole
        .windows(8)
        .filter(|window| window == b"h_count{")
        .count();
    assert_eq!(count, 1000);
}

#[cfg(feature = "gzip")]
#[test]
fn who_accepts_gzip_gets_it_piece_by_piece() {
    use std::io::Read;

    use http::header::CONTENT_ENCODING;

    let service = large(2000);
    let mut headers = asking(OPENMETRICS);
    let plain = read(service.respond(&headers).into_body());
    headers.insert(ACCEPT_ENCODING, "gzip".parse().unwrap());
    let response = service.respond(&headers);
    assert_eq!(response.headers()[CONTENT_ENCODING], "gzip");
    let pieces: Vec<_> = response.into_body().pieces().collect();
    assert!(pieces.len() > 5, "{}", pieces.len());
    let compressed = pieces.concat();
    assert!(compressed.len() * 8 < plain.len(), "{}", compressed.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&*compressed)
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain);

    let never = service.gzip(false).respond(&headers);
    assert!(!never.headers().contains_key(CONTENT_ENCODING));
}

#[tokio::test]
async fn axum_serves_it_as_a_route() {
    let mut app: Router = Router::new().route_service("/metrics", service());
    let request = Request::get("/metrics")
        .header(ACCEPT, OPENMETRICS)
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let response = app.call(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "# TYPE a counter\n# HELP a A.\na_total 0.0\n# EOF\n");
}
