//! What a user may set of a client, beside the options that all adapters share.

use std::sync::{Arc, OnceLock};

use http::Method;
use traceprop_core::call::Outcome;

use super::hosts::Hosts;
use super::template::UrlTemplate;
use crate::capture::HeaderCapture;
use crate::failure::{self, Names};
use crate::head::{Filter, RequestHead, Route};
use crate::hooks::Hooks;
use crate::method::Methods;
use crate::query::SecretKeys;

/// The settings of [`ClientLayer`](crate::ClientLayer) and of the reqwest middleware.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) filter: Option<Filter>,
    pub(crate) methods: Option<Methods>,
    pub(crate) template: Option<Route>,
    pub(crate) hosts: Option<Arc<Hosts>>,
    pub(crate) query_and_user_agent: bool,
    pub(crate) secret_keys: SecretKeys,
    pub(crate) request_headers: Option<HeaderCapture>,
    pub(crate) response_headers: Option<HeaderCapture>,
    pub(crate) body_sizes: bool,
    pub(crate) until_body_end: bool,
    pub(crate) names: Names,
    pub(crate) hooks: Hooks,
    /// The first host that was called: mostly the only one, whose name need not be copied again.
    first_host: OnceLock<Arc<str>>,
}

impl Settings {
    pub(crate) fn traces(&self, head: &RequestHead<'_>) -> bool {
        let filter = self.filter.as_ref();
        filter.is_none_or(|filter| filter.allows(head))
    }

    /// The method as it is recorded.
    pub(super) fn known_method(&self, method: &Method) -> &'static str {
        let methods = self.methods.unwrap_or_else(Methods::from_env);
        methods.known(method)
    }

    /// Whether the context may go to this host.
    pub(crate) fn propagates_to(&self, host: Option<&str>) -> bool {
        match &self.hosts {
            None => true,
            Some(hosts) => host.is_some_and(|host| hosts.allows(host)),
        }
    }

    /// The host's name, to be kept with a call.
    pub(super) fn shared(&self, host: &str) -> Arc<str> {
        let first = self.first_host.get_or_init(|| Arc::from(host));
        if **first == *host {
            Arc::clone(first)
        } else {
            Arc::from(host)
        }
    }

    /// The template of a request's path: from the request, else from the function that was set.
    pub(super) fn template_of(&self, head: &RequestHead<'_>) -> Option<Arc<str>> {
        match head.extensions.get() {
            Some(UrlTemplate(template)) => Some(template.clone()),
            None => self.template.as_ref()?.of(head),
        }
    }

    /// Which keys of the query are secret, if it is recorded at all.
    pub(super) fn recorded_query(&self) -> Option<&SecretKeys> {
        self.query_and_user_agent.then_some(&self.secret_keys)
    }

    /// How a call ends that no response came for.
    pub(crate) fn failure<E: 'static>(&self, error: &E) -> Outcome {
        Outcome::failed(failure::error_type(error, &self.names))
    }
}

/// The setters of [`Settings`], for the builder that holds it in a field of that name.
macro_rules! client_setters {
    () => {
        /// Traces only the requests that `filter` allows. Default: all.
        ///
        /// The others go out as they are, without the context.
        ///
        /// ```
        /// use traceprop_http::ClientLayer;
        ///
        /// let layer = ClientLayer::new().filter(|head| head.uri.path() != "/health");
        /// # let _ = layer;
        /// ```
        pub fn filter(
            mut self,
            filter: impl Fn(&crate::RequestHead<'_>) -> bool + Send + Sync + 'static,
        ) -> Self {
            self.settings.filter = Some(crate::head::Filter::new(filter));
            self
        }

        /// Sets the methods that are recorded under their own name; all others are `_OTHER`. Case
        /// matters.
        ///
        /// Default: what `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` names, else those of RFC 9110,
        /// `PATCH` and `QUERY`. The names are kept as long as the process.
        pub fn known_methods(mut self, methods: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
            self.settings.methods = Some(crate::method::Methods::new(methods));
            self
        }

        /// Sets what gives the template of a request's path, where the request does not hold a
        /// [`UrlTemplate`](crate::client::UrlTemplate) itself. Default: nothing does, and the span's
        /// name is the method alone.
        ///
        /// It must give a template such as `/orders/{id}` and never the path: it names the span, and
        /// may be a label of the metrics.
        pub fn url_template(
            mut self,
            template: impl Fn(&crate::RequestHead<'_>) -> Option<::std::sync::Arc<str>>
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.settings.template = Some(crate::head::Route::new(template));
            self
        }

        /// Sends the context to these hosts only. Default: to every host.
        ///
        /// A pattern is a host (`orders.internal`, `10.0.0.7`, `::1`), `*.example.com` for every host
        /// below `example.com` but not itself, or `*`. Case and ports make no difference. Requests to
        /// other hosts are traced, and leave without the propagator's headers: also without those
        /// that somebody else put there. A redirect that is followed inside of the client is not seen
        /// here, and takes the headers along to wherever it leads.
        ///
        /// ```
        /// use traceprop_http::ClientLayer;
        ///
        /// let layer = ClientLayer::new().propagate_to(["*.internal", "localhost"]);
        /// # let _ = layer;
        /// ```
        pub fn propagate_to(mut self, hosts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
            let hosts = crate::client::hosts::Hosts::new(hosts);
            self.settings.hosts = Some(::std::sync::Arc::new(hosts));
            self
        }

        /// Sets whether the query is part of `url.full`, and the user agent an attribute. Default:
        /// `false`, which is not what the [conventions] say: a query holds what its author put
        /// there, secrets and names of people among it.
        ///
        /// The values of [`redacted_query_keys`](Self::redacted_query_keys) are never recorded.
        ///
        /// [conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
        pub fn record_query_and_user_agent(mut self, record: bool) -> Self {
            self.settings.query_and_user_agent = record;
            self
        }

        /// Sets the keys whose values are `REDACTED` in a query that is recorded. Case counts.
        ///
        /// Default: those of the [conventions], which the given ones replace: `AWSAccessKeyId`,
        /// `Signature`, `X-Amz-Credential`, `X-Amz-Security-Token`, `X-Amz-Signature`,
        /// `X-Goog-Signature` and `sig`.
        ///
        /// [conventions]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
        pub fn redacted_query_keys(
            mut self,
            keys: impl IntoIterator<Item = impl Into<String>>,
        ) -> Self {
            self.settings.secret_keys = crate::query::SecretKeys::own(keys);
            self
        }

        /// Records these headers of each request, as they leave the caller. Default: none.
        pub fn capture_request_headers(mut self, headers: crate::HeaderCapture) -> Self {
            self.settings.request_headers = Some(headers);
            self
        }

        /// Records these headers of each response. Default: none.
        pub fn capture_response_headers(mut self, headers: crate::HeaderCapture) -> Self {
            self.settings.response_headers = Some(headers);
            self
        }

        /// Sets whether `http.request.body.size` and `http.response.body.size` are attributes, in
        /// bytes: that of the request where its body knows, that of the response where it has a
        /// Content-Length, or as many as were read
        /// [until the body's end](Self::until_body_end). Default: `false`.
        pub fn record_body_sizes(mut self, record: bool) -> Self {
            self.settings.body_sizes = record;
            self
        }

        /// Sets whether a call lasts until its response's body has been read. Default: `false`; it
        /// ends when the response's headers are there.
        ///
        /// An error in the body then fails the call, and a body that is dropped before its end
        /// cancels it: keep it `false` for clients whose users do not read bodies that do not matter
        /// to them.
        pub fn until_body_end(mut self, until: bool) -> Self {
            self.settings.until_body_end = until;
            self
        }

        /// Names errors of the type `E` in `error.type`; for each type one function, the first one
        /// that was set first. Default: the errors of `std::io`, of hyper (feature `hyper`) and of
        /// reqwest (feature `reqwest`) are named by their kind, others by their type.
        ///
        /// The names must be few, and never an error's text. It is asked about the error itself and
        /// about its causes.
        ///
        /// ```
        /// use traceprop_http::ClientLayer;
        ///
        /// let layer = ClientLayer::new().name_errors(|_: &tower::timeout::error::Elapsed| "timeout");
        /// # let _ = layer;
        /// ```
        pub fn name_errors<E: std::error::Error + 'static>(
            mut self,
            name: impl Fn(&E) -> &'static str + Send + Sync + 'static,
        ) -> Self {
            self.settings.names.push(name);
            self
        }

        /// Runs `hook` when a call has started, before its context is injected. Default: nothing.
        ///
        /// Attributes that it sets are kept where the span records; labels go to the metrics.
        pub fn on_request(
            mut self,
            hook: impl Fn(&mut traceprop_core::call::Call, &crate::RequestHead<'_>)
            + Send
            + Sync
            + 'static,
        ) -> Self {
            self.settings.hooks.on_request = Some(::std::sync::Arc::new(hook));
            self
        }

        /// Runs `hook` when the response's headers are there, or the error that came in their place:
        /// without a response then. Default: nothing.
        ///
        /// The outcome is what the call ends with, unless its body changes that later. A call whose
        /// future is dropped is cancelled without the hook.
        ///
        /// ```
        /// use traceprop_core::opentelemetry::KeyValue;
        /// use traceprop_http::ClientLayer;
        ///
        /// let layer = ClientLayer::new().on_response(|call, response, _outcome| {
        ///     if response.is_some_and(|response| response.headers.contains_key("x-cache")) {
        ///         call.set_attribute(KeyValue::new("app.cached", true));
        ///     }
        /// });
        /// # let _ = layer;
        /// ```
        pub fn on_response(
            mut self,
            hook: impl Fn(
                &mut traceprop_core::call::Call,
                Option<&crate::ResponseHead<'_>>,
                &traceprop_core::call::Outcome,
            ) + Send
            + Sync
            + 'static,
        ) -> Self {
            self.settings.hooks.on_response = Some(::std::sync::Arc::new(hook));
            self
        }
    };
}

pub(crate) use client_setters;
