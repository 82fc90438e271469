//! `--serve`: says what to try, and shows every trace that arrives.

use std::time::Duration;

use indicatif::ProgressBar;
use tokio::time::sleep;

use super::open::Shop;
use super::receiver::Receiver;
use super::setting::Setting;
use super::{load, report};
use crate::cli::DemoArgs;
use crate::error::Result;
use crate::messages::{PACE, SLOW};

/// A trace that nothing was added to for this long is shown.
const QUIET: Duration = Duration::from_millis(1_000);
const INTERVAL: Duration = Duration::from_millis(100);

/// Serves until it is dropped.
pub(super) async fn run(args: &DemoArgs, setting: &Setting, shop: &Shop) -> Result<()> {
    invite(setting, shop)?;
    let sending = async {
        let Some(requests) = args.requests else {
            return Ok(());
        };
        let answers = load::send(shop.gateway, requests, &ProgressBar::hidden()).await?;
        report::exit(
            &answers
                .iter()
                .filter_map(load::Answer::problem)
                .collect::<Vec<_>>(),
        );
        Ok(())
    };
    tokio::try_join!(sending, show(setting.receiver())).map(|_| ())
}

/// Shows what arrived last, whether or not more might have come.
pub(super) fn show_the_rest(receiver: &Receiver) {
    show_settled(receiver, Duration::ZERO);
}

fn invite(setting: &Setting, shop: &Shop) -> Result<()> {
    let gateway = shop.gateway;
    let metrics = shop.metrics_of_orders()?;
    let order = |card| format!(r#"-d '{{"item":"lamp","quantity":2,"card":"{card}"}}'"#);
    let json = "-H 'content-type: application/json'";
    println!("The shop is open; Ctrl-C closes it. Try");
    println!("  curl http://{gateway}/orders {json} {}", order("visa"));
    println!(
        "  curl http://{gateway}/orders {json} {}",
        order("declined")
    );
    println!(
        "  curl http://{gateway}/orders {json} -H 'baggage: {PACE}={SLOW}' {}",
        order("visa")
    );
    println!("  curl http://{gateway}/orders/1");
    println!(
        "  curl http://{metrics}/metrics -H 'accept: application/openmetrics-text; version=1.0.0'"
    );
    match setting.elsewhere() {
        Some(endpoint) => println!("The traces are sent to {endpoint}."),
        None => println!("Each trace is shown here once it is quiet."),
    }
    Ok(())
}

async fn show(receiver: Option<&Receiver>) -> Result<()> {
    let Some(receiver) = receiver else {
        return std::future::pending().await;
    };
    loop {
        sleep(INTERVAL).await;
        show_settled(receiver, QUIET);
    }
}

fn show_settled(receiver: &Receiver, quiet: Duration) {
    let waterfall = report::waterfall();
    for trace in receiver.store().settled(quiet) {
        println!("\n{}", waterfall.render(&trace));
    }
}
