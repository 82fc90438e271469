//! The response body, which holds the call to its end.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, StatusCode, header::CONTENT_LENGTH};
use http_body::{Body, Frame, SizeHint};
use opentelemetry::KeyValue;
use pin_project_lite::pin_project;
use traceprop_core::call::{Call, Facts, InCall, Outcome};
use traceprop_core::semconv as key;

use crate::failure::{self, Names};

pin_project! {
    /// A response body that ends its call when it ends.
    ///
    /// That is at the last frame, at trailers, at an error, or when all the bytes that were promised
    /// have been given: servers stop polling then. What is promised is the response's Content-Length,
    /// else what the body itself says of its exact size. A body that is dropped before ends the call as
    /// cancelled. Everything else passes through unchanged.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: InCall<B>,
        // How the call ends if the body comes to its end.
        outcome: Outcome,
        // Bytes still to come, where the length is known.
        remaining: Option<u64>,
        // Bytes so far, where somebody wants to know.
        counted: Option<Count>,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let Some(mut call) = this.inner.close() else {
                return;
            };
            note_size(&mut call, *this.counted);
            // A failed response is a failed call, whether or not its body was read.
            if let Outcome::Failed { .. } = this.outcome {
                call.finish(std::mem::replace(this.outcome, Outcome::Completed));
            }
        }
    }
}

impl<B: Body> ResponseBody<B> {
    /// Runs `body` in `call`, which ends with `outcome` if the body does.
    pub(crate) fn new(body: B, call: Call, outcome: Outcome, length: Option<u64>) -> Self {
        let remaining = length.or_else(|| body.size_hint().exact());
        Self {
            inner: InCall::new(body, call),
            outcome,
            remaining,
            counted: None,
        }
    }

    /// Tells the call how many bytes the body had.
    pub(crate) fn counting(mut self, count: Count) -> Self {
        self.counted = Some(count);
        self
    }

    /// A body whose call is over, or that never had one.
    pub(crate) fn untraced(body: B) -> Self {
        let inner = InCall::without_call(body);
        Self {
            inner,
            outcome: Outcome::Completed,
            remaining: None,
            counted: None,
        }
    }
}

/// The length that the headers promise, in bytes.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether a response to this method with this status has no body to wait for (RFC 9110 §6.4.1).
pub(crate) fn has_no_body(is_head: bool, status: StatusCode) -> bool {
    is_head
        || status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}

/// The bytes of a body, for the metrics and, if asked for, for the span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    bytes: u64,
    on_span: bool,
}

impl Count {
    pub(crate) fn new(on_span: bool) -> Self {
        Self { bytes: 0, on_span }
    }

    /// The bytes of a body that is not read to its end in here.
    pub(crate) fn of(bytes: u64, on_span: bool) -> Self {
        Self { bytes, on_span }
    }
}

/// Completes what is known of the call with the size of its response's body.
pub(crate) fn note_size(call: &mut Call, count: Option<Count>) {
    let Some(Count { bytes, on_span }) = count else {
        return;
    };
    if let Facts::Http(http) = call.facts_mut() {
        http.response_body_size = Some(bytes);
    }
    if on_span {
        let size = i64::try_from(bytes).unwrap_or(i64::MAX);
        call.set_attribute(KeyValue::new(key::HTTP_RESPONSE_BODY_SIZE, size));
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body,
    B::Error: 'static,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let polled = this.inner.as_mut().poll_inside(|body| body.poll_frame(cx));
        let frame = match polled {
            Some(Poll::Ready(frame)) => frame,
            Some(Poll::Pending) => return Poll::Pending,
            None => return Poll::Ready(None),
        };
        let is_end = match &frame {
            None => true,
            Some(Err(error)) => {
                *this.outcome = Outcome::failed(failure::error_type(error, &Names::NONE));
                true
            }
            Some(Ok(frame)) => {
                is_last(frame, this.remaining, this.counted)
                    || this.inner.get_ref().is_some_and(Body::is_end_stream)
            }
        };
        if is_end && let Some(mut call) = this.inner.take_call() {
            note_size(&mut call, *this.counted);
            call.finish(std::mem::replace(this.outcome, Outcome::Completed));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.get_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .get_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

/// Whether nothing can follow `frame`: it is the trailers, or it completes the promised length.
fn is_last<D: bytes::Buf>(
    frame: &Frame<D>,
    remaining: &mut Option<u64>,
    counted: &mut Option<Count>,
) -> bool {
    let Some(data) = frame.data_ref() else {
        return frame.is_trailers();
    };
    let bytes = data.remaining() as u64;
    if let Some(count) = counted {
        count.bytes = count.bytes.saturating_add(bytes);
    }
    match remaining {
        Some(left) => {
            *left = left.saturating_sub(bytes);
            *left == 0
        }
        None => false,
    }
}
