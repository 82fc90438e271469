//! The orders' database: SQLite, on blocking threads that carry the context, behind database spans.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, params};
use traceprop_core::span::DbCall;
use traceprop_core::spawn_blocking;

use crate::cli::Place;
use crate::error::{Explain, Result};
use crate::messages::{NewOrder, Order};
use crate::services::pace::Pace;

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY,
    item TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    status TEXT NOT NULL
) STRICT";
const INSERT: &str = "INSERT INTO orders (item, quantity, status) VALUES (?1, ?2, 'new')";
const UPDATE: &str = "UPDATE orders SET status = ?2 WHERE id = ?1";
const SELECT: &str = "SELECT id, item, quantity, status FROM orders WHERE id = ?1";

#[derive(Clone, Debug)]
pub(super) struct Store {
    connection: Arc<Mutex<Connection>>,
    pace: Pace,
}

impl Store {
    pub(super) fn open(file: Option<&Path>, pace: Pace) -> Result<Self> {
        let connection = match file {
            Some(file) => Connection::open(file).explain(|| {
                format!(
                    "cannot open {}, set by --database or SHOP_DATABASE",
                    file.display()
                )
            })?,
            None => Connection::open_in_memory()?,
        };
        connection
            .execute(SCHEMA, [])
            .explain(|| "cannot create the table of orders".to_owned())?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            pace,
        })
    }

    /// Keeps a new order; returns its id.
    pub(super) async fn insert(&self, order: &NewOrder) -> Result<i64> {
        let NewOrder { item, quantity, .. } = order.clone();
        self.call("INSERT", INSERT, move |connection| {
            connection.execute(INSERT, params![item, quantity])?;
            Ok(connection.last_insert_rowid())
        })
        .await
    }

    pub(super) async fn set_status(&self, id: i64, status: &'static str) -> Result<()> {
        self.call("UPDATE", UPDATE, move |connection| {
            connection.execute(UPDATE, params![id, status]).map(drop)
        })
        .await
    }

    pub(super) async fn find(&self, id: i64) -> Result<Option<Order>> {
        self.call("SELECT", SELECT, move |connection| {
            connection.query_row(SELECT, [id], order).optional()
        })
        .await
    }

    /// Runs `work` on a blocking thread, in a database span.
    async fn call<T: Send + 'static>(
        &self,
        operation: &'static str,
        query: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.clone();
        let done = spawn_blocking(move || {
            DbCall::new("sqlite", operation)
                .collection("orders")
                .query_text(query)
                .run_sync(|| {
                    // Before the lock, so that a slow order does not hold up the others.
                    std::thread::sleep(store.slowness(operation));
                    let connection = store.connection.lock();
                    work(&connection.unwrap_or_else(PoisonError::into_inner))
                })
        });
        Ok(done.await??)
    }

    /// An order is slow to be kept, once.
    fn slowness(&self, operation: &str) -> std::time::Duration {
        match operation {
            "INSERT" => self.pace.delay(Place::Db),
            _ => std::time::Duration::ZERO,
        }
    }
}

fn order(row: &Row<'_>) -> rusqlite::Result<Order> {
    Ok(Order {
        id: row.get(0)?,
        item: row.get(1)?,
        quantity: row.get(2)?,
        status: row.get(3)?,
        receipts: Vec::new(),
    })
}
