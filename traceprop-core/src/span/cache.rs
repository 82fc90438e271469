//! Calls to a cache.

use std::borrow::Cow;
use std::error::Error;
use std::future::Future;

use opentelemetry::KeyValue;

use super::bounded::bounded;
use super::db::DbCall;
use super::run::{judge, run_sync};
use crate::call::{Call, InCall, Options};

/// Whether a lookup found a value, a boolean. It is ours: OpenTelemetry's conventions have no such
/// attribute.
pub const CACHE_HIT: &str = "cache.hit";
/// The key of a lookup. It is ours, as [`CACHE_HIT`] is, and recorded only on request.
pub const CACHE_KEY: &str = "cache.key";

/// One call to a cache: a client span by the conventions for databases, those for [Redis] in
/// particular, with [`CACHE_HIT`] for a lookup.
///
/// Its name is the operation: a Redis namespace is a number, which would say nothing there.
///
/// Keys often hold what belongs to a person, and have no end of values: a key is recorded only where
/// [`record_key`](Self::record_key) says so.
///
/// [Redis]: https://opentelemetry.io/docs/specs/semconv/db/redis/
///
/// ```
/// use traceprop_core::span::CacheCall;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # async fn get(_: &str) -> Result<Option<String>, std::io::Error> { Ok(None) }
/// let cached = CacheCall::new("redis", "GET")
///     .namespace("0")
///     .server("cache.internal", 6379)
///     .lookup(get("cart:17"))
///     .await;
/// assert!(cached.unwrap().is_none()); // `cache.hit` is false
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a cache call starts with `lookup`, `run` or `start`"]
pub struct CacheCall<'a> {
    db: DbCall<'a>,
    key: Option<&'a str>,
    record_key: bool,
}

impl<'a> CacheCall<'a> {
    /// The longest key kept, in bytes; a longer one is cut.
    pub const MAX_KEY: usize = 256;

    /// Describes a call of `operation` (`GET`, `HMSET`) to the cache `system` (`redis`, `memcached`).
    pub fn new(
        system: impl Into<Cow<'static, str>>,
        operation: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            db: DbCall::new(system, operation).without_target_in_name(),
            key: None,
            record_key: false,
        }
    }

    /// Sets the namespace, `db.namespace`: for Redis the index of the database.
    pub fn namespace(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.db = self.db.namespace(name);
        self
    }

    /// Sets the server's host or socket path, and its port if it has one.
    pub fn server(
        mut self,
        address: impl Into<Cow<'static, str>>,
        port: impl Into<Option<u16>>,
    ) -> Self {
        self.db = self.db.server(address, port);
        self
    }

    /// Sets the key, which is recorded as [`CACHE_KEY`] only with [`record_key`](Self::record_key), up
    /// to [`MAX_KEY`](Self::MAX_KEY) bytes.
    pub fn key(mut self, key: &'a str) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets whether the key is recorded. Default: `false`.
    pub fn record_key(mut self, on: bool) -> Self {
        self.record_key = on;
        self
    }

    /// Sets the tracer, the scope and the recorder. Default: the process's tracer, no scope, nobody.
    pub fn options(mut self, options: &'a Options) -> Self {
        self.db = self.db.options(options);
        self
    }

    /// Starts the call and runs `future`, which looks a value up: `Some` is a hit.
    pub fn lookup<F, T, E>(
        self,
        future: F,
    ) -> impl Future<Output = Result<Option<T>, E>> + use<F, T, E>
    where
        F: Future<Output = Result<Option<T>, E>>,
        E: Error,
    {
        InCall::new(future, self.start()).run(judge_lookup)
    }

    /// Starts the call and runs `work`, which looks a value up on this thread: `Some` is a hit.
    ///
    /// # Errors
    ///
    /// Returns what `work` returns.
    pub fn lookup_sync<T, E>(
        self,
        work: impl FnOnce() -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E>
    where
        E: Error,
    {
        run_sync(self.start(), work, judge_lookup)
    }

    /// Starts the call and runs `future` in it, which is no lookup.
    pub fn run<F, T, E>(self, future: F) -> impl Future<Output = Result<T, E>> + use<F, T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Error,
    {
        InCall::new(future, self.start()).run(judge)
    }

    /// Starts the call and runs `work` in it on this thread, which is no lookup.
    ///
    /// # Errors
    ///
    /// Returns what `work` returns.
    pub fn run_sync<T, E>(self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        E: Error,
    {
        run_sync(self.start(), work, judge)
    }

    /// Starts the call and gives its guard, as [`DbCall::start`] does.
    #[must_use = "a call that is dropped ends as cancelled"]
    pub fn start(self) -> Call {
        let call = self.db.start();
        if let Some(key) = self.key.filter(|_| self.record_key && call.is_recording()) {
            call.set_attribute(KeyValue::new(CACHE_KEY, bounded(key, Self::MAX_KEY)));
        }
        call
    }
}

fn judge_lookup<T, E: Error>(call: Call, result: &Result<Option<T>, E>) {
    if let Ok(found) = result {
        call.set_attribute(KeyValue::new(CACHE_HIT, found.is_some()));
    }
    judge(call, result);
}
