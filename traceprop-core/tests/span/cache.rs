//! Cache calls.

use std::convert::Infallible;

use opentelemetry::trace::{SpanKind, Status};
use traceprop_core::call::Options;
use traceprop_core::span::CacheCall;

use crate::support::{STORE_ERROR, StoreError, pairs, texts, traced};

fn get(options: &Options, operation: &'static str) -> CacheCall<'static> {
    // The settings are cheap to clone, and a test may leak them.
    CacheCall::new("redis", operation).options(Box::leak(Box::new(options.clone())))
}

#[tokio::test]
async fn a_lookup_says_whether_it_hit() {
    let (spans, _, options) = traced();
    let hit = get(&options, "GET").namespace("0").server("cache", 6379);
    let found = hit.lookup(async { Ok::<_, Infallible>(Some(7)) }).await;
    assert_eq!(found, Ok(Some(7)));
    let span = spans.named("GET");
    assert_eq!(span.span_kind, SpanKind::Client);
    assert_eq!(span.status, Status::Unset);
    let expected = [
        ("db.system.name", "redis"),
        ("db.operation.name", "GET"),
        ("db.namespace", "0"),
        ("server.address", "cache"),
        ("server.port", "6379"),
        ("cache.hit", "true"),
    ];
    assert_eq!(texts(&span.attributes), pairs(&expected));

    let missed = get(&options, "MGET").lookup_sync(|| Ok::<Option<u8>, Infallible>(None));
    assert_eq!(missed, Ok(None));
    assert_eq!(
        texts(&spans.named("MGET").attributes)[2..],
        pairs(&[("cache.hit", "false")])
    );
}

#[test]
fn an_error_is_neither_hit_nor_miss() {
    let (spans, _, options) = traced();
    let lost = get(&options, "GET").lookup_sync(|| Err::<Option<u8>, _>(StoreError::new("gone")));
    assert!(lost.is_err());
    let span = spans.named("GET");
    assert_eq!(span.status, Status::error("gone"));
    assert_eq!(
        texts(&span.attributes)[2..],
        pairs(&[("error.type", STORE_ERROR)])
    );
}

#[tokio::test]
async fn the_key_is_recorded_on_request_alone() {
    let (spans, _, options) = traced();
    let set = get(&options, "SET").key("cart:17");
    assert_eq!(set.run_sync(|| Ok::<_, Infallible>(())), Ok(()));
    assert_eq!(texts(&spans.named("SET").attributes).len(), 2);

    let key = "k".repeat(CacheCall::MAX_KEY + 1);
    let set = CacheCall::new("redis", "HMSET")
        .options(&options)
        .key(&key)
        .record_key(true);
    assert_eq!(set.run(async { Ok::<_, Infallible>(()) }).await, Ok(()));
    let cut = format!("{}…", &key[1..]);
    assert_eq!(
        texts(&spans.named("HMSET").attributes)[2..],
        pairs(&[("cache.key", &cut)])
    );
}
