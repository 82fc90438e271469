//! What a user may set on either side, beside the options that all adapters share.

use traceprop_core::call::{Call, Options, Scope};

use crate::attribute::StatusAttribute;
use crate::head::{Filter, RequestHead};
use crate::hooks::{EndHook, RequestHook};

/// The settings that both layers have.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) options: Options,
    /// All must allow a call.
    pub(crate) filters: Vec<Filter>,
    pub(crate) status_attribute: StatusAttribute,
    pub(crate) on_request: Option<RequestHook>,
    pub(crate) on_end: Option<EndHook>,
}

impl Common {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            options: Options::new("traceprop-grpc", scope),
            filters: Vec::new(),
            status_attribute: StatusAttribute::default(),
            on_request: None,
            on_end: None,
        }
    }

    pub(crate) fn traces(&self, head: &RequestHead<'_>) -> bool {
        self.filters.iter().all(|filter| filter.allows(head))
    }

    pub(crate) fn started(&self, call: &mut Call, head: &RequestHead<'_>) {
        if let Some(hook) = &self.on_request {
            hook.run(call, head);
        }
    }
}

/// Gives a layer the setters of its [`Common`] settings, which `$common` is the place of.
macro_rules! common_setters {
    ($this:ident => $common:expr) => {
        /// Traces only the calls that `filter` allows; with several, those that all allow. Default:
        /// all.
        ///
        /// The others run as if the layer were not there: no span, no metrics, no context. Costs what
        /// the function does, before anything else is done.
        pub fn filter(
            mut $this,
            filter: impl Fn(&$crate::RequestHead<'_>) -> bool + Send + Sync + 'static,
        ) -> Self {
            $common.filters.push($crate::head::Filter::new(filter));
            $this
        }

        /// Leaves health checks untraced: every service of the package `grpc.health`, as `tonic-health`
        /// serves it. Default: they are traced.
        pub fn skip_health_checks(mut $this) -> Self {
            $common.filters.push($crate::head::Filter::no_health_checks());
            $this
        }

        /// Leaves reflection untraced: every service of the package `grpc.reflection`, as
        /// `tonic-reflection` serves it. Default: it is traced.
        pub fn skip_reflection(mut $this) -> Self {
            $common.filters.push($crate::head::Filter::no_reflection());
            $this
        }

        /// Sets under which name a span has its status. Default:
        /// [`StatusAttribute::Word`](crate::StatusAttribute::Word).
        pub fn status_attribute(mut $this, attribute: $crate::StatusAttribute) -> Self {
            $common.status_attribute = attribute;
            $this
        }

        /// Runs `hook` when a call has started, outside of its scope: to set attributes, or to label
        /// the call for its metrics. Default: none.
        ///
        /// What it copies out of the metadata is recorded as it is; a label must come from a small set.
        pub fn on_request(
            mut $this,
            hook: impl Fn(&mut traceprop_core::call::Call, &$crate::RequestHead<'_>)
            + Send
            + Sync
            + 'static,
        ) -> Self {
            $common.on_request = Some($crate::hooks::RequestHook::new(hook));
            $this
        }

        /// Runs `hook` when the status of a call is known, which is its end; also for one that was
        /// dropped, as CANCELLED or DEADLINE_EXCEEDED. Default: none.
        ///
        /// It must not panic: it may run while the call is dropped.
        pub fn on_end(
            mut $this,
            hook: impl Fn(&mut traceprop_core::call::Call, tonic::Code) + Send + Sync + 'static,
        ) -> Self {
            $common.on_end = Some($crate::hooks::EndHook::new(hook));
            $this
        }

        traceprop_core::option_setters!($this => $common.options);
    };
}

pub(crate) use common_setters;
