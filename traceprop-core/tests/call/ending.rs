//! However a call ends, it ends once, and its recorder hears of it.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanKind, Status};
use traceprop_core::call::{Call, CurrentCall, Facts, HttpFacts, InCall, Options, Outcome, Scope};
use traceprop_core::testing::{CallRecorder, TestOtel};

struct Watched {
    otel: TestOtel,
    calls: CallRecorder,
    options: Options,
}

impl Watched {
    fn new() -> Self {
        let (otel, calls) = (TestOtel::new("orders"), CallRecorder::new());
        let options = Options::new("test", Scope::Linked)
            .tracer(otel.tracer())
            .recorder(Arc::new(calls.clone()));
        Self {
            otel,
            calls,
            options,
        }
    }

    fn call(&self) -> Call {
        let facts = HttpFacts {
            method: "GET",
            ..HttpFacts::default()
        };
        Call::server("GET").facts(facts.into()).start(&self.options)
    }

    /// `error.type` and status of the only span, and what the recorder heard.
    fn ended(&self) -> (Option<String>, Status, Outcome) {
        let (mut spans, mut calls) = (self.otel.spans(), self.calls.finished());
        assert_eq!((spans.len(), calls.len()), (1, 1));
        self.calls.assert_idle();
        let (span, call) = (spans.remove(0), calls.remove(0));
        assert_eq!(call.span_context.span_id(), span.span_id);
        assert_eq!(call.duration, span.duration(), "from the same instants");
        let error_type = span.attribute("error.type").map(ToString::to_string);
        (error_type, span.status.clone(), call.outcome)
    }
}

#[test]
fn finished() {
    let watched = Watched::new();
    watched.call().finish(Outcome::Completed);
    assert_eq!(watched.ended(), (None, Status::Unset, Outcome::Completed));

    let watched = Watched::new();
    let outcome = Outcome::Failed {
        error_type: "timeout".into(),
        description: Some("no answer".to_owned()),
    };
    watched.call().finish(outcome.clone());
    let error_type = Some("timeout".to_owned());
    assert_eq!(
        watched.ended(),
        (error_type, Status::error("no answer"), outcome)
    );
}

#[test]
fn dropped() {
    let watched = Watched::new();
    drop(watched.call());
    let error_type = Some("cancelled".to_owned());
    assert_eq!(
        watched.ended(),
        (error_type, Status::Unset, Outcome::Cancelled)
    );
}

#[test]
fn unwound() {
    let watched = Watched::new();
    let call = watched.call();
    let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut call = call;
        let _inside = call.enter();
        panic!("a bug");
    }));
    assert!(unwound.is_err());
    let error_type = Some("panic".to_owned());
    assert_eq!(
        watched.ended(),
        (error_type, Status::error(""), Outcome::failed("panic"))
    );
}

#[tokio::test]
async fn run_to_its_end_and_not_polled_at_all() {
    let watched = Watched::new();
    let in_call = InCall::new(async { 1 }, watched.call());
    let one = in_call.run(|call, one| {
        call.set_attribute(KeyValue::new("answer", i64::from(*one)));
        call.finish(Outcome::Completed);
    });
    assert_eq!(one.await, 1);
    assert_eq!(
        watched.otel.spans()[0].attribute("answer"),
        Some(&1_i64.into())
    );

    let watched = Watched::new();
    drop(InCall::new(std::future::pending::<()>(), watched.call()));
    assert_eq!(watched.ended().2, Outcome::Cancelled);
}

#[test]
fn a_route_that_is_learnt_late_names_the_running_server_call() {
    let watched = Watched::new();
    let mut outer = watched.call();
    {
        let _inside = outer.enter();
        {
            // A client's call inside of it is not the one that is named.
            let mut inner = Call::client("GET").start(&watched.options);
            let _inside = inner.enter();
            assert!(CurrentCall::set_route("/orders/{id}"));
        }
    }
    assert!(!CurrentCall::set_route("/nobody"));
    outer.finish(Outcome::Completed);

    let server = watched.calls.finished().pop().expect("the server's call");
    let Facts::Http(facts) = server.facts else {
        panic!("{server:?}")
    };
    assert_eq!(facts.route.as_deref(), Some("/orders/{id}"));
    let mut spans = watched.otel.spans();
    spans.retain(|span| span.kind == SpanKind::Server);
    assert_eq!(spans[0].name, "GET /orders/{id}");
    assert_eq!(
        spans[0].attribute("http.route"),
        Some(&"/orders/{id}".into())
    );
}

#[test]
fn a_panic_that_was_caught_before_the_call_was_dropped() {
    let watched = Watched::new();
    let mut in_call = Box::pin(InCall::new(
        std::future::poll_fn(|_| -> std::task::Poll<()> { panic!("a bug") }),
        watched.call(),
    ));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = in_call.as_mut().poll(&mut cx);
    }));
    assert!(caught.is_err());
    drop(in_call);
    let error_type = Some("panic".to_owned());
    assert_eq!(
        watched.ended(),
        (error_type, Status::error(""), Outcome::failed("panic"))
    );
}

#[test]
fn what_code_inside_says_of_the_outcome_counts() {
    let watched = Watched::new();
    let mut call = watched.call();
    {
        let _inside = call.enter();
        assert!(CurrentCall::set_error("out_of_stock"));
        // A call inside of this one is not meant.
        let mut inner = Call::client("GET").start(&watched.options);
        drop(inner.enter());
        inner.ignore();
        drop(inner);
    }
    assert!(!CurrentCall::set_error("late"), "no call is polled here");
    call.finish(Outcome::Completed);
    let outcomes: Vec<_> = watched
        .calls
        .finished()
        .into_iter()
        .map(|it| it.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [Outcome::Ignored, Outcome::failed("out_of_stock")]
    );
    let spans = watched.otel.spans();
    assert_eq!(spans.len(), 1, "the ignored one is left out");
    assert_eq!(
        spans[0].attribute("error.type"),
        Some(&"out_of_stock".into())
    );
    assert!(spans[0].is_error());
}

#[test]
fn an_ignored_call_leaves_no_span_and_is_counted_out() {
    let watched = Watched::new();
    let mut call = watched.call();
    {
        let _inside = call.enter();
        assert!(CurrentCall::ignore());
    }
    drop(call);
    assert!(watched.otel.spans().is_empty());
    watched.calls.assert_idle();
    assert_eq!(watched.calls.finished()[0].outcome, Outcome::Ignored);
}

#[test]
fn a_name_of_the_user_s_own_outlives_a_route() {
    let watched = Watched::new();
    let facts = HttpFacts {
        method: "GET",
        ..HttpFacts::default()
    };
    let mut call = Call::server("checkout")
        .facts(facts.into())
        .keeps_name()
        .start(&watched.options);
    for _ in 0..2 {
        call.set_route("/checkout/{id}".into());
    }
    call.finish(Outcome::Completed);
    let span = watched.otel.spans().remove(0);
    assert_eq!(span.name, "checkout");
    assert_eq!(
        span.attributes,
        [KeyValue::new("http.route", "/checkout/{id}")]
    );
}
