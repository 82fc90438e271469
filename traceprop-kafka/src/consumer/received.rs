//! One message, and the call that processes it.

use std::any::type_name;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use opentelemetry::Context;
use opentelemetry::trace::SpanKind;
use rdkafka::Message;
use rdkafka::message::BorrowedMessage;
use traceprop_core::call::{Call, InCall, Outcome};
use traceprop_core::span::OTHER;

use super::Settings;
use crate::attributes;
use crate::carrier::HeaderExtractor;
use crate::ffi;

/// A message, and the trace that it came with. Derefs to rdkafka's `BorrowedMessage`.
///
/// Give it to [`process`](Self::process) or [`process_sync`](Self::process_sync); where the work does
/// not fit into a closure, [`call`](Self::call) is the same by hand.
///
/// ```
/// use rdkafka::Message;
/// use traceprop_core::call::Outcome;
/// use traceprop_kafka::Received;
///
/// fn by_hand(order: &Received<'_>) {
///     let mut call = order.call();
///     {
///         let _inside = call.enter();
///         // Log lines and spans made here belong to the trace of the sender.
///         assert!(order.offset() >= 0);
///     }
///     call.finish(Outcome::Completed);
/// }
/// ```
pub struct Received<'a> {
    message: BorrowedMessage<'a>,
    settings: &'a Settings,
    context: OnceLock<Context>,
}

impl<'a> Received<'a> {
    pub(super) fn new(message: BorrowedMessage<'a>, settings: &'a Settings) -> Self {
        Self {
            message,
            settings,
            context: OnceLock::new(),
        }
    }

    /// Awaits `work` inside a call of the kind CONSUMER, called `process {topic}`.
    ///
    /// Inside of it the call's context is current. An `Err` ends the span as failed, with the path of
    /// the error's type as `error.type` (`_OTHER` for a boxed `dyn Error`); its text is not recorded,
    /// since it may hold anything of the message: [`process_as`](Self::process_as) can record it. A future that is dropped ends the span as cancelled, a panic as `panic`.
    ///
    /// # Errors
    ///
    /// What `work` returns.
    pub async fn process<'m, T, E, F>(&'m self, work: impl FnOnce(&'m Self) -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        self.process_as(work, judge).await
    }

    /// [`process`](Self::process), but `judge` ends the call by what `work` gave.
    ///
    /// Here with the error's message and its own name for itself:
    ///
    /// ```
    /// use traceprop_core::call::Outcome;
    /// use traceprop_core::span::ErrorReport;
    /// use traceprop_kafka::Received;
    ///
    /// async fn handle(order: &Received<'_>) -> std::io::Result<()> {
    ///     let stored = order.process_as(
    ///         async |_order| Err(std::io::ErrorKind::StorageFull.into()),
    ///         |call, stored| match stored {
    ///             Ok(()) => call.finish(Outcome::Completed),
    ///             Err(error) => call.fail(&ErrorReport::typed(error)),
    ///         },
    ///     );
    ///     stored.await
    /// }
    /// ```
    pub async fn process_as<'m, F: Future>(
        &'m self,
        work: impl FnOnce(&'m Self) -> F,
        judge: impl FnOnce(Call, &F::Output),
    ) -> F::Output {
        // Within a future of its own, so that all of `work` runs inside the call.
        let work = async { work(self).await };
        InCall::new(work, self.call()).run(judge).await
    }

    /// [`process`](Self::process) without a future.
    ///
    /// # Errors
    ///
    /// What `work` returns.
    pub fn process_sync<T, E>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        let mut call = self.call();
        let result = {
            let _inside = call.enter();
            work(self)
        };
        judge(call, &result);
        result
    }

    /// Starts the call that [`process`](Self::process) runs its work in; the sender of the message, and
    /// what is current here, become its parent or its link as the consumer's
    /// [`Relation`](crate::Relation) says.
    ///
    /// Every call is a span of its own. One that is dropped without `finish` ends as cancelled.
    #[must_use = "a call that is dropped ends as cancelled"]
    pub fn call(&self) -> Call {
        let Settings {
            options,
            identity,
            relation,
        } = self.settings;
        let message = &self.message;
        let topic: Arc<str> = Arc::from(ffi::topic(message));
        let call = Call::of_kind(SpanKind::Consumer, identity.span_name(&topic))
            .attributes(identity.at_start(&topic, Some(message.partition())))
            .facts(identity.facts(topic, Some(message.partition()), 1));
        let call = relation.relate(call, self.context()).start(options);
        call.set_attributes(attributes::offset(message.offset()));
        identity.describe(&call, message.key(), message.payload().is_none());
        call
    }

    /// The context that the message carries: its sender's span and baggage; empty where it has none or
    /// a malformed one.
    ///
    /// The headers are read when this is first asked for, or by the first call, and once.
    pub fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            let headers = HeaderExtractor::from_message(&self.message);
            self.settings.options.extract(&headers)
        })
    }

    /// The message without its trace, for what takes rdkafka's type by value.
    #[must_use]
    pub fn into_message(self) -> BorrowedMessage<'a> {
        self.message
    }
}

fn judge<T, E>(call: Call, result: &Result<T, E>) {
    call.finish(match result {
        Ok(_) => Outcome::Completed,
        Err(_) => Outcome::failed(path_of::<E>()),
    });
}

/// The path of a type without its generic arguments; `_OTHER` where a trait object hides it.
fn path_of<E>() -> &'static str {
    let name = type_name::<E>();
    if name.contains("dyn ") {
        return OTHER;
    }
    name.split_once('<').map_or(name, |(path, _)| path)
}

impl<'a> Deref for Received<'a> {
    type Target = BorrowedMessage<'a>;

    fn deref(&self) -> &BorrowedMessage<'a> {
        &self.message
    }
}

impl fmt::Debug for Received<'_> {
    /// Says nothing of the content, which may be anyone's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("partition", &self.message.partition())
            .field("offset", &self.message.offset())
            .finish_non_exhaustive()
    }
}
