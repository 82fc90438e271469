//! Database calls.

use std::convert::Infallible;

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceContextExt};
use traceprop_core::call::Outcome;
use traceprop_core::span::{DbCall, ErrorReport, in_span, record_query_text};

use crate::support::{STORE_ERROR, StoreError, current_trace, global_spans, pairs, texts, traced};

/// The name of the span of `call`.
fn name_of(call: DbCall<'_>) -> String {
    let spans = global_spans();
    let call = call.start();
    let trace = call.context().span().span_context().trace_id();
    let id = call.context().span().span_context().span_id();
    call.finish(Outcome::Completed);
    spans.one(trace, id).name.into_owned()
}

#[tokio::test]
async fn a_call_has_the_conventions_attributes() {
    let (spans, _, options) = traced();
    let sql = "SELECT * FROM orders WHERE id = ?";
    let call = DbCall::new("postgresql", "SELECT")
        .options(&options)
        .collection("orders")
        .namespace("shop|public")
        .server("db.internal", 5432)
        .query_text(sql)
        .record_query_text(true);
    let rows = call
        .run(async {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(3)
        })
        .await;
    assert_eq!(rows, Ok(3));

    let span = spans.named("SELECT orders");
    assert_eq!(span.span_kind, SpanKind::Client);
    assert_eq!(span.status, Status::Unset);
    let expected = [
        ("db.system.name", "postgresql"),
        ("db.operation.name", "SELECT"),
        ("db.collection.name", "orders"),
        ("db.namespace", "shop|public"),
        ("server.address", "db.internal"),
        ("server.port", "5432"),
        ("db.query.text", sql),
    ];
    assert_eq!(texts(&span.attributes), pairs(&expected));
}

#[test]
fn names_follow_the_conventions() {
    let select = || DbCall::new("sqlite", "SELECT");
    let unknown = || DbCall::new("sqlite", "");
    assert_eq!(name_of(select()), "SELECT");
    assert_eq!(name_of(select().server("/run/db", None)), "SELECT /run/db");
    assert_eq!(name_of(select().server("db", 1)), "SELECT db:1");
    let shop = select().server("db", 1).namespace("shop");
    assert_eq!(name_of(shop.clone()), "SELECT shop");
    assert_eq!(name_of(shop.clone().collection("orders")), "SELECT orders");
    let summary = shop.collection("orders").query_summary("total of an order");
    assert_eq!(name_of(summary), "total of an order");
    let empty = select().collection("orders").query_summary("");
    assert_eq!(name_of(empty), "SELECT orders");
    assert_eq!(name_of(unknown().collection("orders")), "orders");
    assert_eq!(name_of(unknown()), "sqlite");
}

#[test]
fn an_error_ends_the_call() {
    let (spans, _, options) = traced();
    let call = DbCall::new("sqlite", "INSERT").options(&options);
    let failed = call.run_sync(|| Err::<(), _>(StoreError::new("no room")));
    assert_eq!(failed.unwrap_err().message, "no room");

    let span = spans.named("INSERT");
    assert_eq!(span.status, Status::error("no room"));
    let expected = [
        ("db.system.name", "sqlite"),
        ("db.operation.name", "INSERT"),
        ("error.type", STORE_ERROR),
    ];
    assert_eq!(texts(&span.attributes), pairs(&expected));
    let expected = [
        ("exception.type", STORE_ERROR),
        ("exception.message", "no room"),
    ];
    assert_eq!(span.events.len(), 1);
    assert_eq!(texts(&span.events[0].attributes), pairs(&expected));
}

#[tokio::test]
async fn a_described_error_has_the_databases_code() {
    let (spans, _, options) = traced();
    let call = DbCall::new("postgresql", "INSERT").options(&options);
    let lost = async { Err::<(), Box<dyn std::error::Error>>("duplicate".into()) };
    let result = call
        .clone()
        .run_with(lost, |error| {
            ErrorReport::new(error.as_ref()).db_status_code("23505")
        })
        .await;
    assert!(result.is_err());

    let span = spans.named("INSERT");
    assert_eq!(span.status, Status::error("duplicate"));
    let expected = [
        ("db.system.name", "postgresql"),
        ("db.operation.name", "INSERT"),
        ("db.response.status_code", "23505"),
        ("error.type", "23505"),
    ];
    assert_eq!(texts(&span.attributes), pairs(&expected));

    let call = call.collection("orders");
    let failed = call.run_sync_with(
        || Err::<(), u16>(1062),
        |_| ErrorReport::new(&Duplicate).error_type("duplicate"),
    );
    assert_eq!(failed, Err(1062));
    let span = spans.named("INSERT orders");
    assert_eq!(span.status, Status::error("duplicate key"));
}

#[derive(Debug)]
struct Duplicate;

impl std::fmt::Display for Duplicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("duplicate key")
    }
}

impl std::error::Error for Duplicate {}

#[tokio::test]
async fn a_call_is_the_child_of_the_current_span_and_the_parent_of_its_work() {
    let spans = global_spans();
    let (trace, parent) = in_span("handler", async {
        let call = DbCall::new("sqlite", "DELETE");
        let inside = call.run(async { Ok::<_, Infallible>(in_span("driver", async { 7 }).await) });
        assert_eq!(inside.await, Ok(7));
        let id = Context::current().span().span_context().span_id();
        (current_trace(), id)
    })
    .await;
    let db = spans.of_trace(trace, "DELETE");
    assert_eq!(db.parent_span_id, parent);
    let driver = spans.of_trace(trace, "driver");
    assert_eq!(driver.parent_span_id, db.span_context.span_id());
    assert_ne!(parent, SpanId::INVALID);
}

#[test]
fn a_guard_that_is_dropped_ends_as_cancelled() {
    let (spans, _, options) = traced();
    drop(DbCall::new("sqlite", "UPDATE").options(&options).start());
    let span = spans.named("UPDATE");
    assert_eq!(
        texts(&span.attributes)[2..],
        pairs(&[("error.type", "cancelled")])
    );
}

#[test]
fn the_querys_text_is_off_until_a_switch_is_on() {
    let (spans, _, options) = traced();
    let text = "é".repeat(DbCall::MAX_QUERY_TEXT);
    let call = |name| {
        DbCall::new("sqlite", name)
            .options(&options)
            .query_text(&text)
    };
    let recorded = |name: &'static str| {
        let attributes = texts(&spans.named(name).attributes);
        let text = |(key, value)| (key == "db.query.text").then_some(value);
        attributes.into_iter().find_map(text)
    };
    let ok = || Ok::<_, Infallible>(());
    let cut = format!("{}…", "é".repeat(DbCall::MAX_QUERY_TEXT / 2));

    assert_eq!(call("default").run_sync(ok), Ok(()));
    assert_eq!(recorded("default"), None);
    record_query_text(true);
    assert_eq!(call("on").run_sync(ok), Ok(()));
    assert_eq!(
        call("on, not here").record_query_text(false).run_sync(ok),
        Ok(())
    );
    record_query_text(false);
    assert_eq!(recorded("on"), Some(cut.clone()));
    assert_eq!(recorded("on, not here"), None);
    assert_eq!(
        call("off, but here").record_query_text(true).run_sync(ok),
        Ok(())
    );
    assert_eq!(recorded("off, but here"), Some(cut));
}
