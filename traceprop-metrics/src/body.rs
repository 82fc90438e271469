//! A response body that is made while it is sent.

use std::convert::Infallible;
use std::fmt::{self, Debug, Formatter};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::exposition::Exposition;
use crate::gzip::Gzip;

/// How much is made at a time: enough that a system call is worth it, and some 100 µs of one core.
const CHUNK: usize = 64 * 1024;

/// The body of an answer of [`MetricsService`](crate::MetricsService): an [`http_body::Body`], and for
/// those who have no use for that its [`pieces`](Self::pieces).
///
/// A piece has about 64 KiB, and is made when it is asked for. Dropped early, the rest is never made.
///
/// ```
/// use http::HeaderMap;
/// use prometheus::Registry;
/// use traceprop_metrics::MetricsService;
///
/// let body = MetricsService::new(Registry::new()).respond(&HeaderMap::new()).into_body();
/// assert_eq!(body.pieces().map(|piece| piece.len()).sum::<usize>(), 0);
/// ```
pub struct MetricsBody {
    /// Gone once the last piece is.
    source: Option<Box<Source>>,
}

struct Source {
    exposition: Exposition,
    gzip: Option<Gzip>,
}

impl MetricsBody {
    pub(crate) fn new(exposition: Exposition, gzip: bool) -> Self {
        let gzip = gzip.then(Gzip::new);
        Self {
            source: Some(Box::new(Source { exposition, gzip })),
        }
    }

    pub(crate) fn empty() -> Self {
        Self { source: None }
    }

    /// The pieces one after the other, each made when it is asked for.
    pub fn pieces(mut self) -> impl Iterator<Item = Bytes> + Send + use<> {
        std::iter::from_fn(move || self.next())
    }

    fn next(&mut self) -> Option<Bytes> {
        let (piece, more) = self.source.as_mut()?.piece();
        if !more {
            self.source = None;
        }
        (!piece.is_empty()).then(|| piece.into())
    }
}

impl Source {
    /// The next piece, and whether more follow.
    fn piece(&mut self) -> (Vec<u8>, bool) {
        let mut chunk = Vec::with_capacity(CHUNK + CHUNK / 8);
        let mut more = self.exposition.fill(&mut chunk, CHUNK);
        let Some(gzip) = &mut self.gzip else {
            return (chunk, more);
        };
        // A piece may leave nothing: the compressor keeps what it still wants to compare.
        let mut compressed = gzip.push(&chunk);
        while more && compressed.is_empty() {
            chunk.clear();
            more = self.exposition.fill(&mut chunk, CHUNK);
            compressed = gzip.push(&chunk);
        }
        if !more {
            compressed.extend(gzip.finish());
        }
        (compressed, more)
    }
}

impl Body for MetricsBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.next().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        if self.source.is_none() {
            SizeHint::with_exact(0)
        } else {
            SizeHint::default()
        }
    }
}

impl Debug for MetricsBody {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsBody").finish_non_exhaustive()
    }
}
