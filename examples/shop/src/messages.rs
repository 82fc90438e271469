//! What the services tell each other in JSON.

use serde::{Deserialize, Serialize};

/// The body of `POST /orders`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct NewOrder {
    pub(crate) item: String,
    pub(crate) quantity: u32,
    /// `visa`; `declined` is declined; `pending` waits for its holder's word.
    pub(crate) card: String,
}

/// An order as it is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) id: i64,
    pub(crate) item: String,
    pub(crate) quantity: u32,
    pub(crate) status: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) receipts: Vec<String>,
}

/// The value of a message in the topic `orders`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct OrderPlaced {
    pub(crate) id: i64,
    pub(crate) item: String,
    pub(crate) quantity: u32,
}

/// The body of `POST /notify`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Notification {
    pub(crate) order_id: i64,
    pub(crate) text: String,
}

/// The answer of `GET /stats`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Stats {
    pub(crate) sent: u64,
}

/// The header in which the gateway tells which trace a request became.
pub(crate) const TRACE_ID_HEADER: &str = "trace-id";

/// The baggage entry that asks for a slow run, with the value [`SLOW`].
pub(crate) const PACE: &str = "shop.pace";
pub(crate) const SLOW: &str = "slow";

/// The topic through which orders reaches fulfilment.
pub(crate) const TOPIC: &str = "orders";
