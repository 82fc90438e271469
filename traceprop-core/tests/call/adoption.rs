//! Who adopts a call's span, what it takes over, and what everybody else gets.

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use traceprop_core::call::{Call, Facts, MessagingFacts, Options, Outcome, RpcFacts, Scope};
use traceprop_core::testing::TestOtel;
use tracing::span::{Attributes, Id};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context as LayerContext, SubscriberExt};

fn options(otel: &TestOtel) -> Options {
    Options::new("test", Scope::Linked).tracer(otel.tracer())
}

/// Looks around as soon as there is a new span: before it is entered.
struct Eager;

impl<S: tracing::Subscriber> Layer<S> for Eager {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: LayerContext<'_, S>) {
        // The first scope of a process is tried out under suppressed telemetry.
        let is_trial = Context::is_current_telemetry_suppressed();
        let attached = Context::current().span().span_context().is_valid();
        assert!(
            attached || is_trial,
            "the call's context is there while its scope opens"
        );
    }
}

#[test]
fn a_scope_of_each_family_is_adopted() {
    let rpc = RpcFacts {
        method: "shop.Payments/Verify".into(),
        ..RpcFacts::default()
    };
    let messaging = MessagingFacts {
        operation: "process",
        ..MessagingFacts::default()
    };
    for facts in [Facts::Other, rpc.into(), messaging.into()] {
        let otel = TestOtel::new("orders");
        let subscriber = tracing_subscriber::registry()
            .with(traceprop_core::layer(otel.tracer()))
            .with(Eager);
        let _guard = tracing::subscriber::set_default(subscriber);
        let mut call = Call::server("work").facts(facts).start(&options(&otel));
        {
            let _inside = call.enter();
            tracing::Span::current().set_attribute("seen", true);
        }
        call.finish(Outcome::Completed);
        let spans = otel.spans();
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].attributes, [KeyValue::new("seen", true)]);
    }
}

#[test]
fn other_spans_of_the_same_tracer_are_ordinary() {
    let otel = TestOtel::new("orders");
    let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(otel.tracer()));
    let _guard = tracing::subscriber::set_default(subscriber);

    // Called like a scope, and not one.
    tracing::error_span!(target: "traceprop", "call").in_scope(|| ());
    let mut call = Call::server("work").start(&options(&otel));
    {
        let _inside = call.enter();
        tracing::error_span!("call").in_scope(|| ());
    }
    call.finish(Outcome::Completed);

    let names: Vec<_> = otel
        .spans()
        .iter()
        .map(|span| span.name.to_string())
        .collect();
    assert_eq!(names, ["call", "call", "work"]);
}

#[test]
fn a_call_inside_of_another_is_its_child() {
    let otel = TestOtel::new("orders");
    let subscriber = tracing_subscriber::registry().with(traceprop_core::layer(otel.tracer()));
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut outer = Call::server("outer").start(&options(&otel));
    {
        let _inside = outer.enter();
        let mut inner = Call::server("inner").start(&options(&otel));
        {
            let _inside = inner.enter();
            tracing::info!("in the inner one");
        }
        inner.finish(Outcome::Completed);
        tracing::info!("in the outer one");
    }
    outer.finish(Outcome::Completed);

    let trace = otel.single_trace();
    trace
        .root("outer")
        .event("in the outer one")
        .children(1)
        .child("inner")
        .event("in the inner one");
    assert!(tracing::Span::current().is_none());
    assert!(!Context::current().has_active_span());
}

/// Keeps what is recorded into a span after it was made.
#[derive(Clone, Default)]
struct Recorded(std::sync::Arc<std::sync::Mutex<String>>);

impl<S: tracing::Subscriber> Layer<S> for Recorded {
    fn on_record(&self, _: &Id, record: &tracing::span::Record<'_>, _: LayerContext<'_, S>) {
        self.0.lock().unwrap().push_str(&format!("{record:?}"));
    }
}

#[test]
fn a_scope_of_the_user_s_own_is_adopted_with_its_fields() {
    let (otel, recorded) = (TestOtel::new("orders"), Recorded::default());
    let subscriber = tracing_subscriber::registry()
        .with(traceprop_core::layer(otel.tracer()))
        .with(recorded.clone());
    let _guard = tracing::subscriber::set_default(subscriber);
    let users =
        || tracing::error_span!("request", tenant = "acme", trace_id = tracing::field::Empty);
    let mut call = Call::server("work").start_in(&options(&otel), users);
    let trace_id = call.context().span().span_context().trace_id();
    {
        let _inside = call.enter();
        tracing::info!("inside");
    }
    call.finish(Outcome::Completed);
    let spans = otel.spans();
    assert_eq!(spans.len(), 1, "adopted, so there is no second span");
    assert_eq!(spans[0].name, "work");
    assert_eq!(spans[0].attributes, [KeyValue::new("tenant", "acme")]);
    assert_eq!(spans[0].events.len(), 1);
    let recorded = recorded.0.lock().unwrap();
    assert!(recorded.contains(&trace_id.to_string()), "{recorded}");
}

#[test]
fn a_call_that_is_never_entered_leaves_one_span_or_none() {
    use opentelemetry_sdk::trace::Sampler;
    for (sampler, spans) in [(Sampler::AlwaysOn, 1), (Sampler::AlwaysOff, 0)] {
        let otel = TestOtel::with_builder("orders", |builder| builder.with_sampler(sampler));
        // The layer's own tracer samples all: a span that it started by itself would be seen.
        let layers = otel.service("layer");
        let subscriber =
            tracing_subscriber::registry().with(traceprop_core::layer(layers.tracer()));
        let _guard = tracing::subscriber::set_default(subscriber);
        Call::server("work")
            .start(&options(&otel))
            .finish(Outcome::Completed);
        drop(Call::server("work").start(&options(&otel)));
        let names: Vec<_> = otel
            .spans()
            .iter()
            .map(|span| span.name.to_string())
            .collect();
        assert_eq!(names, vec!["work"; 2 * spans]);
    }
}
