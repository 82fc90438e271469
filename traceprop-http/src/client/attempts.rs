//! Which attempt at a request this is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::Extensions;

/// Counts the attempts at one request, for `http.request.resend_count`.
///
/// Put one into the request's extensions, outside of what retries: the copies of the request share it,
/// and each attempt that passes a [`ClientLayer`](crate::ClientLayer) counts. Without one, each attempt
/// is a span of its own all the same, but no span says which. Inside of a retry middleware
/// `reqwest::TraceMiddleware` counts by itself.
///
/// ```
/// use traceprop_http::client::Attempts;
///
/// let request = http::Request::get("http://orders.internal/orders")
///     .extension(Attempts::new())
///     .body(String::new())?;
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Attempts(Arc<AtomicU32>);

impl Attempts {
    /// Counts from the first attempt.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How often the request was sent again before this attempt; counts it.
    pub(crate) fn next(extensions: &Extensions) -> u32 {
        match extensions.get::<Self>() {
            // It wraps after four billion attempts.
            Some(Self(count)) => count.fetch_add(1, Ordering::Relaxed),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_share_the_count() {
        let mut extensions = Extensions::new();
        assert_eq!(Attempts::next(&extensions), 0);
        assert_eq!(Attempts::next(&extensions), 0, "nothing counts");
        extensions.insert(Attempts::new());
        let copy = extensions.clone();
        assert_eq!(Attempts::next(&extensions), 0);
        assert_eq!(Attempts::next(&copy), 1);
        assert_eq!(Attempts::next(&extensions), 2);
    }
}
