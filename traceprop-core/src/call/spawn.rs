//! Spawning that carries the context.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use opentelemetry::Context;
use pin_project_lite::pin_project;
use tokio::task::JoinHandle;

/// Spawns a task that goes on in the current context and the current `tracing` span.
///
/// `tokio::spawn` alone starts in neither: spans made there would be roots of new traces. The task
/// does not keep the current call open; what it records after the call's end goes into spans of its
/// own.
///
/// # Panics
///
/// Panics outside of a tokio runtime, as `tokio::spawn` does.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use opentelemetry::Context;
///
/// #[derive(Debug, PartialEq)]
/// struct Tenant(&'static str);
///
/// let _guard = Context::current_with_value(Tenant("acme")).attach();
/// let seen = traceprop_core::spawn(async { Context::current().get::<Tenant>().is_some() });
/// assert!(seen.await.unwrap());
/// # }
/// ```
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(Carried::new(future))
}

/// Runs `work` on tokio's blocking threads, in the current context and the current `tracing` span.
///
/// # Panics
///
/// Panics outside of a tokio runtime, as `tokio::task::spawn_blocking` does.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let sum = traceprop_core::spawn_blocking(|| (1..=10).sum::<i32>());
/// assert_eq!(sum.await.unwrap(), 55);
/// # }
/// ```
pub fn spawn_blocking<F, R>(work: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let (context, span) = (Context::current(), tracing::Span::current());
    tokio::task::spawn_blocking(move || {
        let _scope = span.enter();
        let _context = context.attach();
        work()
    })
}

pin_project! {
    /// Enters the span and attaches the context around every poll and around the drop.
    struct Carried<F> {
        #[pin]
        future: Option<F>,
        context: Context,
        span: tracing::Span,
    }

    impl<F> PinnedDrop for Carried<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _scope = this.span.enter();
            let _context = this.context.clone().attach();
            this.future.set(None);
        }
    }
}

impl<F> Carried<F> {
    fn new(future: F) -> Self {
        Self {
            future: Some(future),
            context: Context::current(),
            span: tracing::Span::current(),
        }
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _scope = this.span.enter();
        // Inside the span: a layer may attach the span's own context when it is entered.
        let _context = this.context.clone().attach();
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }
    }
}
