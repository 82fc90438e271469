//! Calls to a database.

mod start;

use std::borrow::Cow;
use std::error::Error;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use super::report::ErrorReport;
use super::run::{judge, judge_with, run_sync};
use crate::call::{InCall, Options};

static RECORD_QUERY_TEXT: AtomicBool = AtomicBool::new(false);

/// Sets whether [`DbCall::query_text`] is recorded in this process. Default: `false`.
///
/// Switch it on only where all queries have placeholders for their values: the text is not sanitized.
/// [`DbCall::record_query_text`] decides for one call.
///
/// ```
/// traceprop_core::span::record_query_text(true);
/// ```
pub fn record_query_text(on: bool) {
    RECORD_QUERY_TEXT.store(on, Ordering::Relaxed);
}

/// One call to a database: a client span by the [database conventions].
///
/// Its name is the summary, else the operation and what it is about: the collection, else the
/// namespace, else the server; else the system alone. A name that must be put together is so once the
/// span records; a sampler sees the operation, and everything else in the attributes.
///
/// An `Err` is recorded as [`ErrorReport::new`] does, or as the `_with` methods are told.
///
/// [database conventions]: https://opentelemetry.io/docs/specs/semconv/db/database-spans/
///
/// ```
/// use traceprop_core::span::{DbCall, ErrorReport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # async fn fetch(_: &str) -> Result<u32, std::num::ParseIntError> { "17".parse() }
/// let sql = "SELECT total FROM orders WHERE id = ?";
/// let total = DbCall::new("postgresql", "SELECT")
///     .collection("orders")
///     .namespace("shop|public")
///     .server("db.internal", 5432)
///     .query_text(sql)
///     .run(fetch(sql))
///     .await;
/// assert_eq!(total, Ok(17));
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a database call starts with `run`, `run_sync` or `start`"]
pub struct DbCall<'a> {
    system: Cow<'static, str>,
    operation: Cow<'static, str>,
    collection: Option<Cow<'static, str>>,
    namespace: Option<Cow<'static, str>>,
    summary: Option<Cow<'static, str>>,
    server: Option<(Cow<'static, str>, Option<u16>)>,
    query_text: Option<&'a str>,
    record_query_text: Option<bool>,
    options: Option<&'a Options>,
    target_in_name: bool,
}

impl<'a> DbCall<'a> {
    /// The longest query text kept, in bytes; a longer one is cut.
    pub const MAX_QUERY_TEXT: usize = 4096;

    /// Describes a call of `operation` (`SELECT`, `findAndModify`), as the application writes it, to
    /// the database `system` (`sqlite`, `postgresql`, `mysql`, `mongodb`).
    ///
    /// An empty operation is one that is not known.
    pub fn new(
        system: impl Into<Cow<'static, str>>,
        operation: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            system: system.into(),
            operation: operation.into(),
            collection: None,
            namespace: None,
            summary: None,
            server: None,
            query_text: None,
            record_query_text: None,
            options: None,
            target_in_name: true,
        }
    }

    /// Sets the one table or collection that the call is about, `db.collection.name`.
    pub fn collection(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.collection = Some(name.into());
        self
    }

    /// Sets the database, `db.namespace`, from the most general part to the most specific.
    pub fn namespace(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.namespace = Some(name.into());
        self
    }

    /// Sets the server's host or socket path, and its port if it has one.
    pub fn server(
        mut self,
        address: impl Into<Cow<'static, str>>,
        port: impl Into<Option<u16>>,
    ) -> Self {
        self.server = Some((address.into(), port.into()));
        self
    }

    /// Sets a short name of the query with few values (`SELECT orders`), `db.query.summary`. An empty
    /// one is none.
    pub fn query_summary(mut self, summary: impl Into<Cow<'static, str>>) -> Self {
        self.summary = Some(summary.into()).filter(|summary| !summary.is_empty());
        self
    }

    /// Sets the query's text, `db.query.text`, with placeholders for the values.
    ///
    /// It is recorded only where [`record_query_text`](Self::record_query_text) or the
    /// [switch of the process](record_query_text()) says so, up to
    /// [`MAX_QUERY_TEXT`](Self::MAX_QUERY_TEXT) bytes; it is copied only then.
    pub fn query_text(mut self, text: &'a str) -> Self {
        self.query_text = Some(text);
        self
    }

    /// Sets whether this call's text is recorded. Default: what [`record_query_text()`] set.
    pub fn record_query_text(mut self, on: bool) -> Self {
        self.record_query_text = Some(on);
        self
    }

    /// Sets the tracer, the scope and the recorder. Default: the process's tracer, no scope, nobody.
    pub fn options(mut self, options: &'a Options) -> Self {
        self.options = Some(options);
        self
    }

    /// Starts the call, a child of the current context, and runs `future` in it.
    ///
    /// The span starts here, not at the first poll.
    pub fn run<F, T, E>(self, future: F) -> impl Future<Output = Result<T, E>> + use<F, T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Error,
    {
        InCall::new(future, self.start()).run(judge)
    }

    /// Like [`run`](Self::run), for any error: `describe` says how it is reported.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use traceprop_core::span::{DbCall, ErrorReport};
    ///
    /// type BoxError = Box<dyn std::error::Error + Send + Sync>;
    /// let lost = async { Err::<u32, BoxError>("no such table".into()) };
    /// let call = DbCall::new("sqlite", "SELECT").collection("orders");
    /// let rows = call.run_with(lost, |error| ErrorReport::new(error.as_ref()).db_status_code("1"));
    /// assert!(rows.await.is_err());
    /// # }
    /// ```
    pub fn run_with<F, T, E, X, D>(
        self,
        future: F,
        describe: D,
    ) -> impl Future<Output = Result<T, E>> + use<F, T, E, X, D>
    where
        F: Future<Output = Result<T, E>>,
        D: FnOnce(&E) -> ErrorReport<'_, X>,
        X: Error + ?Sized,
    {
        InCall::new(future, self.start()).run(|call, result: &Result<T, E>| {
            judge_with(call, result, describe);
        })
    }

    /// Starts the call and runs `work` in it on this thread, for clients that block.
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

    /// Like [`run_sync`](Self::run_sync), for any error: `describe` says how it is reported.
    ///
    /// # Errors
    ///
    /// Returns what `work` returns.
    pub fn run_sync_with<T, E, X>(
        self,
        work: impl FnOnce() -> Result<T, E>,
        describe: impl FnOnce(&E) -> ErrorReport<'_, X>,
    ) -> Result<T, E>
    where
        X: Error + ?Sized,
    {
        run_sync(self.start(), work, |call, result| {
            judge_with(call, result, describe);
        })
    }

    /// Leaves the collection, the namespace and the server out of the name.
    pub(in crate::span) fn without_target_in_name(mut self) -> Self {
        self.target_in_name = false;
        self
    }
}
