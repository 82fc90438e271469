//! What goes on after the response: a websocket, or another upgraded connection.

use std::borrow::Cow;
use std::future::Future;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanKind, TraceContextExt, Tracer};
use traceprop_core::call::{Call, InCall, Options, Outcome, Scope};

/// The session on an upgraded connection: a span of its own, in a trace of its own, which links the
/// request that asked for the upgrade.
///
/// The request's span ends with the response, `101 Switching Protocols`: a session goes on for hours,
/// and one span for both would say nothing of either. Make the session in the handler, where the
/// request is current, and run it where the connection is served. The span is INTERNAL, since no request
/// is answered by it, and no metric counts it; it is cancelled if the future is dropped.
///
/// ```
/// use axum::{Router, extract::ws::{WebSocket, WebSocketUpgrade}, response::Response, routing::any};
/// use traceprop_http::{ServerLayer, Session};
///
/// async fn chat(upgrade: WebSocketUpgrade) -> Response {
///     let session = Session::new("chat");
///     upgrade.on_upgrade(|socket| session.run(talk(socket)))
/// }
///
/// async fn talk(mut socket: WebSocket) {
///     while let Some(Ok(message)) = socket.recv().await {
///         tracing::info!("a message"); // an event of the session's span
///         # let _ = message;
///     }
/// }
///
/// let app: Router = Router::new().route("/chat", any(chat)).layer(ServerLayer::new());
/// # let _ = app;
/// ```
#[derive(Clone, Debug)]
#[must_use = "a session starts with `run` or `start`"]
pub struct Session {
    name: Cow<'static, str>,
    request: SpanContext,
    options: Options,
}

impl Session {
    /// A session of the request that is current here, with this name for its span: one of a few.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            request: Context::map_current(|current| current.span().span_context().clone()),
            options: Options::new("traceprop-http", Scope::Linked),
        }
    }

    /// Sets the tracer that starts the span. Default: what `traceprop_core::Telemetry` installed, else
    /// `opentelemetry::global`.
    pub fn tracer<T>(mut self, tracer: T) -> Self
    where
        T: Tracer + Send + Sync + 'static,
        T::Span: Send + Sync + 'static,
    {
        self.options = self.options.tracer(tracer);
        self
    }

    /// Sets whether the session opens a `tracing` span. Default: `Scope::Linked`.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.options = self.options.scope(scope);
        self
    }

    /// Starts the session's span, which ends when the call does.
    #[must_use = "a call that is dropped ends as cancelled"]
    pub fn start(self) -> Call {
        Call::of_kind(SpanKind::Internal, self.name)
            .parent(Context::new())
            .link(self.request)
            .start(&self.options)
    }

    /// Runs the session in its span. It starts when the future is first polled.
    pub async fn run<F: Future>(self, session: F) -> F::Output {
        let session = InCall::new(session, self.start());
        session.run(|call, _| call.finish(Outcome::Completed)).await
    }
}
