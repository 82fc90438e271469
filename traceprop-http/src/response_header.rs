//! A response header that tells the caller which trace it was part of.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use traceprop_core::propagation::TraceContextPropagator;
use traceprop_core::propagation::carrier::TRACEPARENT;

/// How a response names its trace; see
/// [`ServerLayer::trace_response`](crate::ServerLayer::trace_response).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceResponse {
    /// `traceresponse: 00-<trace-id>-<span-id>-<flags>`, from [W3C Trace Context level 3], a draft.
    ///
    /// [W3C Trace Context level 3]: https://w3c.github.io/trace-context/#traceresponse-header
    TraceResponse,
    /// `server-timing: traceparent;desc="00-<trace-id>-<span-id>-<flags>"`, which scripts in a browser
    /// can read from the [`PerformanceResourceTiming`] of a request. Added to what the header has.
    ///
    /// [`PerformanceResourceTiming`]: https://www.w3.org/TR/server-timing/
    ServerTiming,
}

static TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");
static SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

impl TraceResponse {
    /// The header's name.
    pub(crate) fn name(self) -> &'static HeaderName {
        match self {
            Self::TraceResponse => &TRACE_RESPONSE,
            Self::ServerTiming => &SERVER_TIMING,
        }
    }

    /// Writes the header, if the call has a span.
    pub(crate) fn write(self, context: &Context, headers: &mut HeaderMap) {
        if !context.span().span_context().is_valid() {
            return;
        }
        let mut value = Traceparent(None);
        TraceContextPropagator::new().inject_context(context, &mut value);
        let Some(value) = value.0 else {
            return;
        };
        let value = match self {
            Self::TraceResponse => value,
            Self::ServerTiming => ["traceparent;desc=\"", &value, "\""].concat(),
        };
        let Ok(value) = HeaderValue::try_from(value) else {
            return;
        };
        match self {
            Self::TraceResponse => headers.insert(self.name(), value).map_or((), drop),
            Self::ServerTiming => drop(headers.append(self.name(), value)),
        }
    }
}

/// Keeps the value of `traceparent`.
struct Traceparent(Option<String>);

impl Injector for Traceparent {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    #[test]
    fn written_beside_what_is_there() {
        let span_context = SpanContext::new(
            TraceId::from(1),
            SpanId::from(2),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        );
        let cx = Context::new().with_remote_span_context(span_context);
        let mut headers = HeaderMap::new();
        headers.insert("server-timing", HeaderValue::from_static("db;dur=5"));
        headers.insert("traceresponse", HeaderValue::from_static("stale"));
        for kind in [TraceResponse::TraceResponse, TraceResponse::ServerTiming] {
            kind.write(&cx, &mut headers);
            kind.write(&Context::new(), &mut headers);
        }
        let id = "00-00000000000000000000000000000001-0000000000000002-01";
        assert_eq!(headers["traceresponse"], id);
        let timings: Vec<_> = headers.get_all("server-timing").iter().collect();
        assert_eq!(timings, ["db;dur=5", &format!("traceparent;desc=\"{id}\"")]);
    }
}
