//! Input made to break the parsers. The randomness is seeded: a failure fails again.

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use traceprop_core::propagation::{CompositePropagator, from_names};

use crate::carriers::{Joining, Lines};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn all() -> CompositePropagator {
    from_names("tracecontext,baggage").unwrap()
}

/// Those that write the same headers that they read, each with a good header of its own.
const EACH: [(&str, &str, &str); 3] = [
    ("tracecontext,baggage", "traceparent", PARENT),
    (
        "b3",
        "b3",
        "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-d",
    ),
    (
        "jaeger",
        "uber-trace-id",
        "4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:3",
    ),
];

/// A small generator (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn text(&mut self, of: &[char], longest: usize) -> String {
        let len = 1 + self.below(longest);
        (0..len).map(|_| self.pick(of)).collect()
    }
}

/// Characters on which the grammars turn, and some that none of them knows.
const TURNS: &[char] = &[
    '0', '1', 'f', 'g', 'F', '-', '+', ',', ';', '=', '%', '@', '*', '/', '_', '.', ' ', '\t', '"',
    '\\', '\0', '\r', '\n', '\u{7f}', '\u{a0}', 'é', '４', '💼',
];

fn mutate(random: &mut Random, text: &str) -> String {
    let mut chars: Vec<_> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len() + 1);
        match random.below(5) {
            0 => chars.insert(at, random.pick(TURNS)),
            1 => drop(chars.splice(at..(at + 1).min(chars.len()), [random.pick(TURNS)])),
            2 => drop(chars.drain(at..(at + 1).min(chars.len()))),
            3 => chars.truncate(at),
            _ => chars.extend_from_within(at..),
        }
    }
    chars.into_iter().collect()
}

/// The headers that a context is written as.
fn written(propagator: &dyn TextMapPropagator, cx: &Context) -> Lines {
    let mut lines = Lines::default();
    propagator.inject_context(cx, &mut lines);
    lines
}

const SEEDS: [(&str, &str); 13] = [
    ("traceparent", PARENT),
    (
        "traceparent",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-next",
    ),
    (
        "tracestate",
        "fw529a3039@dt=FfwQBAQ,ot=th:c;rv:6e6d1a75832a2f,a@b@c= 1",
    ),
    ("baggage", "k=caf%C3%A9;p=a%3Bb;q , n==1,user%20=%ff"),
    ("b3", "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-d"),
    ("b3", "a3ce929d0e0e4736-00f067aa0ba902b7-05e3ac9a4f6e3b90"),
    ("x-b3-sampled", "true"),
    ("x-b3-flags", "1"),
    ("uber-trace-id", "a3ce929d0e0e4736:f067aa0ba902b7:0:3"),
    ("uber-trace-id", "a3ce929d0e0e4736%3Af067aa0ba902b7%3a0%3a1"),
    ("uberctx-key", "caf%C3%A9+x%0d%0a"),
    ("jaeger-baggage", "a=1, b = 2%2Cc=3"),
    ("jaeger-debug-id", "why"),
];

#[test]
fn no_mutation_panics_and_what_is_accepted_is_stable() {
    for (names, own, good) in EACH {
        let propagator = from_names(names).unwrap();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut accepted = 0;
        for round in 0..20_000 {
            let mut lines = Lines::new([(own, good)]);
            for _ in 0..=random.below(2) {
                let (name, value) = random.pick(&SEEDS);
                if name == own {
                    lines.0.clear();
                }
                lines.0.push((name.to_owned(), mutate(&mut random, value)));
            }
            accepted += usize::from(is_stable(&propagator, &lines, round));
        }
        // Neither all nor none: the mutations reach both sides of the grammar.
        assert!((2_000..19_900).contains(&accepted), "{names}: {accepted}");
    }
}

/// Whether `lines` hold a span context; what is read of them can be written and read again.
fn is_stable(propagator: &dyn TextMapPropagator, lines: &Lines, round: usize) -> bool {
    let cx = propagator.extract_with_context(&Context::new(), lines);
    let first = written(propagator, &cx);
    // Both kinds of carrier mean the same.
    let joined = propagator.extract_with_context(&Context::new(), &Joining::new(lines));
    let joined = written(propagator, &joined);
    assert_eq!(joined, first, "round {round}: {lines:?}");
    // What is written is legal, and is read as what it was written from.
    let legal = |value: &str| value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    assert!(first.0.iter().all(|line| legal(&line.1)), "{lines:?}");
    let again = propagator.extract_with_context(&Context::new(), &first);
    let again = written(propagator, &again);
    assert_eq!(again, first, "round {round}: {lines:?}");
    cx.span().span_context().is_valid()
}

#[test]
fn a_valid_context_survives_being_written_and_read() {
    let key: Vec<_> = "abz09_-*/@".chars().collect();
    let value: Vec<_> = (' '..='~').filter(|c| !",=".contains(*c)).collect();
    let propagator = all();
    let mut random = Random(0x1234_5678_9abc_def1);
    for round in 0..5_000 {
        // Some of these keys are legal in level 2 only, so the list is written by hand.
        let mut state = Vec::new();
        for n in 0..random.below(6) {
            let (key, value) = (random.text(&key, 30), random.text(&value, 40));
            state.push(format!("{n}{key}={value}~"));
        }
        let id = u128::from(random.next()) << 64 | u128::from(random.next());
        let flags = TraceFlags::new(u8::try_from(random.below(4)).unwrap());
        let (trace_id, span_id) = (TraceId::from(id), SpanId::from(random.next()));
        let span = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);

        let mut baggage = Baggage::new();
        for n in 0..random.below(6) {
            let metadata = random.pick(&["", "p", "p=a%3Bb;q"]);
            baggage.insert_with_metadata(format!("k%{n}"), random.text(TURNS, 20), metadata);
        }
        let sent = Context::new().with_remote_span_context(span.clone());
        let sent = if baggage.is_empty() {
            sent
        } else {
            sent.with_baggage(baggage)
        };
        let mut lines = written(&propagator, &sent);
        if !state.is_empty() {
            lines.0.push(("tracestate".to_owned(), state.join(",")));
        }

        let cx = propagator.extract_with_context(&Context::new(), &lines);
        let got = cx.span().span_context().clone();
        assert_eq!(
            (
                got.trace_id(),
                got.span_id(),
                got.trace_flags(),
                got.is_remote()
            ),
            (trace_id, span_id, flags, true),
            "round {round}"
        );
        assert_eq!(cx.baggage().len(), sent.baggage().len(), "round {round}");
        for (name, (value, metadata)) in sent.baggage() {
            let got = cx.baggage().get_with_metadata(name.as_str());
            assert_eq!(
                got,
                Some(&(value.clone(), metadata.clone())),
                "round {round}"
            );
        }
        let onward = written(&propagator, &cx);
        assert_eq!(
            onward.get("tracestate").unwrap_or_default(),
            state.join(","),
            "round {round}"
        );
        assert_eq!(onward.get("baggage"), lines.get("baggage"), "round {round}");
    }
}

#[test]
fn ten_thousand_members_in_one_line_or_in_as_many() {
    let state: Vec<_> = (0..10_000).map(|n| format!("k{n}={n}")).collect();
    let one = [state.join(",")];
    for values in [&one[..], &state[..]] {
        let mut lines = Lines::new([("traceparent", PARENT)]);
        for name in ["tracestate", "baggage"] {
            let repeated = values.iter().map(|value| (name.to_owned(), value.clone()));
            lines.0.extend(repeated);
        }
        let joining = Joining::new(&lines);
        for carrier in [&lines as &dyn Extractor, &joining] {
            let cx = all().extract_with_context(&Context::new(), carrier);
            assert!(cx.span().span_context().is_valid());
            assert_eq!(cx.span().span_context().trace_state(), &TraceState::NONE);
            assert_eq!(cx.baggage().len(), 64);
            assert_eq!(
                cx.baggage().get("k63").map(ToString::to_string),
                Some("63".to_owned())
            );
        }
    }
}

#[test]
fn a_second_traceparent_makes_the_first_one_void() {
    #[rustfmt::skip]
    let table = [
        ("the same again",  PARENT),
        ("garbage",         "garbage"),
        ("empty",           ""),
        ("undecodable",     "\0"),
    ];
    // Joined, a second value would stand where a later version's goes on.
    let future = format!("{}-next", PARENT.replacen("00", "cc", 1));
    for (name, second) in table {
        for values in [
            [PARENT, second],
            [second, PARENT],
            [future.as_str(), second],
        ] {
            let named = ["traceparent", "TraceParent"].into_iter().zip(values);
            let lines = Lines::new(named.chain([("tracestate", "a=1")]));
            let joining = Joining::new(&lines);
            for carrier in [&lines as &dyn Extractor, &joining] {
                let cx = all().extract_with_context(&Context::new(), carrier);
                assert!(!cx.has_active_span(), "{name}");
            }
        }
    }
}

#[test]
fn one_undecodable_line_of_tracestate_discards_the_list() {
    let lines = Lines::new([
        ("traceparent", PARENT),
        ("tracestate", "a=1"),
        ("tracestate", "\0"),
    ]);
    let joining = Joining::new(&lines);
    for carrier in [&lines as &dyn Extractor, &joining] {
        let cx = all().extract_with_context(&Context::new(), carrier);
        assert!(cx.span().span_context().is_valid());
        assert_eq!(cx.span().span_context().trace_state(), &TraceState::NONE);
    }
}

#[test]
fn unusable_baggage_leaves_that_of_the_context() {
    let mut baggage = Baggage::new();
    baggage.insert("mine", "1");
    let cx = Context::new().with_baggage(baggage);
    for value in ["", " , ", "garbage", "=1"] {
        let lines = Lines::new([("baggage", value)]);
        let after = all().extract_with_context(&cx, &lines);
        assert!(after.baggage().get("mine").is_some(), "{value:?}");
    }
    let lines = Lines::new([("baggage", "theirs=1")]);
    let after = all().extract_with_context(&cx, &lines);
    assert!(after.baggage().get("mine").is_none());
    assert!(after.baggage().get("theirs").is_some());
}
