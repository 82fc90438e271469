//! Takes orders from Kafka, and has their buyers notified over HTTP.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::{Method, Request, StatusCode, Uri, header};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::{ClientConfig, Message};
use tokio::time::{sleep, timeout};
use tower::{Layer, ServiceExt};
use traceprop_core::call::Recorder;
use traceprop_http::ClientLayer;
use traceprop_kafka::{ConsumerBuilder, TracedConsumer};

use super::READY;
use super::stop::Stop;
use crate::cli::FulfilmentArgs;
use crate::error::{Error, Explain, Result};
use crate::messages::{Notification, OrderPlaced, TOPIC};

/// How many orders are fulfilled at once.
const AT_ONCE: usize = 8;
/// What taking an item from the shelf takes.
const PICKING: Duration = Duration::from_millis(4);
/// How long a notification may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after an error of the consumer.
const PAUSE: Duration = Duration::from_millis(200);

type Traced = <ClientLayer as Layer<Client<HttpConnector, Full<Bytes>>>>::Service;

struct Fulfilment {
    client: Traced,
    notifications: Uri,
}

pub(super) async fn run(
    args: FulfilmentArgs,
    recorder: Arc<dyn Recorder>,
    stop: Stop,
) -> Result<()> {
    let address = &args.notifications;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let notifications = format!("http://{address}/notify");
    let fulfilment = Fulfilment {
        client: ClientLayer::new()
            .recorder(recorder.clone())
            .layer(Client::builder(TokioExecutor::new()).build(connector)),
        notifications: notifications.parse().explain(|| {
            format!("{address:?}, set by --notifications or SHOP_NOTIFICATIONS, is no HOST:PORT")
        })?,
    };
    let consumer = consumer(&args.kafka.bootstrap, recorder)?;
    tokio::join!(
        consume(&consumer, &fulfilment, &stop),
        announce(&consumer, &stop)
    );
    Ok(())
}

fn consumer(
    bootstrap: &str,
    recorder: Arc<dyn Recorder>,
) -> Result<TracedConsumer<StreamConsumer>> {
    let wrong = || format!("no consumer for {bootstrap}, set by --kafka or KAFKA_BOOTSTRAP");
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "fulfilment")
        .set("client.id", "fulfilment")
        .set("auto.offset.reset", "earliest")
        // A broker that is new to the shop has no such topic yet.
        .set("allow.auto.create.topics", "true")
        .set("topic.metadata.refresh.interval.ms", "1000")
        // The embedded broker makes a fetch wait for all of this, even once there is a message.
        .set("fetch.wait.max.ms", "30");
    let consumer: TracedConsumer<StreamConsumer> = ConsumerBuilder::new()
        .recorder(recorder)
        .create(&config)
        .explain(wrong)?;
    consumer.subscribe(&[TOPIC]).explain(wrong)?;
    Ok(consumer)
}

/// Says that the service is ready once the group has given it partitions.
async fn announce(consumer: &TracedConsumer<StreamConsumer>, stop: &Stop) {
    let is_assigned = || {
        let partitions = consumer.assignment();
        partitions.is_ok_and(|partitions| partitions.count() > 0)
    };
    while !stop.is_set() {
        if is_assigned() {
            println!("{READY}");
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Processes messages, some at a time, until it is time to end; then finishes what it has begun.
async fn consume(consumer: &TracedConsumer<StreamConsumer>, fulfilment: &Fulfilment, stop: &Stop) {
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = stop.wait() => break,
            Some(()) = under_way.next() => {}
            message = consumer.recv(), if under_way.len() < AT_ONCE => match message {
                Ok(message) => under_way.push(async move {
                    let done = message.process(async |message| fulfilment.fulfil(message.payload()).await);
                    if let Err(error) = done.await {
                        tracing::error!(%error, "an order was not fulfilled");
                    }
                }),
                Err(error) => {
                    tracing::warn!(%error, "the broker gave no message");
                    sleep(PAUSE).await;
                }
            },
        }
    }
    while under_way.next().await.is_some() {}
}

impl Fulfilment {
    async fn fulfil(&self, message: Option<&[u8]>) -> Result<()> {
        let order: OrderPlaced = serde_json::from_slice(message.unwrap_or_default())
            .explain(|| "the message is no order".to_owned())?;
        sleep(PICKING).await;
        self.notify(&order).await
    }

    async fn notify(&self, order: &OrderPlaced) -> Result<()> {
        let notification = Notification {
            order_id: order.id,
            text: format!("{} × {} is on its way", order.quantity, order.item),
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.notifications.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(serde_json::to_vec(&notification)?))?;
        let sent = timeout(TIMEOUT, self.client.clone().oneshot(request)).await;
        let answer = sent?.explain(|| "notifications did not answer".to_owned())?;
        match answer.status() {
            StatusCode::ACCEPTED => Ok(()),
            status => Err(Error::from(format!("notifications answered {status}"))),
        }
    }
}
