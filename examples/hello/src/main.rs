//! The smallest start: one call sets telemetry up, one layer traces a router, and the terminal shows
//! where the time of each request went. No collector is needed.
//!
//! ```text
//! cargo run -p hello            # or with another address: HELLO_ADDR=127.0.0.1:9000
//! curl http://127.0.0.1:8080/hello/world
//! ```

use std::error::Error;
use std::time::Duration;

use axum::{Router, extract::Path, routing::get};
use tokio::{net::TcpListener, signal::ctrl_c, time::sleep};
use traceprop_core::Telemetry;
use traceprop_http::ServerLayer;
use tracing::{info, instrument};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = Telemetry::builder("hello").init()?;
    let app = Router::new()
        .route("/hello/{name}", get(hello))
        .layer(ServerLayer::new());

    let address = std::env::var("HELLO_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|error| format!("HELLO_ADDR: cannot listen on {address}: {error}"))?;
    println!("try: curl http://{}/hello/world", listener.local_addr()?);
    let interrupted = async { ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, app)
        .with_graceful_shutdown(interrupted)
        .await?;
    telemetry.shutdown(Duration::from_secs(3)).await?;
    Ok(())
}

#[instrument]
async fn hello(Path(name): Path<String>) -> String {
    let greeting = find_greeting().await;
    info!("found a greeting");
    format!("{greeting}, {name}!\n")
}

#[instrument]
async fn find_greeting() -> &'static str {
    sleep(Duration::from_millis(20)).await;
    "Hello"
}
