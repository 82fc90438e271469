//! The client, with each middleware and without one.

use futures_util::FutureExt;
use http::Extensions;
use old_opentelemetry::trace::TracerProvider as _;
use opentelemetry::trace::TracerProvider as _;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use reqwest_tracing::TracingMiddleware;
use traceprop_core::propagation::TraceContextPropagator;
use traceprop_http::reqwest::TraceMiddleware;
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::SubscriberExt;

use crate::measure::Work;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampled {
    Yes,
    No,
}

/// A client at work, in the subscriber that its middleware is for.
pub struct Client {
    pub work: Work,
    within: Dispatch,
}

/// Answers in the place of a server.
struct Answer;

#[async_trait::async_trait]
impl Middleware for Answer {
    async fn handle(
        &self,
        request: Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        drop(request);
        Ok(Response::from(http::Response::new("")))
    }
}

impl Client {
    fn new(within: Dispatch, client: ClientWithMiddleware) -> Self {
        let send = move || {
            let sent = client
                .get("http://orders.internal:8080/orders/7?expand=lines")
                .header("accept", "application/json")
                .header("user-agent", "shop/1.2")
                .send();
            sent.now_or_never().is_some_and(|sent| sent.is_ok())
        };
        let work = dispatcher::with_default(&within, || Work::new(send));
        Self { work, within }
    }

    /// Without a middleware that traces.
    pub fn without() -> Self {
        Self::new(Dispatch::none(), builder().with(Answer).build())
    }

    pub fn ours(sampled: Sampled) -> Self {
        use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

        let sampler = match sampled {
            Sampled::Yes => Sampler::AlwaysOn,
            Sampled::No => Sampler::AlwaysOff,
        };
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler)
            .with_span_processor(discard::Discard)
            .build();
        let middleware = TraceMiddleware::new()
            .tracer(provider.tracer("peers"))
            .propagator(TraceContextPropagator::new());
        Self::new(
            Dispatch::none(),
            builder().with(middleware).with(Answer).build(),
        )
    }

    pub fn reqwest_tracing(sampled: Sampled) -> Self {
        use old_opentelemetry_sdk::propagation::TraceContextPropagator;
        use old_opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

        let sampler = match sampled {
            Sampled::Yes => Sampler::AlwaysOn,
            Sampled::No => Sampler::AlwaysOff,
        };
        let provider = SdkTracerProvider::builder()
            .with_sampler(sampler)
            .with_span_processor(discard::Discard)
            .build();
        old_opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let layer = old_tracing_opentelemetry::layer().with_tracer(provider.tracer("peers"));
        let within = Dispatch::new(tracing_subscriber::registry().with(layer));
        let middleware = TracingMiddleware::default();
        Self::new(within, builder().with(middleware).with(Answer).build())
    }

    /// Has its turn.
    pub fn turn(&mut self) {
        dispatcher::with_default(&self.within, || self.work.turn());
    }
}

fn builder() -> ClientBuilder {
    ClientBuilder::new(reqwest::Client::new())
}

/// Drops each span as soon as it ends: what exporting costs is not a middleware's.
mod discard {
    use std::time::Duration;

    #[derive(Debug)]
    pub struct Discard;

    macro_rules! discard {
        ($sdk:ident, $api:ident) => {
            impl $sdk::trace::SpanProcessor for Discard {
                fn on_start(&self, _: &mut $sdk::trace::Span, _: &$api::Context) {}
                fn on_end(&self, _: $sdk::trace::SpanData) {}
                fn force_flush(&self) -> $sdk::error::OTelSdkResult {
                    Ok(())
                }
                fn shutdown_with_timeout(&self, _: Duration) -> $sdk::error::OTelSdkResult {
                    Ok(())
                }
            }
        };
    }
    discard!(opentelemetry_sdk, opentelemetry);
    discard!(old_opentelemetry_sdk, old_opentelemetry);
}
