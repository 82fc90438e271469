use opentelemetry::{
    KeyValue,
    trace::{
        Link, SpanContext, SpanId,
        SpanKind::{self, Client, Consumer, Internal, Producer, Server},
        Status, TraceFlags, TraceId, TraceState,
    },
};
use unicode_width::UnicodeWidthStr;

use super::*;
use crate::tree::{
    Span,
    fixture::{of_service, span},
};

fn shop() -> Vec<Span> {
    let one = |id, parent, service, name, kind: SpanKind, start, end| {
        of_service(span(id, parent, name, start, end), service, kind)
    };
    vec![
        one(1, 0, "orders", "POST /orders", Server, 0, 50),
        one(2, 1, "orders", "db.insert", Client, 5, 30),
        one(3, 1, "orders", "send orders", Producer, 40, 48),
        one(4, 3, "fulfilment", "process orders", Consumer, 60, 300),
        one(5, 4, "fulfilment", "POST", Client, 70, 290),
        one(6, 5, "notifications", "POST /notify", Server, 72, 288),
    ]
}

#[track_caller]
fn shows(style: &Waterfall, spans: Vec<Span>, want: &str) {
    let got = style.render(&Trace::build(spans));
    assert_eq!(got, want, "got\n{got}");
    for line in got.lines() {
        assert!(
            line.width() <= style.width,
            "wider than {}: {line}",
            style.width
        );
    }
}

#[test]
fn the_arrow_points_behind_the_queue() {
    shows(
        &Waterfall::new().width(100),
        shop(),
        "\
trace 00000000000000000000000000000001  300ms  6 spans  3 services
POST /orders              orders         ██████░░░░░░░░░░░░░░░░░░░░░░░░░░     50ms  self 17ms
├─ db.insert              orders         ████░░░░░░░░░░░░░░░░░░░░░░░░░░░░     25ms
└─ send orders            orders         ░░░░██░░░░░░░░░░░░░░░░░░░░░░░░░░      8ms  self 8ms
   └─ process orders      fulfilment     ░░░░░░██████████████████████████    240ms  self 20ms
      └─ POST             fulfilment     ░░░░░░░████████████████████████░    220ms  self 4ms
         └─ POST /notify  notifications  ░░░░░░░████████████████████████░    216ms  ← bottleneck 72%
",
    );
}

#[test]
fn narrow_and_ascii() {
    shows(
        &Waterfall::new().width(60).ascii(true),
        shop(),
        "\
trace 00000000000000000000000000000001  300ms  6 spans
POST /orders         orders    ##..........     50ms
|- db.insert         orders    ##..........     25ms
`- send orders       orders    .#..........      8ms
   `- proces~orders  ful~ment  ..##########    240ms
~    `- POST         ful~ment  ..##########    220ms
~    `- POST ~otify  not~ions  ..##########    216ms  <- 72%
",
    );
}

#[test]
fn a_tree_without_bars() {
    shows(
        &Waterfall::new().width(80).bars(false),
        shop(),
        "\
trace 00000000000000000000000000000001  300ms  6 spans  3 services
POST /orders              orders          50ms  self 17ms
├─ db.insert              orders          25ms
└─ send orders            orders           8ms  self 8ms
   └─ process orders      fulfilment     240ms  self 20ms
      └─ POST             fulfilment     220ms  self 4ms
         └─ POST /notify  notif…tions    216ms  ← bottleneck 72%
",
    );
}

#[test]
fn details() {
    let mut spans = vec![
        span(1, 77, "GET /orders", 0, 100),
        span(2, 1, "POST", 10, 20),
        span(3, 88, "lost", 30, 40),
        span(4, 4, "ouroboros", 50, 60),
        span(5, 1, "process", 70, 80),
    ];
    spans[0].parent_is_remote = Some(true);
    spans[1].kind = Client;
    spans[1].status = Status::error("connection refused");
    spans[1].attributes = vec![
        KeyValue::new("server.address", "payments.local"),
        KeyValue::new("order.id", 42),
    ];
    let linked = SpanContext::new(
        TraceId::from(9),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    spans[4].links.push(Link::with_context(linked));
    shows(
        &Waterfall::new().width(80).attributes(["order.id"]),
        spans,
        "\
trace 00000000000000000000000000000001  100ms  5 spans  1 service  1 error
GET /orders  orders  █████████████████████    100ms  self 80ms  ← bottleneck 80%
│  ← 000000000000004d in another process
├─ POST      orders  ░░███░░░░░░░░░░░░░░░░     10ms
│     ! connection refused
│     ⇢ payments.local  order.id=42
└─ process   orders  ░░░░░░░░░░░░░░███░░░░     10ms
      link 00000000000000000000000000000009/0000000000000009
lost         orders  ░░░░░░███░░░░░░░░░░░░     10ms
   ← 0000000000000058, not recorded
ouroboros    orders  ░░░░░░░░░░███░░░░░░░░     10ms
   ← its own ancestor
",
    );
}

#[test]
fn waiting_in_the_queue() {
    let spans = vec![
        of_service(span(1, 0, "send", 0, 10), "orders", Producer),
        of_service(span(2, 1, "process", 900, 1_000), "fulfilment", Consumer),
    ];
    shows(
        &Waterfall::new().width(80),
        spans,
        "\
trace 00000000000000000000000000000001  1s  2 spans  2 services
send        orders      █░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░     10ms  self 10ms
└─ process  fulfilment  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░████    100ms
      ← waited 890ms, 89%
",
    );
}

#[test]
fn hostile_names_stay_in_their_cells() {
    let name = "\x1b[2J\x1b]0;owned\x07\r\n\u{202e}GET";
    let mut hostile = span(1, 0, "x", 0, 10);
    hostile.name = name.into();
    hostile.service = format!("a\nb{}", "\u{301}".repeat(5_000)).into();
    hostile.status = Status::error(format!("{name}{}", "é".repeat(1 << 20)));
    hostile.attributes = vec![KeyValue::new(
        "order.id",
        format!("\x1b[31m{}", "y".repeat(5_000)),
    )];
    hostile.links = vec![Link::with_context(SpanContext::empty_context()); 10_000];
    let mut child = span(2, 1, "x", 2, 8);
    child.name = "注".repeat(100_000).into();
    let trace = Trace::build(vec![hostile, child]);
    for style in [
        Waterfall::new(),
        Waterfall::new().ascii(true),
        Waterfall::new().width(60),
        Waterfall::new().width(400),
        Waterfall::new().bars(false),
    ] {
        let style = style.attributes(["order.id"]);
        let text = style.render(&trace);
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
        assert!(!text.contains('\u{202e}'), "{text:?}");
        assert!(text.len() < 20_000, "{}", text.len());
        assert!(
            text.lines().all(|line| line.width() <= style.width),
            "{text}"
        );
        assert!(!style.ascii || text.is_ascii(), "{text}");
    }
}

#[test]
fn colours_only_when_asked() {
    let mut spans = shop();
    spans[1].status = Status::error("duplicate key");
    let trace = Trace::build(spans);
    let plain = Waterfall::new().render(&trace);
    let colored = Waterfall::new().color(true).render(&trace);
    assert!(!plain.contains('\x1b'));
    let mut stripped = colored.clone();
    for code in ["0", "1", "2", "31", "33"] {
        stripped = stripped.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(stripped, plain);
    assert!(colored.contains("\x1b[31mdb.insert"), "{colored:?}");
    assert!(
        colored.contains("\x1b[33m← bottleneck 72%\x1b[0m"),
        "{colored:?}"
    );
}

#[test]
fn long_traces_are_cut_and_say_so() {
    let mut spans = vec![span(1, 0, "batch", 0, 1_000)];
    spans.extend((2..=511).map(|id| span(id, 1, "item", id, id + 1)));
    spans.push(span(512, 1, "last", 600, 1_000));
    let text = Waterfall::new().render(&Trace::build(spans));
    assert_eq!(text.lines().count(), 1 + 200 + 1);
    assert!(
        text.ends_with("\n… 312 more, among them last ← bottleneck 40%\n"),
        "{text}"
    );
}

#[test]
fn odd_traces_are_drawn_all_the_same() {
    shows(
        &Waterfall::new(),
        Vec::new(),
        "trace 00000000000000000000000000000000  0ns\n",
    );
    let deep = Trace::build(
        (1..=150)
            .map(|id| span(id, id - 1, "deep", id, 999))
            .collect(),
    );
    let text = Waterfall::new().render(&deep);
    assert!(text.lines().all(|line| line.width() <= 100), "{text}");
    assert!(
        text.lines()
            .nth(150)
            .is_some_and(|l| l.starts_with("… ") && l.contains("deep"))
    );
    let twice = vec![span(1, 0, "a", 0, 1), span(1, 0, "b", 0, 1)];
    let text = Waterfall::new().render(&Trace::build(twice));
    assert!(text.contains("  1 duplicate\n"), "{text}");
    let backwards = vec![of_service(span(1, 0, "a", 10, 5), "orders", Internal)];
    let text = Waterfall::new().render(&Trace::build(backwards));
    assert!(text.contains("0ns"), "{text}");
}

#[test]
fn a_trace_is_one_write() {
    struct Writes(Vec<usize>);
    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.len());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (style, trace) = (Waterfall::new(), Trace::build(shop()));
    let mut writes = Writes(Vec::new());
    style.write_to(&trace, &mut writes).unwrap();
    assert_eq!(writes.0, [style.render(&trace).len()]);
}
