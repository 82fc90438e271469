//! The three clients: hyper's and reqwest's as tower services, and reqwest's with middlewares.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reqwest_middleware::ClientBuilder;
use tower::{Layer, ServiceExt};
use traceprop_http::ClientLayer;
use traceprop_http::client::UrlTemplate;
use traceprop_http::reqwest::TraceMiddleware;

/// A status, and how reading the body went.
pub(crate) type Answer = Option<(u16, Result<String, ()>)>;

/// A client that sends one request and reads the response.
pub(crate) struct Sender {
    pub(crate) name: &'static str,
    send: Box<Send>,
}

type Send = dyn Fn(Request<&'static str>) -> Pin<Box<dyn Future<Output = Answer>>>;

/// All three, each with the layer that the expression configures, which records into `$watched`.
macro_rules! senders {
    ($watched:expr, |$layer:ident| $configured:expr) => {{
        let hyper = || {
            let $layer = traceprop_http::ClientLayer::new()
                .tracer($watched.otel.tracer())
                .recorder($watched.recorder());
            $configured
        };
        let $layer = traceprop_http::reqwest::TraceMiddleware::new()
            .tracer($watched.otel.tracer())
            .recorder($watched.recorder());
        [
            crate::client::senders::Sender::hyper(hyper()),
            crate::client::senders::Sender::reqwest(hyper()),
            crate::client::senders::Sender::middleware($configured),
        ]
    }};
}
pub(crate) use senders;

/// How long a client waits for anything; tests of timeouts wait as long.
pub(crate) const PATIENCE: Duration = Duration::from_millis(300);

impl Sender {
    pub(crate) fn hyper(layer: ClientLayer) -> Self {
        let client: Client<HttpConnector, Full<Bytes>> =
            Client::builder(TokioExecutor::new()).build_http();
        let client = layer.layer(client);
        Self::new("hyper", move |request| {
            let client = client.clone();
            async move {
                let sent = client.oneshot(request.map(Full::from)).await;
                let response = sent.ok()?;
                let status = response.status().as_u16();
                let body = response.into_body().collect().await;
                Some((
                    status,
                    body.map_err(drop).map(|body| text(&body.to_bytes())),
                ))
            }
        })
    }

    pub(crate) fn reqwest(layer: ClientLayer) -> Self {
        let client = layer.layer(client());
        Self::new("reqwest", move |request| {
            let client = client.clone();
            async move {
                let request = reqwest::Request::try_from(request).expect("a request");
                answer(client.oneshot(request).await.ok()?).await
            }
        })
    }

    pub(crate) fn middleware(layer: TraceMiddleware) -> Self {
        let client = ClientBuilder::new(client()).with(layer).build();
        Self::new("reqwest-middleware", move |request| {
            let client = client.clone();
            async move {
                let mut extensions = http::Extensions::new();
                if let Some(template) = request.extensions().get::<UrlTemplate>() {
                    extensions.insert(template.clone());
                }
                let request = reqwest::Request::try_from(request).expect("a request");
                let sent = client.execute_with_extensions(request, &mut extensions);
                answer(sent.await.ok()?).await
            }
        })
    }

    fn new<F>(name: &'static str, send: impl Fn(Request<&'static str>) -> F + 'static) -> Self
    where
        F: Future<Output = Answer> + 'static,
    {
        let send = Box::new(move |request| Box::pin(send(request)) as Pin<Box<_>>);
        Self { name, send }
    }

    /// Sends it; `None` where no response came.
    pub(crate) async fn send(&self, request: Request<&'static str>) -> Answer {
        (self.send)(request).await
    }

    /// Sends `GET url`.
    pub(crate) async fn get(&self, url: &str) -> Answer {
        self.send(Request::get(url).body("").expect("a request"))
            .await
    }
}

/// A reqwest client that meets nobody else's settings.
pub(crate) fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    builder.build().expect("a client")
}

async fn answer(response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    Some((status, response.text().await.map_err(drop)))
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
