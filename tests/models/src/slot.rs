//! Models of the slot of one exemplar.

/// The models, for one copy of the source.
macro_rules! models {
    ($module:ident) => {{
        use loom::sync::Arc;
        use loom::thread;

        use crate::loomed::$module::{Keep, Numbers, Slot};

        // No gate: every measurement may take the place.
        let always = Keep {
            interval: 0,
            credit: 0,
            slowest: false,
        };
        // Every word follows from the id, so that a mixture shows.
        let made_of = |id: u64, unix_ms: u64| Numbers {
            trace_id: u128::from(id) << 64 | u128::from(!id),
            span_id: id * 3,
            value: id as f64,
            unix_ms,
        };
        let id_of = move |numbers: Numbers| {
            let id = numbers.value as u64;
            assert_eq!(numbers, made_of(id, numbers.unix_ms), "a mixture");
            id
        };
        $crate::slot::Models {
            // A reader looks twice while the place changes hands within a millisecond.
            one_writer: Box::new(move || {
                let slot = Arc::new(Slot::default());
                assert!(slot.store(&made_of(1, 10), 1, always, |_| {}));
                let writer = {
                    let slot = Arc::clone(&slot);
                    thread::spawn(move || {
                        assert!(slot.store(&made_of(2, 10), 2, always, |_| {}));
                    })
                };
                let first = slot.load();
                let second = slot.load();
                if let (Some((first, _)), Some((second, _))) = (first, second) {
                    let (one, other) = (id_of(first), id_of(second));
                    assert!(one <= other, "{one} after {other}");
                    assert_eq!(
                        one < other,
                        first.unix_ms < second.unix_ms,
                        "the time must grow"
                    );
                }
                writer.join().unwrap();
                let (last, _) = slot.load().unwrap();
                assert_eq!(id_of(last), 2);
                if let Some((first, _)) = first {
                    assert_eq!(first.value < last.value, first.unix_ms < last.unix_ms);
                }
            }),
            // Two meet at an empty place, and one of them gets it.
            two_writers: Box::new(move || {
                let slot = Arc::new(Slot::default());
                let write = |id: u64| {
                    let slot = Arc::clone(&slot);
                    thread::spawn(move || slot.store(&made_of(id, 10 + id), 1, always, |_| {}))
                };
                let writers = [write(1), write(2)];
                if let Some((seen, _)) = slot.load() {
                    assert!([1, 2].contains(&id_of(seen)));
                }
                let stored = writers.map(|writer| writer.join().unwrap());
                assert!(stored.contains(&true));
                let (last, _) = slot.load().unwrap();
                assert!(stored[id_of(last) as usize - 1], "not stored and yet there");
            }),
        }
    }};
}
pub(crate) use models;

pub(crate) struct Models {
    pub(crate) one_writer: Box<dyn Fn() + Send + Sync>,
    pub(crate) two_writers: Box<dyn Fn() + Send + Sync>,
}
