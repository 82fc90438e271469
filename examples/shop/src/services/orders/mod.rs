//! Keeps the orders: HTTP in, SQLite and gRPC on the way, Kafka out.

mod announce;
mod payments;
mod sales;
mod store;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use opentelemetry::Context;
use traceprop_core::span::SpanExt;
use traceprop_http::ServerLayer;

use self::announce::Announcer;
use self::payments::{Payments, Verdict};
use self::sales::Sales;
use self::store::Store;
use super::metrics::Metrics;
use super::pace::Pace;
use super::server;
use super::stop::Stop;
use crate::cli::OrdersArgs;
use crate::error::{Error, Result};
use crate::messages::{NewOrder, Order, OrderPlaced};

/// What one of an item costs, in cents.
const PRICE: i64 = 1_999;

#[derive(Debug)]
struct Orders {
    store: Store,
    payments: Payments,
    announcer: Announcer,
    sales: Sales,
}

pub(super) async fn run(args: OrdersArgs, metrics: &Metrics, stop: Stop) -> Result<()> {
    let recorder = metrics.recorder();
    let listener = server::listen(args.listen).await?;
    let orders = Arc::new(Orders {
        store: Store::open(args.database.as_deref(), Pace::new(args.slow.place))?,
        payments: Payments::new(&args.payments, recorder.clone())?,
        announcer: Announcer::new(&args.kafka.bootstrap, recorder.clone())?,
        sales: Sales::register(metrics.registry())?,
    });
    let app = Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", get(look))
        .layer(ServerLayer::new().recorder(recorder))
        .with_state(orders.clone());
    server::serve_http(listener, app, stop).await?;
    orders.announcer.flush().await
}

async fn place(
    State(orders): State<Arc<Orders>>,
    Json(order): Json<NewOrder>,
) -> Result<(StatusCode, Json<Order>), Refusal> {
    let amount = PRICE * i64::from(order.quantity);
    let id = orders.store.insert(&order).await?;
    match orders.payments.verify(id, amount, &order.card).await? {
        Verdict::Paid => {}
        Verdict::Declined => {
            orders.store.set_status(id, "declined").await?;
            return Err(Refusal::Declined);
        }
        Verdict::Refused(why) => return Err(Refusal::Invalid(why)),
    }
    orders.sales.count(&order.item, order.quantity);
    let receipts = orders.payments.receipts(id).await?;
    orders.store.set_status(id, "paid").await?;
    let placed = OrderPlaced {
        id,
        item: order.item.clone(),
        quantity: order.quantity,
    };
    orders.announcer.announce(&placed).await?;
    let order = Order {
        id,
        item: order.item,
        quantity: order.quantity,
        status: "paid".to_owned(),
        receipts,
    };
    Ok((StatusCode::CREATED, Json(order)))
}

async fn look(
    State(orders): State<Arc<Orders>>,
    Path(id): Path<i64>,
) -> Result<Json<Order>, Refusal> {
    let order = orders.store.find(id).await?;
    order.map(Json).ok_or(Refusal::Unknown)
}

/// Why an order is not placed or shown.
#[derive(Debug)]
enum Refusal {
    Declined,
    Invalid(String),
    Unknown,
    Broken(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Declined => {
                (StatusCode::PAYMENT_REQUIRED, "the card was declined\n").into_response()
            }
            Self::Invalid(why) => (StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
            Self::Unknown => (StatusCode::NOT_FOUND, "no such order\n").into_response(),
            Self::Broken(error) => {
                Context::current().record_error(error.as_ref());
                tracing::error!(%error, "an order could not be handled");
                (StatusCode::INTERNAL_SERVER_ERROR, "something is broken\n").into_response()
            }
        }
    }
}
