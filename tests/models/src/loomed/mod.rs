//! The sources on loom's atomics, as they are and broken.

pub(crate) mod sync;

#[allow(dead_code, reason = "the models use their part")]
#[path = "../../../../traceprop-metrics/src/seqlock.rs"]
pub(crate) mod seqlock;
#[allow(dead_code, reason = "the models use their part")]
#[path = "../../../../traceprop-metrics/src/shards.rs"]
pub(crate) mod shards;

macro_rules! broken {
    ($($name:ident)*) => {$(
        #[allow(dead_code, unused_imports, reason = "a model uses its part, and what is broken uses less")]
        pub(crate) mod $name {
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
        }
    )*};
}
broken! {
    writer_fence_gone
    writer_fence_release_only
    reader_fence_gone
    reader_fence_acquire_only
    published_relaxed
    first_look_relaxed
    counted_relaxed
}
