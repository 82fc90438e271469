//! The response body, which holds the call to its trailers.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tonic::Code;
use traceprop_core::call::{Call, InCall};

use crate::ending::Ending;
use crate::status;

pin_project! {
    /// A response body that ends its call with the status in its trailers.
    ///
    /// A stream that ends without one is UNKNOWN, one that is dropped CANCELLED, or
    /// DEADLINE_EXCEEDED once the call's timeout has passed. Frames pass through unchanged.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: InCall<B>,
        ending: Option<Ending>,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let (Some(call), Some(ending)) = (this.inner.close(), this.ending.take()) {
                ending.dropped(call);
            }
        }
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn new(body: B, call: Call, ending: Ending) -> Self {
        Self {
            inner: InCall::new(body, call),
            ending: Some(ending),
        }
    }

    /// A body whose call is over, or that never had one.
    pub(crate) fn untraced(body: B) -> Self {
        Self {
            inner: InCall::without_call(body),
            ending: None,
        }
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
        let frame = match this.inner.as_mut().poll_inside(|body| body.poll_frame(cx)) {
            Some(Poll::Ready(frame)) => frame,
            Some(Poll::Pending) => return Poll::Pending,
            None => return Poll::Ready(None),
        };
        if let Some(code) = status_of(frame.as_ref())
            && let Some(call) = this.inner.take_call()
            && let Some(ending) = this.ending.take()
        {
            ending.finish(call, code);
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

/// The status that a frame, an error or the end of the stream decides; `None` for data.
fn status_of<D, E: 'static>(frame: Option<&Result<Frame<D>, E>>) -> Option<Code> {
    match frame {
        Some(Ok(frame)) => frame
            .trailers_ref()
            .map(|trailers| status::in_headers(trailers).unwrap_or(Code::Unknown)),
        Some(Err(error)) => Some(status::of_body_error(error)),
        None => Some(Code::Unknown),
    }
}
