//! The response body, which holds the call to its trailers.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tonic::Code;
use traceprop_core::call::{Call, InCall};

use crate::ending::Ending;
use crate::{error, status};

pin_project! {
    /// A response body that ends its call with the status in its trailers.
    ///
    /// Where they have none it is the one in the response's headers, of the `tonic::Status` in its
    /// extensions, or of its HTTP status. A stream that ends without any is UNKNOWN, one that is dropped
    /// CANCELLED, or DEADLINE_EXCEEDED once the call's timeout has passed. Frames pass through
    /// unchanged.
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
    /// A body whose call is over, or that never had one.
    pub(crate) fn untraced(body: B) -> Self {
        Self {
            inner: InCall::without_call(body),
            ending: None,
        }
    }
}

/// Hands a call on to the body of its response, or ends it where the response has none.
pub(crate) fn respond<B: Body>(
    response: Response<B>,
    mut call: Call,
    mut ending: Ending,
) -> Response<ResponseBody<B>> {
    ending.hear(&mut call, &response);
    if response.body().is_end_stream() {
        ending.finish_with(call, None);
        return response.map(ResponseBody::untraced);
    }
    response.map(|body| ResponseBody {
        inner: InCall::new(body, call),
        ending: Some(ending),
    })
}

/// What a frame means for a call.
enum Seen {
    /// It goes on.
    Message,
    /// It has ended, with the status that trailers hold.
    End(Option<Code>),
    /// It has failed.
    Error(Code),
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
        let seen = match look_at(frame.as_ref()) {
            // Nobody polls a body again that says it has ended.
            Seen::Message if !this.inner.get_ref().is_some_and(Body::is_end_stream) => {
                return Poll::Ready(frame);
            }
            Seen::Message => Seen::End(None),
            seen => seen,
        };
        if let Some(call) = this.inner.take_call()
            && let Some(ending) = this.ending.take()
        {
            match seen {
                Seen::Error(code) => ending.finish(call, code),
                Seen::End(code) => ending.finish_with(call, code),
                Seen::Message => {}
            }
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

fn look_at<D, E: 'static>(frame: Option<&Result<Frame<D>, E>>) -> Seen {
    match frame {
        Some(Ok(frame)) => match frame.trailers_ref() {
            Some(trailers) => Seen::End(status::in_headers(trailers)),
            None => Seen::Message,
        },
        Some(Err(error)) => Seen::Error(error::status_of(error).unwrap_or(Code::Unknown)),
        None => Seen::End(None),
    }
}
