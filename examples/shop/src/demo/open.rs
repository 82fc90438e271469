//! Starts the five services, those that are called before those that call them.

use std::net::SocketAddr;

use indicatif::ProgressBar;

use super::setting::Setting;
use super::supervise::Children;
use crate::cli::DemoArgs;
use crate::error::Result;
use crate::services::{FULFILMENT, GATEWAY, NOTIFICATIONS, ORDERS, PAYMENTS};

/// Where the services listen that someone asks.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    pub(super) gateway: SocketAddr,
    pub(super) notifications: SocketAddr,
    /// The services, and where each serves its metrics.
    pub(super) metrics: Vec<(&'static str, SocketAddr)>,
}

impl Shop {
    /// Where the metrics of orders are, the service with most to tell.
    pub(super) fn metrics_of_orders(&self) -> Result<SocketAddr> {
        let orders = self.metrics.iter().find(|(service, _)| *service == ORDERS);
        orders
            .map(|&(_, address)| address)
            .ok_or_else(|| format!("{ORDERS} does not say where its metrics are").into())
    }
}

/// Any free port: the service takes one and tells which.
const FREE: &str = "--listen=127.0.0.1:0";

pub(super) async fn start(
    args: &DemoArgs,
    setting: &Setting,
    children: &mut Children,
    progress: &ProgressBar,
) -> Result<Shop> {
    progress.set_message("starting the services");
    let environment = setting.environment();
    let mut starting = Starting {
        children,
        environment: &environment,
        progress,
        metrics: Vec::new(),
    };
    let kafka = format!("--kafka={}", setting.bootstrap());
    let slow = format!("--slow={}", args.slow);
    let notifications = starting.listening(NOTIFICATIONS, &[FREE, &slow]).await?;
    let payments = starting.listening(PAYMENTS, &[FREE, &slow]).await?;
    let notified = format!("--notifications={notifications}");
    starting.start(FULFILMENT, &[&notified, &kafka]).await?;
    let paid = format!("--payments={payments}");
    let orders = starting
        .listening(ORDERS, &[FREE, &paid, &kafka, &slow])
        .await?;
    let listen = format!("--listen={}", args.listen);
    let gateway = starting
        .listening(GATEWAY, &[&listen, &format!("--orders={orders}")])
        .await?;
    Ok(Shop {
        gateway,
        notifications,
        metrics: starting.metrics,
    })
}

struct Starting<'a> {
    children: &'a mut Children,
    environment: &'a [(&'static str, Option<String>)],
    progress: &'a ProgressBar,
    metrics: Vec<(&'static str, SocketAddr)>,
}

impl Starting<'_> {
    async fn listening(&mut self, service: &'static str, arguments: &[&str]) -> Result<SocketAddr> {
        let address = self.start(service, arguments).await?;
        address.ok_or_else(|| format!("{service} does not say where it listens").into())
    }

    async fn start(
        &mut self,
        service: &'static str,
        arguments: &[&str],
    ) -> Result<Option<SocketAddr>> {
        let started = self
            .children
            .start(service, arguments, self.environment)
            .await?;
        self.progress.inc(1);
        let metrics = started.metrics.map(|address| (service, address));
        self.metrics.extend(metrics);
        Ok(started.address)
    }
}
