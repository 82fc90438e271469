//! The service for the [W3C trace-context harness], on its own.
//!
//! ```text
//! cargo run -p w3c_service          # or elsewhere: --listen 127.0.0.1:9000, or W3C_SERVICE_LISTEN
//! SPEC_LEVEL=2 STRICT_LEVEL=2 python test.py http://127.0.0.1:5000/test
//! ```
//!
//! It calls whatever URL it is told to: keep it on the loopback interface.
//!
//! [W3C trace-context harness]: https://github.com/w3c/trace-context/tree/main/test
#![forbid(unsafe_code)]

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use tokio::{net::TcpListener, signal::ctrl_c};
use traceprop_core::Telemetry;
use traceprop_http::{ClientLayer, ServerLayer};

/// The service that the W3C trace-context harness tests.
#[derive(Debug, Parser)]
struct Settings {
    /// Where to listen.
    #[arg(long, env = "W3C_SERVICE_LISTEN", default_value = "127.0.0.1:5000")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Settings { listen } = Settings::parse();
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        format!("cannot listen on {listen}, set by --listen or W3C_SERVICE_LISTEN: {error}")
    })?;
    let telemetry = Telemetry::builder("w3c_service").init()?;
    println!("test me: http://{}/test", listener.local_addr()?);

    let app = w3c_service::app(ServerLayer::new(), &ClientLayer::new());
    let interrupted = async { ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, app)
        .with_graceful_shutdown(interrupted)
        .await?;
    telemetry.shutdown(Duration::from_secs(3)).await?;
    Ok(())
}
