//! The exchanges, and what must be true of their traces.

use std::time::Duration;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    FutureExt, SpanContext, SpanId, SpanKind as OurKind, TraceContextExt, TraceFlags, TraceId,
    TraceState,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use traceprop_core::tree::Span;

use crate::collector::{Collector, Theirs};
use crate::format::Format;
use crate::ours::{Ours, plain};
use crate::peer::Peer;
use crate::{Fallible, check};

/// A peer, and our service in one format.
pub(crate) struct Exchange<'a> {
    peer: &'a Peer,
    collector: &'a Collector,
    format: &'a Format,
    ours: Ours,
}

impl<'a> Exchange<'a> {
    pub(crate) async fn new(
        peer: &'a Peer,
        collector: &'a Collector,
        format: &'a Format,
    ) -> Fallible<Self> {
        Ok(Self {
            peer,
            collector,
            format,
            ours: Ours::listen(format).await?,
        })
    }

    /// A call of ours, to the peer, and from there to our leaf. Gives the number of spans.
    pub(crate) async fn ours_first(&self) -> Fallible<usize> {
        let caller = self.caller(TraceFlags::SAMPLED)?;
        let trace_id = caller.span().span_context().trace_id();
        let arrived = self.call_and_back(caller).await?;
        let tenant = if self.format.carries_baggage {
            "acme"
        } else {
            ""
        };
        let vendor = if self.format.carries_state {
            "kept"
        } else {
            ""
        };
        let want = format!("{trace_id} true 1 {tenant} {vendor}");
        check(arrived == want, || {
            format!("{}: {arrived:?} arrived, not {want:?}", self.format.name())
        })?;

        let ours = self.ours(trace_id, 2)?;
        let client = of_ours(&ours, &OurKind::Client)?;
        let theirs = self.theirs(trace_id, 2).await?;
        let server = of_theirs(&theirs, SpanKind::Server, Some(client.span_id))?;
        let leaf = of_ours(&ours, &OurKind::Server)?;
        self.is_called(&theirs, leaf, server)?;
        Ok(ours.len() + theirs.len())
    }

    /// A call to the peer that nobody traces, from there to our chain, and to the peer's leaf.
    pub(crate) async fn theirs_first(&self) -> Fallible<usize> {
        let last = self.peer.url("/leaf");
        let chain = self.ours.url(&format!("/chain?url={last}"));
        let sent = plain()?
            .get(self.peer.url("/call"))
            .query(&[("url", chain)]);
        let answer = sent.send().await?.error_for_status()?.text().await?;
        check(answer == "leaf", || {
            format!("the peer's leaf said {answer:?}")
        })?;

        let spans = self.ours.otel.spans();
        let last = spans.last().ok_or("we made no span")?;
        let trace_id = last.trace_id;
        let ours = self.ours(trace_id, 2)?;
        let (server, client) = (
            of_ours(&ours, &OurKind::Server)?,
            of_ours(&ours, &OurKind::Client)?,
        );
        check(client.parent_span_id == Some(server.span_id), || {
            "our call is no child of our server's".to_owned()
        })?;
        let theirs = self.theirs(trace_id, 3).await?;
        let root = of_theirs(&theirs, SpanKind::Server, None)?;
        self.is_called(&theirs, server, root)?;
        of_theirs(&theirs, SpanKind::Server, Some(client.span_id))?;
        Ok(ours.len() + theirs.len())
    }

    /// As the first one, in a trace that is not sampled: nobody records a span of it.
    pub(crate) async fn not_sampled(&self) -> Fallible<()> {
        let caller = self.caller(TraceFlags::NOT_SAMPLED)?;
        let trace_id = caller.span().span_context().trace_id();
        let arrived = self.call_and_back(caller).await?;
        let start = format!("{trace_id} false 1 ");
        check(arrived.starts_with(&start), || {
            format!("{}: {arrived:?} arrived, not sampled", self.format.name())
        })?;
        // Longer than the peer keeps its spans.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let theirs = self.collector.all();
        let recorded = theirs.iter().any(|span| span.trace_id == trace_id)
            || self
                .ours
                .otel
                .spans()
                .iter()
                .any(|span| span.trace_id == trace_id);
        check(!recorded, || {
            "spans of a trace that is not sampled".to_owned()
        })
    }

    /// The context of whoever calls first, with a tracestate and baggage.
    fn caller(&self, flags: TraceFlags) -> Fallible<Context> {
        let ids = RandomIdGenerator::default();
        let (trace_id, span_id) = (ids.new_trace_id(), ids.new_span_id());
        let state = TraceState::from_key_value([("vendor", "kept")])?;
        let remote = SpanContext::new(trace_id, span_id, flags, true, state);
        Ok(Context::new()
            .with_remote_span_context(remote)
            .with_baggage([KeyValue::new("tenant", "acme")]))
    }

    async fn call_and_back(&self, caller: Context) -> Fallible<String> {
        let url = self.peer.url("/call");
        let sent = self
            .ours
            .client
            .get(url)
            .query(&[("url", self.ours.url("/leaf"))]);
        let response = sent.send().with_context(caller).await?;
        Ok(response.error_for_status()?.text().await?)
    }

    /// Our spans of a trace.
    fn ours(&self, trace_id: TraceId, count: usize) -> Fallible<Vec<Span>> {
        let mut spans = self.ours.otel.spans();
        spans.retain(|span| span.trace_id == trace_id && span.kind != OurKind::Internal);
        check(spans.len() == count, || {
            format!("{} spans are ours, not {count}", spans.len())
        })?;
        Ok(spans)
    }

    /// The peer's spans of a trace: so many calls, and what its frameworks add.
    async fn theirs(&self, trace_id: TraceId, calls: usize) -> Fallible<Vec<Theirs>> {
        let spans = self.collector.spans(trace_id, calls).await?;
        let is_call = |span: &&Theirs| matches!(span.kind, SpanKind::Server | SpanKind::Client);
        let mut found = spans.iter().filter(is_call).count();
        let mut spans = spans;
        // Those of frameworks may have come first.
        while found < calls {
            spans = self.collector.spans(trace_id, spans.len() + 1).await?;
            found = spans.iter().filter(is_call).count();
        }
        Ok(spans)
    }

    /// That `server`, which is ours, was called by a client span of the peer's below `above`.
    fn is_called(&self, theirs: &[Theirs], server: &Span, above: &Theirs) -> Fallible<()> {
        let by_id = |id| theirs.iter().find(|span| Some(span.span_id) == id);
        let caller = by_id(server.parent_span_id).ok_or("the peer has no span that called us")?;
        check(caller.kind == SpanKind::Client, || {
            format!("a span of the kind {:?} called us", caller.kind)
        })?;
        let mut at = Some(caller);
        for _ in 0..theirs.len() {
            at = at.and_then(|span| by_id(span.parent));
            if at.is_some_and(|span| span.span_id == above.span_id) {
                return Ok(());
            }
        }
        Err("the peer's call is not below its server's span".into())
    }
}

fn of_ours<'a>(spans: &'a [Span], kind: &OurKind) -> Fallible<&'a Span> {
    let found = spans.iter().find(|span| span.kind == *kind);
    found.ok_or_else(|| format!("none of our spans is a {kind:?}'s").into())
}

fn of_theirs(spans: &[Theirs], kind: SpanKind, parent: Option<SpanId>) -> Fallible<&Theirs> {
    let found = spans
        .iter()
        .find(|span| span.kind == kind && span.parent == parent);
    found.ok_or_else(|| {
        format!("none of the peer's spans is a {kind:?} with the parent {parent:?}: {spans:#?}")
            .into()
    })
}
