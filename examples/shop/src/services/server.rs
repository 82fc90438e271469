//! What the services that listen have in common.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use super::stop::Stop;
use super::{READY, stop};
use crate::error::{Explain, Result};

/// How long requests that are under way may take once it is time to end.
const DRAIN: Duration = Duration::from_secs(5);

/// Takes the address that was asked for.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .explain(|| format!("cannot listen on {address}, set by --listen or SHOP_LISTEN"))
}

/// Says where the service listens, in a line that the parent waits for.
pub(super) fn announce(listener: &TcpListener) -> Result<()> {
    println!("{READY} {}", listener.local_addr()?);
    Ok(())
}

/// Serves `app` until it is time to end, and then what is under way.
pub(super) async fn serve_http(listener: TcpListener, app: Router, stop: Stop) -> Result<()> {
    announce(&listener)?;
    let listener = listener.tap_io(|stream| {
        // One that is gone already fails here, and again at its first read.
        let _ = stream.set_nodelay(true);
    });
    let told = stop.clone();
    let serving =
        axum::serve(listener, app).with_graceful_shutdown(async move { told.wait().await });
    until_drained(async move { Ok(serving.await?) }, stop).await
}

/// Gives up on a server that does not drain.
pub(super) async fn until_drained(
    serving: impl Future<Output = Result<()>>,
    stop: Stop,
) -> Result<()> {
    tokio::select! {
        served = serving => served,
        () = overdue(stop) => {
            tracing::warn!(after = ?DRAIN, "requests are still under way, they are cut off");
            Ok(())
        }
    }
}

async fn overdue(stop: stop::Stop) {
    stop.wait().await;
    tokio::time::sleep(DRAIN).await;
}
