//! Every kind of call against every way to end, over real sockets: both spans of each.
//!
//! On several threads, since waiting for spans blocks one.

use std::time::Duration;

use opentelemetry::trace::SpanKind;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower::Layer;
use traceprop_core::tree::Span;
use traceprop_grpc::client::Client;

use crate::kinds::{Answer, Do, Kind, Kinds, call, open};
use crate::running::Running;
use crate::support::{Watched, status, word};

const SOON: Duration = Duration::from_secs(10);

/// A service, a channel to it, and what both record.
struct Pair {
    watched: Watched,
    server: Running,
    channel: Client<Channel>,
}

impl Pair {
    async fn new() -> Self {
        Self::with(|server| server).await
    }

    async fn with(set: impl FnOnce(tonic::transport::Server) -> tonic::transport::Server) -> Self {
        let watched = Watched::new();
        // Listed, so that a handler may say UNIMPLEMENTED: see `methods`.
        let layer = watched.server().service::<Kinds>();
        let server = set(tonic::transport::Server::builder());
        let server = Running::start(server.layer(layer).add_service(Kinds));
        let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
        let channel = watched.client().layer(endpoint.connect().await.unwrap());
        Self {
            watched,
            server,
            channel,
        }
    }

    /// Both spans, the server's first, once they have ended and nothing else has.
    fn spans(&self, kind: Kind) -> [Span; 2] {
        self.watched.otel.wait_for(2, SOON);
        self.watched.calls.wait_for(2, SOON);
        self.watched.calls.assert_idle();
        let [server, client] = [SpanKind::Server, SpanKind::Client].map(|it| self.watched.span(it));
        assert_eq!(server.parent_span_id, Some(client.span_id), "{kind:?}");
        assert_eq!(server.trace_id, client.trace_id, "{kind:?}");
        for span in [&server, &client] {
            assert_eq!(span.name, &kind.path()[1..]);
            assert_eq!(span.attribute("rpc.method"), Some(&kind.path()[1..].into()));
            assert_eq!(span.attribute("rpc.system.name"), Some(&"grpc".into()));
            let (code, is_error) = status(span);
            let error_type = span.attribute("error.type").map(ToString::to_string);
            assert_eq!(error_type, is_error.then_some(code), "{kind:?}");
        }
        [server, client]
    }
}

/// Whether a server is to blame, by the conventions' list.
fn is_servers(code: Code) -> bool {
    let servers = [
        Code::Unknown,
        Code::DeadlineExceeded,
        Code::Unimplemented,
        Code::Internal,
        Code::Unavailable,
        Code::DataLoss,
    ];
    servers.contains(&code)
}

fn code_of<T>(result: &Result<T, Status>) -> Code {
    result.as_ref().err().map_or(Code::Ok, Status::code)
}

/// Asserts what both sides say of a call; the client must say what its caller was told.
#[track_caller]
fn assert_cell(pair: &Pair, cell: &str, kind: Kind, server: Code, client: Code) {
    let [server_span, client_span] = pair.spans(kind);
    let want = (word(server), is_servers(server));
    assert_eq!(status(&server_span), want, "{cell}, {kind:?}, server");
    let want = (word(client), client != Code::Ok);
    assert_eq!(status(&client_span), want, "{cell}, {kind:?}, client");
}

fn all_codes() -> impl Iterator<Item = Code> {
    (0..=16).map(Code::from_i32)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ok_and_each_code_from_the_handler() {
    for kind in Kind::ALL {
        let pair = Pair::new().await;
        let answers = call(pair.channel.clone(), kind, Do::Answer).await.unwrap();
        let bytes: usize = answers.iter().map(String::len).sum();
        assert!(bytes >= 2_000, "{kind:?}: {bytes}");
        assert_cell(&pair, "ok", kind, Code::Ok, Code::Ok);

        for code in all_codes().skip(1) {
            let ways = [
                Do::Fail(code),
                Do::FailAtOnce(code),
                Do::FailAfterMessage(code),
            ];
            for todo in ways {
                let pair = Pair::new().await;
                let told = code_of(&call(pair.channel.clone(), kind, todo).await);
                assert_eq!(told, code, "{todo:?}");
                assert_cell(&pair, &format!("{todo:?}"), kind, code, told);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_breaks_in_the_middle() {
    for kind in Kind::ALL {
        // What the server knows does not get through: the stream is reset.
        let pair = Pair::new().await;
        let told = code_of(&call(pair.channel.clone(), kind, Do::Reset).await);
        assert_eq!(told, Code::Internal);
        assert_cell(&pair, "reset", kind, Code::DataLoss, told);

        let pair = Pair::new().await;
        let told = code_of(&call(pair.channel.clone(), kind, Do::EndWithoutStatus).await);
        assert_eq!(told, Code::Unknown);
        assert_cell(&pair, "no status", kind, Code::Unknown, told);
    }
}

/// Asks for what does not end, and gives it up after a while.
async fn give_up(pair: &Pair, kind: Kind, todo: Do, timeout: Option<Duration>) {
    let wait = Duration::from_millis(100);
    let answer = open(pair.channel.clone(), kind, todo, timeout);
    // Headers may have come, and a message: neither ends the call.
    let answer = tokio::time::timeout(wait, answer).await;
    if let Ok(Ok(Answer::Many(mut answers))) = answer {
        answers.message().await.unwrap().expect("a message");
        assert_eq!(pair.watched.otel.spans(), [], "both go on with the stream");
        tokio::time::sleep(wait).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away() {
    for kind in Kind::ALL {
        for todo in [Do::Hang, Do::Stall] {
            let pair = Pair::new().await;
            give_up(&pair, kind, todo, None).await;
            assert_cell(&pair, "dropped", kind, Code::Cancelled, Code::Cancelled);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadlines() {
    let timeout = |millis| Some(Duration::from_millis(millis));
    for kind in Kind::ALL {
        // Before the headers both transports keep the deadline; tonic says CANCELLED to the caller.
        let pair = Pair::new().await;
        let told = open(pair.channel.clone(), kind, Do::Hang, timeout(200)).await;
        let told = code_of(&told);
        assert_eq!(told, Code::Cancelled);
        assert_cell(&pair, "hanging", kind, Code::DeadlineExceeded, told);

        // After them nobody does, and the caller drops the stream when it is too late.
        if kind.streams() {
            let pair = Pair::new().await;
            give_up(&pair, kind, Do::Stall, timeout(60)).await;
            let late = Code::DeadlineExceeded;
            assert_cell(&pair, "a late stream", kind, late, late);
        }

        // The handler finds out by itself.
        let pair = Pair::new().await;
        let todo = Do::Fail(Code::DeadlineExceeded);
        let told = code_of(&call(pair.channel.clone(), kind, todo).await);
        assert_cell(&pair, "a handler's", kind, Code::DeadlineExceeded, told);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_drops_the_call() {
    for kind in Kind::ALL {
        // Its own timeout is no deadline of the caller's.
        let pair = Pair::with(|server| server.timeout(Duration::from_millis(40))).await;
        let told = code_of(&call(pair.channel.clone(), kind, Do::Hang).await);
        assert_eq!(told, Code::Cancelled);
        assert_cell(&pair, "dropped by the server", kind, Code::Cancelled, told);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away() {
    for kind in Kind::ALL {
        for todo in [Do::Hang, Do::Stall] {
            let mut pair = Pair::new().await;
            let calling = tokio::spawn({
                let channel = pair.channel.clone();
                async move { call(channel, kind, todo).await }
            });
            while pair.watched.calls.started() < 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            pair.server.kill();
            let told = code_of(&calling.await.unwrap());
            assert_ne!(told, Code::Ok);
            assert_cell(&pair, "gone", kind, Code::Cancelled, told);

            // And nobody is there any more, which a channel may find out late: not always UNAVAILABLE.
            let told = code_of(&call(pair.channel.clone(), kind, todo).await);
            assert_ne!(told, Code::Ok);
            let calls = pair.watched.calls.wait_for(3, SOON);
            let last = format!("{:?}", calls.last().unwrap().facts);
            assert!(last.contains(&word(told)), "{told:?}: {last}");
            pair.watched.calls.assert_idle();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_panics() {
    for kind in Kind::ALL {
        let pair = Pair::new().await;
        let told = code_of(&call(pair.channel.clone(), kind, Do::Panic).await);
        pair.watched.calls.wait_for(2, SOON);
        pair.watched.calls.assert_idle();
        let server = pair.watched.span(SpanKind::Server);
        assert_eq!(server.attribute("error.type"), Some(&"panic".into()));
        let client = pair.watched.span(SpanKind::Client);
        assert_eq!(status(&client), (word(told), true));
    }
}
