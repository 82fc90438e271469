//! Exchanges traces over HTTP with a service in another language, in every format that both speak.
//!
//! ```text
//! http_peers NAME FORMATS COMMAND [ARGUMENT...]
//!     NAME      what the peer is called in messages
//!     FORMATS   which of tracecontext,b3,b3multi,jaeger it speaks; `jaeger-ids` is Jaeger without baggage
//!     COMMAND   starts it
//! ```
//!
//! The peer prints `port NUMBER` once it listens on 127.0.0.1. It answers `/leaf`, and `/call?url=` calls
//! that URL and passes the answer on. Its spans go to the collector in here, as the variables of
//! OpenTelemetry say. Three exchanges for each format: ours first, theirs first, and one that is not
//! sampled. Each must be one trace, whose spans are each other's parents as the calls were.

mod collector;
mod exchange;
mod format;
mod ours;
mod peer;

use std::error::Error;
use std::process::ExitCode;

use self::collector::Collector;
use self::exchange::Exchange;
use self::format::Format;
use self::peer::Peer;

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Fails the exchange that it is called in: `check(that_holds, || "what does not")?`.
fn check(holds: bool, else_say: impl FnOnce() -> String) -> Fallible<()> {
    if holds {
        Ok(())
    } else {
        Err(else_say().into())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()).await {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Vec<String>) -> Fallible<String> {
    let [name, formats, command @ ..] = &arguments[..] else {
        return Err("usage: http_peers NAME FORMATS COMMAND [ARGUMENT...]".into());
    };
    let formats: Vec<_> = formats
        .split(',')
        .map(Format::new)
        .collect::<Result<_, _>>()?;
    let collector = Collector::listen().await?;
    let peer = Peer::start(command, collector.address()).await?;
    let mut spans = 0;
    for format in &formats {
        let exchange = Exchange::new(&peer, &collector, format).await?;
        spans += exchange.ours_first().await?;
        spans += exchange.theirs_first().await?;
        exchange.not_sampled().await?;
        println!("{name}: {} both ways, and not sampled", format.name());
    }
    let traces = 2 * formats.len();
    Ok(format!(
        "{name}: {traces} traces of {spans} spans in {} formats, each whole",
        formats.len()
    ))
}
