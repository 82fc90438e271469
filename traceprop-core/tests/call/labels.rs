//! What a user labels a call with reaches its recorder, and what a recorder asks for its adapter.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;
use traceprop_core::call::{Call, CurrentCall, Labels, Options, Outcome, Scope, Wanted};
use traceprop_core::testing::{CallRecorder, TestOtel};

fn options(calls: &CallRecorder) -> Options {
    Options::new("test", Scope::Off)
        .tracer(TestOtel::new("orders").tracer())
        .recorder(Arc::new(calls.clone()))
}

/// The labels of the calls that are over, as text.
fn labels(calls: &CallRecorder) -> Vec<String> {
    let text = |labels: &Labels| {
        let pairs: Vec<_> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
        pairs.join(",")
    };
    calls.finished().iter().map(|it| text(&it.labels)).collect()
}

#[test]
fn labels_come_from_the_adapter_the_call_and_the_code_inside() {
    let calls = CallRecorder::new();
    let options = options(&calls);
    let start = || Call::server("GET").label("plan", "free").start(&options);

    start().finish(Outcome::Completed);
    let mut set = start();
    assert!(set.set_label("plan", "paid"));
    set.finish(Outcome::Completed);
    let mut inside = start();
    for region in ["eu", "us"] {
        let _inside = inside.enter();
        assert!(CurrentCall::set_label("region", region));
    }
    drop(inside);
    assert_eq!(
        labels(&calls),
        ["plan=free", "plan=paid", "plan=free,region=us"]
    );
}

#[test]
fn the_innermost_call_that_is_handled_here_is_labelled() {
    let calls = CallRecorder::new();
    let options = options(&calls);
    let mut server = Call::server("GET").start(&options);
    {
        let _server = server.enter();
        let mut consumer = Call::of_kind(SpanKind::Consumer, "process").start(&options);
        {
            let _consumer = consumer.enter();
            assert!(CurrentCall::set_label("at", "consumer"));
        }
        consumer.finish(Outcome::Completed);
        let mut client = Call::client("GET").start(&options);
        {
            let _client = client.enter();
            assert!(CurrentCall::set_label("at", "server"));
        }
        client.finish(Outcome::Completed);
    }
    server.finish(Outcome::Completed);
    assert_eq!(labels(&calls), ["at=consumer", "", "at=server"]);
}

#[test]
fn calls_that_are_made_take_the_labels_of_their_context() {
    let calls = CallRecorder::new();
    let options = options(&calls);
    let mut given = Labels::new();
    given.set("purpose", "reminder");
    given.set("plan", "free");
    let parent = Context::new().with_value(given);
    let kinds = [
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Server,
        SpanKind::Consumer,
    ];
    for kind in kinds {
        let call = Call::of_kind(kind, "test").parent(parent.clone());
        let call = call.label("plan", "paid").start(&options);
        call.finish(Outcome::Completed);
    }
    let (made, handled) = ("purpose=reminder,plan=paid", "plan=paid");
    assert_eq!(labels(&calls), [made, made, handled, handled]);
}

#[test]
fn a_call_without_a_recorder_keeps_no_labels() {
    let mut call = Call::server("GET").start(&Options::new("test", Scope::Off));
    assert!(!call.set_label("plan", "free"));
    call.finish(Outcome::Completed);
}

#[test]
fn an_adapter_learns_what_any_of_its_recorders_wants() {
    let sizes = Wanted {
        body_sizes: true,
        ..Wanted::default()
    };
    let template = Wanted {
        url_template: true,
        ..Wanted::default()
    };
    let (first, second) = (
        CallRecorder::wanting(sizes),
        CallRecorder::wanting(template),
    );
    let none = Options::new("test", Scope::Off);
    assert_eq!(none.wanted(), Wanted::default());
    let both = none.recorder(Arc::new((first.clone(), second.clone())));
    assert_eq!(both.wanted(), sizes | template);

    drop(Call::client("GET").start(&both));
    for calls in [first, second] {
        calls.assert_idle();
        assert_eq!(calls.finished().len(), 1);
    }
}
