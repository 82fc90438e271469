//! How a database call starts: its name and its attributes.

use std::borrow::Cow;
use std::sync::atomic::Ordering;

use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt;

use super::{DbCall, RECORD_QUERY_TEXT};
use crate::call::Call;
use crate::semconv;
use crate::span::bounded::bounded;
use crate::span::run::options;

impl DbCall<'_> {
    /// Starts the call and gives its guard, where no closure fits: end it with [`Call::finish`] or
    /// [`Call::fail`]. One that is dropped ends as cancelled.
    #[must_use = "a call that is dropped ends as cancelled"]
    pub fn start(self) -> Call {
        let name = self.name_at_start();
        let call = Call::client(name)
            .attributes(self.attributes())
            .start(self.options.unwrap_or_else(|| options()));
        if call.is_recording() {
            if let Some(name) = self.name_to_format() {
                call.context().span().update_name(name);
            }
            let record = self
                .record_query_text
                .unwrap_or_else(|| RECORD_QUERY_TEXT.load(Ordering::Relaxed));
            if let Some(text) = self.query_text.filter(|_| record) {
                let text = bounded(text, Self::MAX_QUERY_TEXT);
                call.set_attribute(KeyValue::new(semconv::DB_QUERY_TEXT, text));
            }
        }
        call
    }

    /// What the conventions want a sampler to see.
    fn attributes(&self) -> Vec<KeyValue> {
        let (address, port) = match &self.server {
            Some((address, port)) => (Some(address), *port),
            None => (None, None),
        };
        let operation = Some(&self.operation).filter(|operation| !operation.is_empty());
        let texts = [
            (semconv::DB_SYSTEM_NAME, Some(&self.system)),
            (semconv::DB_OPERATION_NAME, operation),
            (semconv::DB_COLLECTION_NAME, self.collection.as_ref()),
            (semconv::DB_NAMESPACE, self.namespace.as_ref()),
            (semconv::DB_QUERY_SUMMARY, self.summary.as_ref()),
            (semconv::SERVER_ADDRESS, address),
        ];
        // Room for all, so that this is one allocation.
        let mut attributes = Vec::with_capacity(texts.len() + 1);
        attributes.extend(
            texts
                .into_iter()
                .filter_map(|(key, value)| Some(KeyValue::new(key, value?.clone()))),
        );
        if let Some(port) = port {
            attributes.push(KeyValue::new(semconv::SERVER_PORT, i64::from(port)));
        }
        attributes
    }

    /// The span's name, or the part of it that need not be put together.
    fn name_at_start(&self) -> Cow<'static, str> {
        let known = [self.summary.as_ref(), Some(&self.operation)];
        let mut known = known.into_iter().flatten();
        known
            .find(|name| !name.is_empty())
            .unwrap_or(&self.system)
            .clone()
    }

    /// The span's name where it must be put together.
    fn name_to_format(&self) -> Option<String> {
        if self.summary.is_some() || !self.target_in_name {
            return None;
        }
        let target = match (&self.collection, &self.namespace, &self.server) {
            (Some(name), _, _) | (None, Some(name), _) => name.to_string(),
            (None, None, Some((address, Some(port)))) => format!("{address}:{port}"),
            (None, None, Some((address, None))) => address.to_string(),
            (None, None, None) => return None,
        };
        if self.operation.is_empty() {
            return Some(target);
        }
        Some(format!("{} {target}", self.operation))
    }
}
