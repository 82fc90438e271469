//! Waits for what goes on after the requests were answered.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Client;
use tokio::time::{sleep, timeout};

use crate::error::{Explain, Result};
use crate::messages::Stats;

/// How long the last notification may take after the last answer.
const PATIENCE: Duration = Duration::from_secs(15);
const INTERVAL: Duration = Duration::from_millis(30);

/// Waits until the buyers of `placed` orders are notified; returns what is wrong if they are not.
pub(super) async fn wait(notifications: SocketAddr, placed: usize) -> Result<Option<String>> {
    let client = Client::builder().no_proxy().build()?;
    let url = format!("http://{notifications}/stats");
    let mut sent = 0;
    let waiting = async {
        loop {
            let stats: Stats = client.get(&url).send().await?.json().await?;
            sent = stats.sent;
            if usize::try_from(sent).is_ok_and(|sent| sent >= placed) {
                return Ok(());
            }
            sleep(INTERVAL).await;
        }
    };
    match timeout(PATIENCE, waiting).await {
        Ok(asked) => asked
            .map(|()| None)
            .map_err(|error: reqwest::Error| error)
            .explain(|| "cannot ask notifications how far it is".to_owned()),
        Err(_) => Ok(Some(format!(
            "{sent} of {placed} buyers were notified within {PATIENCE:?}"
        ))),
    }
}
