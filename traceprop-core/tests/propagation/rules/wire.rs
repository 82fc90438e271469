//! How W3C headers are written, and what carriers other than HTTP's ask for.

use opentelemetry::Context;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use traceprop_core::propagation::{carrier, from_names};

use super::{PARENT, Row, check, hop, read, written};

const ALL: &str = "tracecontext,b3,jaeger";

pub(super) fn rows() -> Vec<Row> {
    vec![
        check("WI1", "one id alone writes nothing", || {
            for (trace, span) in [(1, 0), (0, 1), (0, 0)] {
                let state = "a=1".parse::<TraceState>().unwrap();
                let (trace, span) = (TraceId::from(trace), SpanId::from(span));
                let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, false, state);
                let cx = Context::new().with_remote_span_context(span);
                assert!(written(&from_names(ALL).unwrap(), &cx).0.is_empty());
            }
        }),
        check("WI4 B17", "a span of our own is the next parent", || {
            let cx = read(ALL, &[("traceparent", PARENT), ("tracestate", "a=1")]);
            let provider = SdkTracerProvider::default();
            let child = provider.tracer("test").start_with_context("child", &cx);
            let id = opentelemetry::trace::Span::span_context(&child).span_id();
            let lines = written(&from_names(ALL).unwrap(), &cx.with_span(child));
            for name in ["traceparent", "b3", "uber-trace-id"] {
                assert!(lines.get(name).unwrap().contains(&id.to_string()), "{name}");
            }
            assert_eq!(lines.get("tracestate"), Some("a=1"));
        }),
        hop(
            "WI5 WI3",
            "without spans the remote one goes on",
            "tracecontext",
            &[("traceparent", &PARENT.replace("-01", "-03"))],
            &[("traceparent", &PARENT.replace("-01", "-03"))],
        ),
        check("WI6", "requests bear no header of responses", || {
            let propagator = from_names("tracecontext,baggage,b3,b3multi,jaeger").unwrap();
            use opentelemetry::propagation::TextMapPropagator;
            assert!(
                propagator
                    .fields()
                    .all(|field| field != "server-timing" && field != "traceresponse")
            );
        }),
        check(
            "K4",
            "where names have no hyphens there are formats without",
            || {
                let propagator = from_names("tracecontext,baggage,b3").unwrap();
                use opentelemetry::propagation::TextMapPropagator;
                assert!(propagator.fields().all(|field| !field.contains('-')));
            },
        ),
        check("K5", "names of environment variables", || {
            #[rustfmt::skip]
            let table = [
                ("traceparent", "TRACEPARENT"), ("x-b3-flags", "X_B3_FLAGS"), ("MiXeD_123!", "MIXED_123_"),
                ("0a", "_0A"), ("é", "_"), ("", "_"),
            ];
            for (name, want) in table {
                assert_eq!(carrier::env_name(name), want, "{name:?}");
            }
        }),
    ]
}
