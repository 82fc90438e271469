//! Services to wrap, and what was recorded of them.

use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use tower::{Layer, Service, ServiceExt};
use traceprop_core::call::Recorder;
use traceprop_core::testing::{CallRecorder, TestOtel};
use traceprop_http::{ResponseBody, ServerLayer};

pub(crate) const REMOTE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A server layer, and the two who are told of its calls.
pub(crate) struct Watched {
    pub(crate) otel: TestOtel,
    pub(crate) calls: CallRecorder,
}

impl Watched {
    pub(crate) fn new() -> Self {
        Self {
            otel: TestOtel::new("orders"),
            calls: CallRecorder::new(),
        }
    }

    pub(crate) fn recorder(&self) -> Arc<dyn Recorder> {
        Arc::new(self.calls.clone())
    }

    pub(crate) fn layer(&self) -> ServerLayer {
        ServerLayer::new()
            .tracer(self.otel.tracer())
            .recorder(self.recorder())
    }

    /// How the only call ended: `None` where it completed, else its `error.type`.
    #[track_caller]
    pub(crate) fn ended(&self) -> Option<String> {
        let calls = self.calls.finished();
        assert_eq!(calls.len(), 1, "one call, ended once: {calls:#?}");
        self.calls.assert_idle();
        assert_eq!(self.otel.spans().len(), 1, "one span");
        calls[0].outcome.error_type().map(str::to_owned)
    }

    /// Sends `request` to a service that answers with `response`.
    pub(crate) async fn answer<B>(
        &self,
        request: Request<()>,
        response: Response<B>,
    ) -> Response<ResponseBody<B>>
    where
        B: Body + Send + 'static,
    {
        let mut response = Some(response);
        let service = tower::service_fn(move |_| {
            let response = response.take().expect("one request");
            async move { Ok::<_, Infallible>(response) }
        });
        let mut service = self.layer().layer(service);
        match service.ready().await.expect("ready").call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Reads a body to its end, and says whether it ended well.
pub(crate) async fn read<B: Body>(body: B) -> bool {
    body.collect().await.is_ok()
}
