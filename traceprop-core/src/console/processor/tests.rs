use std::{io, sync::mpsc, thread};

use opentelemetry::{
    KeyValue,
    trace::{
        Span as _, SpanContext, SpanId, SpanKind, TraceContextExt, TraceId, TraceState, Tracer,
        TracerProvider,
    },
};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use super::*;

/// Keeps what was written, a write at a time.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<String>>>);

impl Screen {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap()
            .push(String::from_utf8(bytes.to_vec()).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn plain() -> ConsoleBuilder {
    ConsoleProcessor::builder().waterfall(Waterfall::new())
}

fn provider(processor: ConsoleProcessor, service: &'static str) -> SdkTracerProvider {
    let resource = Resource::builder_empty().with_service_name(service).build();
    SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOn)
        .with_resource(resource)
        .with_span_processor(processor)
        .build()
}

fn child(tracer: &SdkTracer, name: &'static str, parent: &Context) -> Context {
    Context::new().with_span(tracer.start_with_context(name, parent))
}

/// The names of the rows, without branches.
fn names(block: &str) -> Vec<&str> {
    let rows = block
        .lines()
        .skip(1)
        .filter(|line| line.contains("  orders"));
    rows.filter_map(|row| {
        row.trim_start_matches(['├', '─', '└', '│', ' '])
            .split("  ")
            .next()
    })
    .collect()
}

#[test]
fn a_trace_is_drawn_once_when_its_last_span_ends() {
    let screen = Screen::default();
    let provider = provider(plain().writer(screen.clone()).build(), "orders");
    let tracer = provider.tracer("test");
    let root = child(&tracer, "GET /orders", &Context::new());
    let query = child(&tracer, "db.query", &root);
    let task = child(&tracer, "audit", &root);
    query.span().end();
    root.span().end();
    assert_eq!(screen.take().len(), 0, "a spawned task goes on");
    task.span().end();
    let blocks = screen.take();
    assert_eq!(blocks.len(), 1);
    assert_eq!(names(&blocks[0]), ["GET /orders", "db.query", "audit"]);
    provider.shutdown().unwrap();
    assert_eq!(screen.take().len(), 0);
}

#[test]
fn a_message_consumed_later_is_a_block_of_its_own() {
    let screen = Screen::default();
    let provider = provider(plain().writer(screen.clone()).build(), "orders");
    let tracer = provider.tracer("test");
    let root = child(&tracer, "POST /orders", &Context::new());
    let sent = root.span().span_context().clone();
    root.span().end();
    let remote = SpanContext::new(
        sent.trace_id(),
        sent.span_id(),
        sent.trace_flags(),
        true,
        TraceState::NONE,
    );
    let remote = Context::new().with_remote_span_context(remote);
    tracer
        .span_builder("process")
        .with_kind(SpanKind::Consumer)
        .start_with_context(&tracer, &remote);
    let blocks = screen.take();
    assert_eq!(blocks.len(), 2, "{blocks:?}");
    let parent = format!("← {} in another process", sent.span_id());
    assert!(blocks[1].contains(&parent), "{}", blocks[1]);
}

#[test]
fn providers_that_share_a_processor_share_the_picture() {
    let screen = Screen::default();
    let console = plain().writer(screen.clone()).build();
    let (orders, payments) = (
        provider(console.clone(), "orders"),
        provider(console, "payments"),
    );
    let root = child(&orders.tracer("test"), "GET /orders", &Context::new());
    child(&payments.tracer("test"), "verify", &root)
        .span()
        .end();
    root.span().end();
    let blocks = screen.take();
    assert_eq!(blocks.len(), 1);
    assert!(blocks[0].contains("  2 services"), "{}", blocks[0]);
    assert!(blocks[0].contains("└─ verify    payments"), "{}", blocks[0]);
}

#[test]
fn only_what_is_drawn_is_kept() {
    let screen = Screen::default();
    let style = Waterfall::new().attributes(["order.id"]);
    let console = ConsoleProcessor::builder()
        .waterfall(style)
        .writer(screen.clone())
        .build();
    let provider = provider(console.clone(), "orders");
    let tracer = provider.tracer("test");
    let root = child(&tracer, "root", &Context::new());
    let mut span = tracer.start_with_context("child", &root);
    span.set_attributes([KeyValue::new("order.id", 7), KeyValue::new("card", "visa")]);
    span.add_event("noise", Vec::new());
    span.end();
    let waiting = format!("{:?}", console.pending());
    assert!(
        waiting.contains("order.id") && !waiting.contains("visa"),
        "{waiting}"
    );
    assert!(!waiting.contains("noise"), "{waiting}");
    root.span().end();
    assert!(screen.take()[0].contains("order.id=7"));
}

#[test]
fn unsampled_and_quick_traces_are_not_drawn() {
    let screen = Screen::default();
    let slow = plain()
        .writer(screen.clone())
        .min_duration(Duration::from_secs(3_600))
        .build();
    provider(slow, "orders")
        .tracer("test")
        .in_span("quick", |_| {});
    let console = plain().writer(screen.clone()).build();
    let unsampled = SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOff)
        .with_span_processor(console.clone())
        .build();
    unsampled.tracer("test").in_span("dropped", |_| {});
    assert_eq!(screen.take().len(), 0);
    assert_eq!(console.dropped_traces(), 0);
}

#[test]
fn memory_is_bounded_and_losses_are_told() {
    let screen = Screen::default();
    let console = plain()
        .writer(screen.clone())
        .max_traces(2)
        .max_spans(10)
        .build();
    let provider = provider(console.clone(), "orders");
    let tracer = provider.tracer("test");
    let leaked: Vec<_> = (0..5)
        .map(|_| child(&tracer, "leaked", &Context::new()))
        .collect();
    assert_eq!(console.dropped_traces(), 3);
    let root = child(&tracer, "batch", &Context::new());
    for _ in 0..100 {
        child(&tracer, "item", &root).span().end();
    }
    root.span().end();
    let block = screen.take().remove(0);
    assert!(
        block.contains("batch") && block.ends_with("91 spans left out\n"),
        "{block}"
    );
    drop(leaked);
}

#[test]
fn a_flush_draws_what_has_ended() {
    let screen = Screen::default();
    let provider = provider(plain().writer(screen.clone()).build(), "orders");
    let tracer = provider.tracer("test");
    let root = child(&tracer, "root", &Context::new());
    child(&tracer, "done", &root).span().end();
    provider.force_flush().unwrap();
    let block = screen.take().remove(0);
    assert_eq!(names(&block), ["done"]);
    assert!(block.ends_with("1 still open\n"), "{block}");
    root.span().end();
    assert_eq!(names(&screen.take()[0]), ["root"]);
}

#[test]
fn a_writer_may_fail_and_may_make_spans() {
    struct Odd(SdkTracerProvider);
    impl Write for Odd {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            self.0.tracer("odd").in_span("writing", |_| {});
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (done, waiting) = mpsc::channel();
    thread::spawn(move || {
        let writer = Late::default();
        let console = plain().writer(writer.clone()).build();
        let provider = provider(console.clone(), "orders");
        *writer.0.lock().unwrap() = Some(Box::new(Odd(provider.clone())));
        provider.tracer("test").in_span("root", |_| {});
        assert!(console.pending().flush().is_empty());
        done.send(()).unwrap();
    });
    waiting
        .recv_timeout(Duration::from_secs(10))
        .expect("it does not wait for itself");
}

/// A writer that is given later.
#[derive(Clone, Default)]
struct Late(Arc<Mutex<Option<Box<dyn Write + Send>>>>);

impl Write for Late {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut writer = self.0.lock().unwrap().take().expect("given");
        let result = writer.write(bytes);
        *self.0.lock().unwrap() = Some(writer);
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A span can end while the context is borrowed: when a guard lets go of its last reference.
#[test]
fn spans_that_end_with_their_context_are_drawn() {
    let screen = Screen::default();
    let provider = provider(plain().writer(screen.clone()).build(), "orders");
    let guard = child(&provider.tracer("test"), "root", &Context::new()).attach();
    drop(guard);
    assert_eq!(names(&screen.take()[0]), ["root"]);
}

#[test]
fn traces_of_many_threads_are_whole() {
    let screen = Screen::default();
    let provider = provider(plain().writer(screen.clone()).build(), "orders");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let tracer = provider.tracer("test");
                for _ in 0..50 {
                    let root = child(&tracer, "root", &Context::new());
                    child(&tracer, "work", &root).span().end();
                    root.span().end();
                }
            });
        }
    });
    let blocks = screen.take();
    assert_eq!(blocks.len(), 400);
    assert!(blocks.iter().all(|block| names(block) == ["root", "work"]));
}

#[test]
fn a_trace_from_elsewhere() {
    let screen = Screen::default();
    let console = plain().writer(screen.clone()).build();
    let now = std::time::SystemTime::UNIX_EPOCH;
    let span = Span::new(
        TraceId::from(1),
        SpanId::from(1),
        "orders",
        "received",
        now,
        now,
    );
    console.print(&Trace::build(vec![span]));
    assert_eq!(names(&screen.take()[0]), ["received"]);
}
