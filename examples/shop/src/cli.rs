//! What can be set on the command line and in the environment.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// One trace across five services, over HTTP, gRPC and Kafka.
///
/// Without a command, starts the five services with everything they need, sends them requests, and
/// shows the traces.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) demo: DemoArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many requests to send [default: 40; with --serve, none]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) requests: Option<u32>,
    /// Keep running, and show every trace that arrives
    #[arg(long)]
    pub(crate) serve: bool,
    /// Write every span received to FILE as OTLP-JSON, one export request a line
    #[arg(long, value_name = "FILE")]
    pub(crate) spans: Option<PathBuf>,
    /// Write to FILE where the services' metrics are, as Prometheus's file_sd_configs reads it
    #[arg(long, value_name = "FILE")]
    pub(crate) targets: Option<PathBuf>,
    /// The place where slow requests take their time
    #[arg(long, value_name = "PLACE", default_value_t)]
    pub(crate) slow: Place,
    /// Where the gateway listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// A Kafka broker to use instead of the embedded one
    #[arg(long, value_name = "HOST:PORT", env = "KAFKA_BOOTSTRAP")]
    pub(crate) kafka: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one service alone
    Run(RunArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// End when standard input does: the parent keeps it open for as long as it lives.
    #[arg(long, hide = true, global = true)]
    pub(crate) supervised: bool,
    /// Where to serve /metrics; without it, nowhere
    #[arg(long, env = "SHOP_METRICS", value_name = "ADDRESS", global = true)]
    pub(crate) metrics: Option<SocketAddr>,
    #[command(subcommand)]
    pub(crate) service: Service,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Service {
    /// The shop's entrance: POST /orders, GET /orders/{id}
    Gateway(GatewayArgs),
    /// Keeps the orders in SQLite, has them paid, and announces them on Kafka
    Orders(OrdersArgs),
    /// Charges cards, over gRPC
    Payments(PaymentsArgs),
    /// Takes orders from Kafka and has their buyers notified
    Fulfilment(FulfilmentArgs),
    /// Notifies buyers, over HTTP
    Notifications(NotificationsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct GatewayArgs {
    /// Where to listen
    #[arg(long, env = "SHOP_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where the orders service is
    #[arg(
        long,
        env = "SHOP_ORDERS",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:8081"
    )]
    pub(crate) orders: String,
}

#[derive(Debug, Args)]
pub(crate) struct OrdersArgs {
    /// Where to listen
    #[arg(long, env = "SHOP_LISTEN", default_value = "127.0.0.1:8081")]
    pub(crate) listen: SocketAddr,
    /// Where the payments service is
    #[arg(
        long,
        env = "SHOP_PAYMENTS",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:8082"
    )]
    pub(crate) payments: String,
    /// The database's file; without one it is in memory
    #[arg(long, env = "SHOP_DATABASE", value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) kafka: KafkaArgs,
    #[command(flatten)]
    pub(crate) slow: SlowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PaymentsArgs {
    /// Where to listen
    #[arg(long, env = "SHOP_LISTEN", default_value = "127.0.0.1:8082")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) slow: SlowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct FulfilmentArgs {
    /// Where the notifications service is
    #[arg(
        long,
        env = "SHOP_NOTIFICATIONS",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:8083"
    )]
    pub(crate) notifications: String,
    #[command(flatten)]
    pub(crate) kafka: KafkaArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NotificationsArgs {
    /// Where to listen
    #[arg(long, env = "SHOP_LISTEN", default_value = "127.0.0.1:8083")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) slow: SlowArgs,
}

#[derive(Debug, Args)]
pub(crate) struct KafkaArgs {
    /// The Kafka broker
    #[arg(
        long = "kafka",
        env = "KAFKA_BOOTSTRAP",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:9092"
    )]
    pub(crate) bootstrap: String,
}

#[derive(Debug, Args)]
pub(crate) struct SlowArgs {
    /// The place where slow requests take their time
    #[arg(
        long = "slow",
        env = "SHOP_SLOW",
        value_name = "PLACE",
        default_value_t
    )]
    pub(crate) place: Place,
}

/// A place that can be slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Place {
    /// The orders' database
    Db,
    /// The payments service itself
    Payments,
    /// The external card gateway that the payments service calls
    #[default]
    Gateway,
    /// The notifications service
    Notifications,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Db => "db",
            Self::Payments => "payments",
            Self::Gateway => "gateway",
            Self::Notifications => "notifications",
        })
    }
}
