//! What a user may set of a server, beside the options that all adapters share.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::Method;
use traceprop_core::call::{Options, Scope};

use crate::capture::HeaderCapture;
use crate::forwarded::TrustedProxies;
use crate::framework;
use crate::head::{Filter, RequestHead, Route};
use crate::hooks::Hooks;
use crate::method::Methods;
use crate::query::SecretKeys;
use crate::response_header::TraceResponse;

/// The settings of a [`ServerLayer`](super::ServerLayer); its services share one.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) options: Options,
    /// All must allow a request.
    pub(super) filters: Vec<Filter>,
    pub(super) methods: Methods,
    pub(super) route: Option<Route>,
    pub(super) span_name: Option<Function<NameSpan>>,
    pub(super) make_scope: Option<Function<MakeScope>>,
    pub(super) is_public: Option<Filter>,
    pub(super) proxies: Option<TrustedProxies>,
    pub(super) peer: Option<Function<FindPeer>>,
    pub(super) scheme: Option<&'static str>,
    pub(super) query_and_user_agent: bool,
    pub(super) secret_keys: SecretKeys,
    pub(super) body_sizes: bool,
    pub(super) request_headers: Option<HeaderCapture>,
    pub(super) response_headers: Option<HeaderCapture>,
    pub(super) trace_response: Option<TraceResponse>,
    pub(super) hooks: Hooks,
}

pub(super) type NameSpan =
    dyn Fn(&RequestHead<'_>, Option<&str>) -> Option<Cow<'static, str>> + Send + Sync;
pub(super) type MakeScope = dyn Fn(&RequestHead<'_>) -> tracing::Span + Send + Sync;
pub(super) type FindPeer = dyn Fn(&RequestHead<'_>) -> Option<SocketAddr> + Send + Sync;

/// A function of the user's own.
pub(super) struct Function<F: ?Sized>(pub(super) Arc<F>);

impl<F: ?Sized> Clone for Function<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F: ?Sized> fmt::Debug for Function<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}

impl Settings {
    pub(super) fn new() -> Self {
        Self {
            options: Options::new("traceprop-http", Scope::Linked),
            filters: Vec::new(),
            methods: Methods::from_env(),
            route: None,
            span_name: None,
            make_scope: None,
            is_public: None,
            proxies: None,
            peer: None,
            scheme: None,
            query_and_user_agent: false,
            secret_keys: SecretKeys::default(),
            body_sizes: false,
            request_headers: None,
            response_headers: None,
            trace_response: None,
            hooks: Hooks::default(),
        }
    }

    pub(super) fn traces(&self, head: &RequestHead<'_>) -> bool {
        self.filters.iter().all(|filter| filter.allows(head))
    }

    pub(super) fn is_stranger(&self, head: &RequestHead<'_>) -> bool {
        let is_public = self.is_public.as_ref();
        is_public.is_some_and(|is_public| is_public.allows(head))
    }

    /// The method as it is recorded.
    pub(super) fn known_method(&self, method: &Method) -> &'static str {
        self.methods.known(method)
    }

    /// What `look` makes of the request's route.
    pub(super) fn with_route<R>(
        &self,
        head: &RequestHead<'_>,
        look: impl FnOnce(Option<&str>) -> R,
    ) -> R {
        match &self.route {
            Some(route) => look(route.of(head).as_deref()),
            None => look(framework::matched_path(head.extensions)),
        }
    }

    pub(super) fn peer_of(&self, head: &RequestHead<'_>) -> Option<SocketAddr> {
        match &self.peer {
            Some(Function(peer)) => peer(head),
            None => framework::peer(head.extensions),
        }
    }

    /// Whether the recorder or the span is to have body sizes.
    pub(super) fn counts_bodies(&self) -> bool {
        self.body_sizes || self.options.wanted().body_sizes
    }

    /// Whether more is done with a response than noting its status.
    pub(super) fn sees_responses(&self) -> bool {
        self.response_headers.is_some()
            || self.trace_response.is_some()
            || self.hooks.on_response.is_some()
            || self.counts_bodies()
    }
}
