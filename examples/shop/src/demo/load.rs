//! The requests that the demonstration sends, and what came back.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use indicatif::ProgressBar;
use opentelemetry::trace::TraceId;
use reqwest::{Client, RequestBuilder, Response};

use crate::error::{Result, with_causes};
use crate::messages::{NewOrder, Order, PACE, SLOW, TRACE_ID_HEADER};

/// How many requests are under way at once.
const AT_ONCE: usize = 8;
/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// When the impatient client goes away; the card's holder takes a second longer.
const IMPATIENCE: Duration = Duration::from_millis(500);

/// What a request is meant to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An order that is paid, fulfilled and notified.
    Order,
    /// An order that takes its time somewhere.
    Slow,
    /// An order that payments declines.
    Declined,
    /// A look at an order.
    Look,
    /// An order whose client goes away while the card's holder is asked.
    Leaves,
}

/// One request and its answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) kind: Kind,
    /// The status code, or why there is none.
    pub(super) status: Result<u16, String>,
    /// The trace that the gateway said it became.
    pub(super) trace_id: Option<TraceId>,
}

impl Answer {
    /// Whether the order was placed, so that fulfilment and notifications take part.
    pub(super) fn placed(&self) -> bool {
        self.status == Ok(201)
    }

    /// What is wrong with the answer, if anything.
    pub(super) fn problem(&self) -> Option<String> {
        let expected: &[u16] = match self.kind {
            Kind::Order | Kind::Slow => &[201],
            Kind::Declined => &[402],
            Kind::Look => &[200],
            Kind::Leaves => return None,
        };
        match &self.status {
            Ok(status) if expected.contains(status) => None,
            Ok(status) => Some(format!("{:?}: answered {status}", self.kind)),
            Err(error) => Some(format!("{:?}: {error}", self.kind)),
        }
    }
}

/// What the `index`th of `all` requests shows.
fn kind(index: u32, all: u32) -> Kind {
    // The first orders come before the first look, so that there is something to see.
    if all >= 8 && index == all / 2 {
        return Kind::Leaves;
    }
    match index % 10 {
        1 => Kind::Slow,
        2 => Kind::Declined,
        4 | 7 => Kind::Look,
        _ => Kind::Order,
    }
}

/// Sends all requests, some at a time, and waits for the last answer.
pub(super) async fn send(
    gateway: SocketAddr,
    all: u32,
    progress: &ProgressBar,
) -> Result<Vec<Answer>> {
    let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let shopper = Shopper {
        client,
        orders: format!("http://{gateway}/orders"),
        latest: AtomicI64::new(0),
    };
    let answers = futures_util::stream::iter(0..all)
        .map(|index| shopper.ask(kind(index, all)))
        .buffer_unordered(AT_ONCE)
        .inspect(|_| progress.inc(1));
    Ok(answers.collect().await)
}

struct Shopper {
    client: Client,
    orders: String,
    /// The latest order placed; zero before the first.
    latest: AtomicI64,
}

impl Shopper {
    async fn ask(&self, kind: Kind) -> Answer {
        let latest = self.latest.load(Ordering::Relaxed);
        match kind {
            Kind::Look if latest > 0 => {
                let look = self.client.get(format!("{}/{latest}", self.orders));
                self.send(kind, look).await
            }
            // Nothing to look at yet.
            Kind::Look | Kind::Order => self.send(Kind::Order, self.order("visa")).await,
            Kind::Slow => {
                let slow = self
                    .order("visa")
                    .header("baggage", format!("{PACE}={SLOW}"));
                self.send(kind, slow).await
            }
            Kind::Declined => self.send(kind, self.order("declined")).await,
            Kind::Leaves => {
                let pending = self.order("pending").timeout(IMPATIENCE);
                self.send(kind, pending).await
            }
        }
    }

    fn order(&self, card: &str) -> RequestBuilder {
        self.client.post(&self.orders).json(&NewOrder {
            item: "lamp".to_owned(),
            quantity: 2,
            card: card.to_owned(),
        })
    }

    async fn send(&self, kind: Kind, request: RequestBuilder) -> Answer {
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                return Answer {
                    kind,
                    status: Err(with_causes(&error)),
                    trace_id: None,
                };
            }
        };
        let status = response.status().as_u16();
        let trace_id = trace_id(&response);
        if let Ok(order) = response.json::<Order>().await
            && status == 201
        {
            self.latest.fetch_max(order.id, Ordering::Relaxed);
        }
        Answer {
            kind,
            status: Ok(status),
            trace_id,
        }
    }
}

fn trace_id(response: &Response) -> Option<TraceId> {
    let text = response.headers().get(TRACE_ID_HEADER)?.to_str().ok()?;
    TraceId::from_hex(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_requests_show_everything() {
        let count = |wanted| (0..40).filter(|&index| kind(index, 40) == wanted).count();
        let kinds = [
            Kind::Order,
            Kind::Slow,
            Kind::Declined,
            Kind::Look,
            Kind::Leaves,
        ];
        assert_eq!(kinds.map(count), [23, 4, 4, 8, 1]);
    }

    #[test]
    fn few_requests_show_the_slow_and_the_failed_one() {
        let kinds: Vec<_> = (0..3).map(|index| kind(index, 3)).collect();
        assert_eq!(kinds, [Kind::Order, Kind::Slow, Kind::Declined]);
    }
}
