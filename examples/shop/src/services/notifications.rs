//! Notifies buyers: it counts, where a real one would send.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use traceprop_core::call::Recorder;
use traceprop_http::ServerLayer;

use super::pace::Pace;
use super::server;
use super::stop::Stop;
use crate::cli::{NotificationsArgs, Place};
use crate::error::Result;
use crate::messages::{Notification, Stats};

/// What handing a notification over takes.
const SENDING: Duration = Duration::from_millis(3);

#[derive(Clone, Debug)]
struct Notifications {
    pace: Pace,
    sent: Arc<AtomicU64>,
}

pub(super) async fn run(
    args: NotificationsArgs,
    recorder: Arc<dyn Recorder>,
    stop: Stop,
) -> Result<()> {
    let listener = server::listen(args.listen).await?;
    let notifications = Notifications {
        pace: Pace::new(args.slow.place),
        sent: Arc::default(),
    };
    let app = Router::new()
        .route("/notify", post(notify))
        .layer(ServerLayer::new().recorder(recorder))
        // After the layer, so that asking does not make traces.
        .route("/stats", get(stats))
        .with_state(notifications);
    server::serve_http(listener, app, stop).await
}

async fn notify(
    State(notifications): State<Notifications>,
    Json(notification): Json<Notification>,
) -> StatusCode {
    notifications.pace.take(Place::Notifications).await;
    tokio::time::sleep(SENDING).await;
    tracing::info!(order = notification.order_id, "the buyer is notified");
    notifications.sent.fetch_add(1, Ordering::Relaxed);
    StatusCode::ACCEPTED
}

async fn stats(State(notifications): State<Notifications>) -> Json<Stats> {
    Json(Stats {
        sent: notifications.sent.load(Ordering::Relaxed),
    })
}
