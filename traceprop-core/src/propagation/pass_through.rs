//! Headers that are handed on as they came.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

use super::carrier::{TRACEPARENT, TRACESTATE, Values};
use super::error::on_current_context;

/// Bytes of a value that are handed on. What is longer is left out.
const MAX_LEN: usize = 64 * 1024;

/// Hands on headers byte for byte, for a proxy that takes no part in the trace.
///
/// It understands nothing, so it can hand on what no propagator of this process can: a
/// `traceparent` of a version to come ([W3C Trace Context] §3.2.4), or another system's headers. It
/// makes no span context: do not use it for the headers of a trace that this process adds spans to,
/// which would leave them out.
///
/// Several values of one name go on as one, joined by commas. A value that no header may hold, with
/// control characters or longer than 64 KiB, is left out.
///
/// ```
/// use std::collections::HashMap;
/// use opentelemetry::{Context, propagation::TextMapPropagator};
/// use traceprop_core::propagation::PassThrough;
///
/// let future = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes";
/// let request = HashMap::from([("traceparent".to_owned(), future.to_owned())]);
///
/// let propagator = PassThrough::new();
/// let cx = propagator.extract_with_context(&Context::new(), &request);
/// let mut onward = HashMap::new();
/// propagator.inject_context(&cx, &mut onward);
/// assert_eq!(onward, request);
/// ```
///
/// [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/
#[derive(Clone, Debug)]
pub struct PassThrough {
    names: Arc<[String]>,
}

impl PassThrough {
    /// Hands on `traceparent` and `tracestate`.
    #[must_use]
    pub fn new() -> Self {
        Self::of([TRACEPARENT, TRACESTATE])
    }

    /// Hands on the headers of these names. Give them in lower case: so they are written.
    #[must_use]
    pub fn of<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Self { names }
    }
}

impl Default for PassThrough {
    fn default() -> Self {
        Self::new()
    }
}

/// Names and values, in the context.
#[derive(Clone, Default)]
struct Passed(Vec<(String, String)>);

impl TextMapPropagator for PassThrough {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let Some(Passed(headers)) = cx.get() else {
            return;
        };
        for (name, value) in headers {
            // Another one's headers, in the same composite, are its own to write.
            if self.names.contains(name) {
                injector.set(name, value.clone());
            }
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let mut passed: Option<Passed> = None;
        for name in &*self.names {
            let Some(value) = Values::of(extractor, name).and_then(|values| joined(&values)) else {
                continue;
            };
            // What others have put there, without a value of this name from before.
            let passed = passed.get_or_insert_with(|| cx.get().cloned().unwrap_or_default());
            passed.0.retain(|(known, _)| known != name);
            passed.0.push((name.clone(), value.into_owned()));
        }
        match passed {
            Some(passed) => cx.with_value(passed),
            None => cx.clone(),
        }
    }

    on_current_context!();

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.names)
    }
}

/// All values as one, if a header may hold it.
fn joined<'a>(values: &Values<'a>) -> Option<Cow<'a, str>> {
    let value = match values {
        Values::One(value) => Cow::Borrowed(*value),
        Values::Several(values) => Cow::Owned(values.join(",")),
    };
    let legal = |byte: u8| byte == b'\t' || !byte.is_ascii_control();
    (value.len() <= MAX_LEN && value.bytes().all(legal)).then_some(value)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::CompositePropagator;
    use super::*;

    fn sent_on(
        propagator: &dyn TextMapPropagator,
        headers: &[(&str, &str)],
    ) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let carrier: HashMap<_, _> = headers.iter().map(owned).collect();
        let cx = propagator.extract_with_context(&Context::new(), &carrier);
        let mut onward = HashMap::new();
        propagator.inject_context(&cx, &mut onward);
        let mut onward: Vec<_> = onward.into_iter().collect();
        onward.sort();
        onward
    }

    #[test]
    fn values_go_on_as_they_are() {
        let long = "x".repeat(MAX_LEN + 1);
        #[rustfmt::skip]
        let table = [
            // what it shows       value            goes on
            ("not trimmed",        " a\t",          true),
            ("empty",              "",              true),
            ("not understood",     "?;=,%",         true),
            ("undecodable",        "\0",            false),
            ("line break",         "a\r\nb",        false),
            ("too long",           long.as_str(),   false),
        ];
        for (name, value, goes_on) in table {
            let got = sent_on(&PassThrough::of(["x-a"]), &[("x-a", value), ("x-b", "1")]);
            let want = [("x-a".to_owned(), value.to_owned())];
            assert_eq!(got, if goes_on { &want[..] } else { &[] }, "{name}");
        }
    }

    #[test]
    fn two_of_them_do_not_displace_each_other() {
        let both = CompositePropagator::new(vec![
            Box::new(PassThrough::of(["x-a"])),
            Box::new(PassThrough::of(["x-b"])),
        ]);
        assert_eq!(sent_on(&both, &[("x-a", "1"), ("x-b", "2")]).len(), 2);
    }
}
