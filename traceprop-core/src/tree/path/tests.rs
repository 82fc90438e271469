use std::time::Duration;

use opentelemetry::trace::SpanKind::{self, Client, Consumer, Internal, Producer, Server};

use crate::tree::{
    Span, Trace,
    fixture::{of_service, span},
};

/// Id, parent (0 for none), kind, start and end in ms; then its critical time and its wait.
type Line = (u64, u64, SpanKind, u64, u64, u64, u64);

#[track_caller]
fn check(name: &str, total: u64, bottleneck: Option<(u64, u8)>, lines: &[Line]) -> Trace {
    let spans: Vec<Span> = lines
        .iter()
        .map(|(id, parent, kind, start, end, ..)| {
            of_service(
                span(*id, *parent, "work", *start, *end),
                "orders",
                kind.clone(),
            )
        })
        .collect();
    let trace = Trace::build(spans);
    assert_eq!(
        trace.duration(),
        Duration::from_millis(total),
        "{name}: the whole"
    );
    for (id, .., critical, waited) in lines {
        let node = trace.nodes().find(|n| n.span_id == (*id).into()).unwrap();
        let got = (node.critical_time().as_millis(), node.waited().as_millis());
        assert_eq!(
            got,
            (u128::from(*critical), u128::from(*waited)),
            "{name}: span {id}"
        );
    }
    let got = trace
        .bottleneck()
        .map(|found| (found.node.span_id, found.percent()));
    assert_eq!(
        got,
        bottleneck.map(|(id, share)| (id.into(), share)),
        "{name}: the bottleneck"
    );
    trace
}

#[test]
#[rustfmt::skip]
fn calls_that_are_waited_for() {
    check("one after the other", 250, Some((5, 64)), &[
        (1, 0, Server,   0,  250, 30, 0),
        (2, 1, Internal, 0,  40,  40, 0),
        (3, 1, Internal, 50, 230, 18, 0),
        (4, 3, Client,   50, 52,  2,  0),
        (5, 3, Client,   60, 220, 160, 0),
    ]);
    check("at once: the longer one counts, the shorter where it ran alone", 100, Some((3, 88)), &[
        (1, 0, Server,   0,  100, 7,  0),
        (2, 1, Client,   5,  60,  5,  0),
        (3, 1, Client,   10, 98,  88, 0),
    ]);
    check("four at once, alike: nothing is a bottleneck", 100, None, &[
        (1, 0, Server,   0,  100, 0,  0),
        (2, 1, Client,   0,  25,  25, 0),
        (3, 1, Client,   25, 50,  25, 0),
        (4, 1, Client,   50, 75,  25, 0),
        (5, 1, Client,   75, 100, 25, 0),
    ]);
    check("exactly 30 percent is enough, and of equals the first", 100, Some((2, 30)), &[
        (1, 0, Server,   0,  100, 13, 0),
        (2, 1, Client,   0,  30,  30, 0),
        (3, 1, Client,   30, 60,  30, 0),
        (4, 1, Client,   60, 87,  27, 0),
    ]);
    check("a client that ends with the headers waited for the body too", 100, Some((3, 84)), &[
        (1, 0, Server,   0,  100, 15, 0),
        (2, 1, Client,   10, 20,  1,  0),
        (3, 2, Server,   11, 95,  84, 0),
    ]);
}

#[test]
#[rustfmt::skip]
fn messages_that_outlast_the_request() {
    check("the consumer's call is slow, after the root has ended", 300, Some((5, 72)), &[
        (1, 0, Server,   0,  50,  40, 0),
        (2, 1, Producer, 40, 48,  8,  0),
        (3, 2, Consumer, 60, 300, 20, 12),
        (4, 3, Client,   70, 290, 4,  0),
        (5, 4, Server,   72, 288, 216, 0),
    ]);
    check("received before the producer had its receipt", 200, Some((3, 92)), &[
        (1, 0, Server,   0,  40,  10, 0),
        (2, 1, Producer, 10, 30,  5,  0),
        (3, 2, Consumer, 15, 200, 185, 0),
    ]);
    check("two groups: the one that ends last", 300, Some((4, 80)), &[
        (1, 0, Server,   0,  50,  40, 0),
        (2, 1, Producer, 40, 48,  8,  0),
        (3, 2, Consumer, 60, 100, 0,  0),
        (4, 2, Consumer, 60, 300, 240, 12),
        // Runs along, and nobody waits for it.
        (5, 1, Internal, 46, 49,  0,  0),
    ]);
    let waited = check("tried twice, and long in the queue", 200, None, &[
        (1, 0, Producer, 0,  20,  20, 0),
        (2, 1, Consumer, 50, 80,  30, 30),
        (3, 1, Consumer, 170, 200, 30, 90),
    ]);
    let queue = waited.longest_wait().unwrap();
    assert_eq!((queue.node.span_id, queue.percent()), (3.into(), 45));
    check("what runs beside the request and ends before it is not waited for", 100, Some((1, 98)), &[
        (1, 0, Server,   0,  100, 98, 0),
        (2, 1, Producer, 10, 12,  2,  0),
        (3, 2, Consumer, 15, 90,  0,  0),
        (4, 3, Server,   20, 80,  0,  0),
    ]);
    check("the processing within a poll is a part of it", 100, Some((2, 80)), &[
        (1, 0, Consumer, 0,  100, 20, 0),
        (2, 1, Consumer, 10, 90,  80, 0),
    ]);
    check("a spawned task that outlives the request", 300, Some((2, 86)), &[
        (1, 0, Server,   0,  50,  40, 0),
        (2, 1, Internal, 40, 300, 260, 0),
    ]);
    check("a chain of two queues", 400, Some((4, 57)), &[
        (1, 0, Producer, 0,  10,  10, 0),
        (2, 1, Consumer, 20, 120, 40, 10),
        (3, 2, Producer, 60, 70,  10, 0),
        (4, 3, Consumer, 170, 400, 230, 100),
    ]);
}

#[test]
#[rustfmt::skip]
fn clocks_that_disagree() {
    check("the server's clock is ahead, beyond the root's end", 101, Some((1, 49)), &[
        (1, 0, Server,   0,  100, 50, 0),
        (2, 1, Client,   50, 99,  2,  0),
        (3, 2, Server,   52, 101, 49, 0),
    ]);
    check("the server's clock is behind: cut at the client's start", 100, Some((1, 50)), &[
        (1, 0, Server,   0,  100, 50, 0),
        (2, 1, Client,   50, 100, 15, 0),
        (3, 2, Server,   40, 85,  35, 0),
    ]);
    check("so far behind that nothing is left", 100, Some((1, 50)), &[
        (1, 0, Server,   500, 600, 50, 0),
        (2, 1, Client,   550, 600, 50, 0),
        (3, 2, Server,   0,  45,  0,  0),
    ]);
    check("an end before the start is no time at all", 100, Some((1, 100)), &[
        (1, 0, Server,   0,  100, 100, 0),
        (2, 1, Client,   50, 20,  0,  0),
    ]);
    check("no time at all", 0, None, &[(1, 0, Server, 7, 7, 0, 0)]);
}

#[test]
#[rustfmt::skip]
fn trees_with_holes() {
    check("an orphan counts as the only root's child", 100, Some((3, 60)), &[
        (1, 0, Server,   0,  100, 40, 0),
        (3, 9, Server,   20, 80,  60, 0),
    ]);
    check("and behind its end as deferred", 200, Some((1, 50)), &[
        (1, 0, Server,   0,  100, 100, 0),
        (3, 9, Server,   150, 200, 50, 50),
    ]);
    check("the part of one process starts with its entry", 80, Some((2, 75)), &[
        (1, 9, Server,   1000, 1080, 20, 0),
        (2, 1, Client,   1010, 1070, 60, 0),
    ]);
    let two = check("between two roots lies nobody's time", 100, Some((1, 40)), &[
        (1, 0, Server,   0,  40,  40, 0),
        (2, 0, Server,   70, 100, 30, 0),
    ]);
    assert_eq!(two.path.unexplained, 30_000_000);
    check("a span that is its own parent", 100, Some((1, 60)), &[
        (1, 1, Server,   0,  100, 60, 0),
        (2, 1, Client,   10, 50,  40, 0),
    ]);
}

/// Whatever the shape, the times add up to the whole.
#[test]
fn nothing_is_lost_and_nothing_counted_twice() {
    // Numerical Recipes' generator: the same trees on every run.
    let mut state = 1_u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let kinds = [Internal, Client, Server, Producer, Consumer];
    for round in 0..2_000 {
        let spans = (1..=1 + random(12))
            .map(|id| {
                let start = random(100);
                let end = start + random(60);
                let one = span(id, random(14), "work", start, end.saturating_sub(random(3)));
                let kind = usize::try_from(random(5)).unwrap();
                of_service(one, "orders", kinds[kind].clone())
            })
            .collect();
        let trace = Trace::build(spans);
        let sum: Duration = trace.nodes().map(|n| n.critical_time() + n.waited()).sum();
        let all = sum + Duration::from_nanos(trace.path.unexplained);
        assert_eq!(all, trace.duration(), "round {round}: {trace:#?}");
        assert_eq!(trace.nodes().count(), trace.spans().len(), "round {round}");
    }
}

#[test]
fn deep_traces_do_not_overflow_the_stack() {
    let spans = (1..=100_000)
        .map(|id| span(id, id - 1, "deep", id, 300_000 - id))
        .collect();
    let trace = Trace::build(spans);
    assert_eq!(trace.nodes().count(), 100_000);
    assert_eq!(trace.bottleneck().map(|found| found.percent()), Some(33));
}
