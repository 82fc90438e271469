//! The five services; `shop run` is one of them.

mod fulfilment;
mod gateway;
mod metrics;
mod notifications;
mod orders;
mod pace;
mod payments;
mod server;
mod stop;

use std::process::ExitCode;
use std::time::Duration;

use traceprop_core::Telemetry;

use self::metrics::Metrics;
pub(crate) use self::stop::Stop;
use crate::cli::{RunArgs, Service};
use crate::error::{Explain, Result};

pub(crate) const GATEWAY: &str = "gateway";
pub(crate) const ORDERS: &str = "orders";
pub(crate) const PAYMENTS: &str = "payments";
pub(crate) const FULFILMENT: &str = "fulfilment";
pub(crate) const NOTIFICATIONS: &str = "notifications";

/// All five, from the entrance on.
pub(crate) const NAMES: [&str; 5] = [GATEWAY, ORDERS, PAYMENTS, FULFILMENT, NOTIFICATIONS];

/// How the line begins in which a service says that it is ready; its address follows, if it has one.
pub(crate) const READY: &str = "ready";
/// How the line before that one begins, in which a service says where its metrics are, if it serves them.
pub(crate) const METRICS: &str = "metrics";

/// How long spans may take to leave at the end.
const FLUSH: Duration = Duration::from_secs(5);

/// Runs one service until it is told to end.
///
/// # Errors
///
/// Says which setting is wrong, or what the service could not do.
pub(crate) fn run(run: RunArgs) -> Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .explain(|| "cannot start the runtime".to_owned())?
        .block_on(serve(run))
}

async fn serve(run: RunArgs) -> Result<ExitCode> {
    let stop = Stop::on_signal(run.supervised)?;
    let telemetry = Telemetry::builder(name(&run.service))
        .version(env!("CARGO_PKG_VERSION"))
        .init()?;
    let metrics = Metrics::new(&telemetry)?;
    if let Some(address) = run.metrics {
        metrics.serve(address).await?;
    }
    let recorder = metrics.recorder();
    let served = match run.service {
        Service::Gateway(args) => gateway::run(args, recorder, stop).await,
        Service::Orders(args) => orders::run(args, &metrics, stop).await,
        Service::Payments(args) => payments::run(args, recorder, stop).await,
        Service::Fulfilment(args) => fulfilment::run(args, recorder, stop).await,
        Service::Notifications(args) => notifications::run(args, recorder, stop).await,
    };
    // The last spans ended with the last requests; now they leave.
    let flushed = telemetry.shutdown(FLUSH).await;
    served?;
    if let Err(error) = flushed {
        // What was asked of the service was done; spans that got lost are no failure of it.
        eprintln!("shop: {error}: is OTEL_EXPORTER_OTLP_ENDPOINT right?");
    }
    Ok(ExitCode::SUCCESS)
}

fn name(service: &Service) -> &'static str {
    match service {
        Service::Gateway(_) => GATEWAY,
        Service::Orders(_) => ORDERS,
        Service::Payments(_) => PAYMENTS,
        Service::Fulfilment(_) => FULFILMENT,
        Service::Notifications(_) => NOTIFICATIONS,
    }
}
