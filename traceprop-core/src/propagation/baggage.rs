//! W3C Baggage.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

use super::baggage_list::{Limits, parse};
use super::baggage_print::print;
use super::carrier::{BAGGAGE, Values};
use super::error::{Hook, on_current_context, on_error};
use super::jaeger_baggage;

/// Reads and writes the [W3C Baggage] header, for [`Baggage`] in a [`Context`].
///
/// A malformed member is dropped and the others stay; of members with one name the last counts. At
/// most 64 names and 8192 bytes are read, all headers together (§3.3): what is read ends before the
/// member that would exceed either, and no member is cut. Values are percent-decoded once, and
/// what is then no UTF-8 becomes U+FFFD. Properties stay encoded in the metadata, since decoding
/// could make several of one. Where no member is usable, the context keeps the baggage it has;
/// otherwise what was read replaces it, unless that came in Jaeger's headers: then both are kept, and
/// of one name this one's.
///
/// Members are written in the order of their names, encoded no more than they must be. A member
/// that would exceed 8192 bytes is left out, and no header is written for no members.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, baggage::BaggageExt, propagation::TextMapPropagator};
/// use traceprop_core::propagation::BaggagePropagator;
///
/// let request = HashMap::from([("baggage".to_owned(), "tenant=caf%C3%A9;ttl=5".to_owned())]);
///
/// let propagator = BaggagePropagator::new();
/// let cx = propagator.extract_with_context(&Context::new(), &request);
/// assert_eq!(cx.baggage().get("tenant").map(|value| value.as_str()), Some("café"));
///
/// let mut onward = HashMap::new();
/// propagator.inject_context(&cx, &mut onward);
/// assert_eq!(onward, request);
/// ```
///
/// [W3C Baggage]: https://www.w3.org/TR/baggage/
#[derive(Clone, Debug)]
pub struct BaggagePropagator {
    limits: Limits,
    hook: Hook,
}

impl BaggagePropagator {
    /// Names that are read and written unless less is asked for (§3.3.2), and that a [`Baggage`]
    /// holds at most.
    pub const MAX_MEMBERS: usize = 64;

    /// Bytes of all lists together that are read, and that are written, unless more or less is asked
    /// for (§3.3.2). A [`Baggage`] holds as many at most: of names, decoded values and metadata.
    pub const MAX_BYTES: usize = 8192;

    /// The propagator with its defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            limits: Limits::DEFAULT,
            hook: Hook::NONE,
        }
    }

    /// Limits the names, read and written. Default and most: [`MAX_MEMBERS`](Self::MAX_MEMBERS).
    ///
    /// The specification asks for no less than the default.
    #[must_use]
    pub const fn max_members(mut self, members: usize) -> Self {
        self.limits.members = if members < Self::MAX_MEMBERS {
            members
        } else {
            Self::MAX_MEMBERS
        };
        self
    }

    /// Limits the bytes of all lists together, as they are on the wire, read and written. Default:
    /// [`MAX_BYTES`](Self::MAX_BYTES).
    ///
    /// The specification asks for no less than the default. More lets values through that are long
    /// only as they are encoded; decoded, a [`Baggage`] holds [`MAX_BYTES`](Self::MAX_BYTES), and what
    /// is read ends before the member that would exceed those, too.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    on_error!();
}

impl Default for BaggagePropagator {
    fn default() -> Self {
        Self::new()
    }
}

impl TextMapPropagator for BaggagePropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let value = print(cx.baggage(), self.limits);
        if !value.is_empty() {
            injector.set(BAGGAGE, value);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(values) = Values::of(extractor, BAGGAGE) else {
            return cx.clone();
        };
        let (mut baggage, error) = parse(values.lists(), self.limits);
        if let Some(error) = error {
            self.hook.tell(error);
        }
        if baggage.is_empty() {
            return cx.clone();
        }
        if jaeger_baggage::is_in(cx) {
            add_missing(&mut baggage, cx.baggage());
        }
        cx.with_baggage(baggage)
    }

    on_current_context!();

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: LazyLock<[String; 1]> = LazyLock::new(|| [BAGGAGE.to_owned()]);
        FieldIter::new(FIELDS.as_slice())
    }
}

/// Adds the members of other names, as far as there is room.
fn add_missing(baggage: &mut Baggage, others: &Baggage) {
    for (key, (value, metadata)) in others {
        if baggage.get(key).is_none() {
            baggage.insert_with_metadata(key.clone(), value.clone(), metadata.clone());
        }
    }
}
