//! Errors on calls, contexts and results.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::trace::{Status, TraceContextExt, Tracer};
use traceprop_core::call::{Call, Finished, Options, Outcome, Recorder, Scope, Started};
use traceprop_core::span::{ErrorReport, ErrorType, ResultExt, SpanExt, in_span_sync};

use crate::support::{STORE_ERROR, StoreError, current_trace, global_spans, pairs, texts, traced};

type Texts = Vec<(String, String)>;

/// What `act` records on a fresh span: status, attributes and the attributes of the one event.
fn recorded(act: impl FnOnce(&Context)) -> (Status, Texts, Texts) {
    let (spans, tracer, _) = traced();
    let context = Context::new().with_span(tracer.start("work"));
    act(&context);
    context.span().end();
    let span = spans.named("work");
    assert_eq!(span.events.len(), 1);
    assert_eq!(span.events[0].name, "exception");
    let event = texts(&span.events[0].attributes);
    (span.status, texts(&span.attributes), event)
}

#[test]
fn a_typed_error_is_named_by_its_type() {
    let error = StoreError::because("no room", StoreError::new("disk full"));
    let (status, attributes, event) = recorded(|context| context.record_error(&error));
    assert_eq!(status, Status::error("no room"));
    assert_eq!(attributes, pairs(&[("error.type", STORE_ERROR)]));
    let expected = [
        ("exception.type", STORE_ERROR),
        ("exception.message", "no room"),
    ];
    assert_eq!(event, pairs(&expected));
}

#[test]
fn a_dyn_error_has_no_type() {
    let error: Box<dyn Error + Send + Sync> = "no room".into();
    let (status, attributes, event) = recorded(|context| context.record_error(error.as_ref()));
    assert_eq!(status, Status::error("no room"));
    assert_eq!(attributes, pairs(&[("error.type", "_OTHER")]));
    assert_eq!(event, pairs(&[("exception.message", "no room")]));
}

#[test]
fn the_chain_of_causes_comes_on_request() {
    let disk = StoreError::because("disk full", StoreError::new("quota"));
    let error = StoreError::because("no room", disk);
    let (_, _, event) = recorded(|context| context.record_error_chain(&error));
    let chain = format!("{STORE_ERROR}: no room\ncaused by: disk full\ncaused by: quota");
    let expected = [
        ("exception.type", STORE_ERROR),
        ("exception.message", "no room"),
        ("exception.stacktrace", &chain),
    ];
    assert_eq!(event, pairs(&expected));
}

/// Its own cause, and long.
#[derive(Debug)]
struct Endless;

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..100_000).try_for_each(|_| f.write_str("é"))
    }
}

impl Error for Endless {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }
}

#[derive(Debug)]
struct Loop;

impl fmt::Display for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("again")
    }
}

impl Error for Loop {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self)
    }
}

#[test]
fn messages_and_chains_are_bounded() {
    type Report<'a> = ErrorReport<'a, Endless>;
    let (status, _, event) = recorded(|context| context.record_error_chain(&Endless));
    let message = format!("{}…", "é".repeat(Report::MAX_MESSAGE / 2));
    assert_eq!(status, Status::error(message.clone()));
    assert_eq!(event[1].1, message);
    let chain = &event[2].1;
    assert!(chain.ends_with('…'));
    assert!(chain.len() <= Report::MAX_CHAIN + "…".len());

    let (_, _, event) = recorded(|context| context.record_error_chain(&Loop));
    let causes = event[2].1.matches("\ncaused by: again").count();
    assert_eq!(causes, ErrorReport::<Loop>::MAX_CAUSES);
}

#[test]
fn an_empty_message_leaves_the_name_as_the_description() {
    let error = StoreError::new("");
    let (status, _, event) = recorded(|context| context.record_error(&error));
    assert_eq!(status, Status::error(STORE_ERROR));
    assert_eq!(event[1], ("exception.message".to_owned(), String::new()));
}

#[derive(Debug)]
struct Timeout;

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("took 31 s")
    }
}

impl Error for Timeout {}

impl ErrorType for Timeout {
    fn error_type(&self) -> Cow<'static, str> {
        "timeout".into()
    }
}

#[test]
fn error_type_comes_from_caller_trait_code_or_type() {
    let name = |report: ErrorReport<'_, Timeout>| {
        let (_, attributes, event) = recorded(|context| context.record_report(&report));
        assert_eq!(event[0].1, "span::error::Timeout");
        attributes
    };
    let new = || ErrorReport::new(&Timeout);
    let typed = || ErrorReport::typed(&Timeout);
    let plain = pairs(&[("error.type", "span::error::Timeout")]);
    assert_eq!(name(new()), plain);
    assert_eq!(name(typed()), pairs(&[("error.type", "timeout")]));
    assert_eq!(
        name(typed().error_type("slow")),
        pairs(&[("error.type", "slow")])
    );
    let coded = |error_type| {
        pairs(&[
            ("db.response.status_code", "57014"),
            ("error.type", error_type),
        ])
    };
    assert_eq!(name(new().db_status_code("57014")), coded("57014"));
    assert_eq!(name(typed().db_status_code("57014")), coded("timeout"));
}

#[test]
fn a_call_that_fails_with_an_error_has_one_error_type() {
    let (spans, _, options) = traced();
    let error = StoreError::new("no room");
    let call = Call::client("put").start(&options);
    call.fail(&ErrorReport::new(&error));
    let span = spans.named("put");
    assert_eq!(span.status, Status::error("no room"));
    assert_eq!(
        texts(&span.attributes),
        pairs(&[("error.type", STORE_ERROR)])
    );
    assert_eq!(span.events.len(), 1);
}

#[derive(Debug, Default)]
struct Names(Mutex<Vec<String>>);

impl Recorder for Names {
    fn started(&self, _: &Started<'_>) {}
    fn finished(&self, call: &Finished<'_>) {
        let name = call.outcome.error_type().unwrap_or_default().to_owned();
        self.0.lock().unwrap().push(name);
    }
}

#[test]
fn a_recorder_is_told_of_an_error_that_no_span_records() {
    let names = Arc::new(Names::default());
    let options = Options::new("test", Scope::Off)
        .tracer(NoopTracer::new())
        .recorder(names.clone());
    let call = Call::client("put").start(&options);
    call.fail(&ErrorReport::typed(&Timeout));
    assert_eq!(*names.0.lock().unwrap(), ["timeout"]);
}

#[test]
fn a_call_goes_on_after_an_error() {
    let (spans, _, options) = traced();
    let call = Call::client("put").start(&options);
    call.record_error(&StoreError::new("no room"));
    call.finish(Outcome::Completed);
    let span = spans.named("put");
    assert_eq!(span.status, Status::error("no room"));
    assert_eq!(span.events.len(), 1);
}

#[test]
fn a_result_is_recorded_on_the_innermost_span_and_passed_on() {
    let spans = global_spans();
    let trace = in_span_sync("outer", || {
        let result = in_span_sync("inner", || {
            assert_eq!(Ok::<_, StoreError>(1).record_err().unwrap(), 1);
            Err::<u32, _>(StoreError::new("no room")).record_err_chain()
        });
        assert_eq!(result.unwrap_err().message, "no room");
        current_trace()
    });
    let inner = spans.of_trace(trace, "inner");
    assert_eq!(inner.status, Status::error("no room"));
    assert_eq!(inner.events.len(), 1);
    assert_eq!(inner.events[0].attributes.len(), 3);
    let outer = spans.of_trace(trace, "outer");
    assert_eq!(outer.status, Status::Unset);
    assert!(outer.events.is_empty());
}

#[test]
fn a_boxed_error_says_how_it_is_reported() {
    let spans = global_spans();
    let trace = in_span_sync("boxed", || {
        let failed: Result<(), Box<dyn Error>> = Err("no room".into());
        let failed = failed
            .record_err_with(|error| ErrorReport::new(error.as_ref()).error_type("store_full"));
        assert_eq!(failed.unwrap_err().to_string(), "no room");
        current_trace()
    });
    let span = spans.of_trace(trace, "boxed");
    assert_eq!(
        texts(&span.attributes),
        pairs(&[("error.type", "store_full")])
    );
}

/// A `Display` that uses the current context, which must not be borrowed then.
#[derive(Debug)]
struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _attached = Context::new().attach();
        in_span_sync("while formatting", || f.write_str("busy"))
    }
}

impl Error for Busy {}

#[test]
fn formatting_an_error_may_use_the_context_and_the_span() {
    let spans = global_spans();
    let trace = in_span_sync("busy", || {
        let result = Err::<(), _>(Busy).record_err();
        assert!(result.is_err());
        current_trace()
    });
    assert_eq!(spans.of_trace(trace, "busy").status, Status::error("busy"));
}
