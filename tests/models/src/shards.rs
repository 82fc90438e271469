//! Models of counts and their sum.

/// Two count while a third reads, for one copy of the source.
macro_rules! model {
    ($module:ident) => {{
        use loom::sync::Arc;
        use loom::thread;

        use crate::loomed::$module::Shards;

        move || {
            let shards = Arc::new(Shards::new(1));
            let observers = [(); 2].map(|()| {
                let shards = Arc::clone(&shards);
                thread::spawn(move || shards.observe(0, 2.0))
            });
            let (counts, complete) = shards.read_and_tell();
            if complete {
                assert_eq!(
                    counts.sum,
                    2.0 * counts.buckets[0] as f64,
                    "a share of the sum is missing"
                );
            }
            for observer in observers {
                observer.join().unwrap();
            }
            // The first may find that one was late for the other shard.
            shards.read();
            let counts = shards.read();
            assert_eq!((counts.buckets[0], counts.sum), (2, 4.0));
        }
    }};
}
pub(crate) use model;
