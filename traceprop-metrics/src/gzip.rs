//! Compression, where the feature `gzip` is on.

#[cfg(feature = "gzip")]
pub(crate) use with_flate2::Gzip;
#[cfg(not(feature = "gzip"))]
pub(crate) use without::Gzip;

/// Whether there is any.
pub(crate) const IS_THERE: bool = cfg!(feature = "gzip");

#[cfg(feature = "gzip")]
mod with_flate2 {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    /// A stream of gzip: RFC 1952.
    pub(crate) struct Gzip {
        encoder: GzEncoder<Vec<u8>>,
    }

    impl Gzip {
        pub(crate) fn new() -> Self {
            // The fastest level: this runs while the body is polled, between other requests.
            Self {
                encoder: GzEncoder::new(Vec::new(), Compression::fast()),
            }
        }

        /// What has come out by now, `bytes` having gone in.
        pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
            // Writing to a `Vec` cannot fail.
            let _ = self.encoder.write_all(bytes);
            std::mem::take(self.encoder.get_mut())
        }

        /// The rest. Nothing may go in afterwards.
        pub(crate) fn finish(&mut self) -> Vec<u8> {
            let _ = self.encoder.try_finish();
            std::mem::take(self.encoder.get_mut())
        }
    }
}

#[cfg(not(feature = "gzip"))]
mod without {
    /// Nobody makes one: [`IS_THERE`](super::IS_THERE) is false.
    pub(crate) struct Gzip;

    impl Gzip {
        pub(crate) fn new() -> Self {
            Self
        }

        pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
            bytes.to_vec()
        }

        pub(crate) fn finish(&mut self) -> Vec<u8> {
            Vec::new()
        }
    }
}
