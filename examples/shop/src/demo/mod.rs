//! The demonstration: starts everything, sends requests, ends everything, and judges the traces.

mod broker;
mod kafka_side;
mod load;
mod metrics;
mod open;
mod otlp;
mod progress;
mod receiver;
mod report;
mod serve;
mod setting;
mod spans_file;
mod store;
mod supervise;
mod targets;
mod verdict;

use std::process::ExitCode;

use self::load::Answer;
use self::metrics::Metrics;
use self::open::Shop;
use self::setting::Setting;
use self::supervise::Children;
use crate::cli::DemoArgs;
use crate::error::{Explain, Result};
use crate::services::Stop;

/// How many requests are sent unless told otherwise.
const REQUESTS: u32 = 40;

/// How a run went on until its services were ended.
enum Outcome {
    /// All requests were sent, and answered or not.
    Done(Run),
    /// A signal came first.
    Interrupted,
}

/// What there is to judge.
struct Run {
    answers: Vec<Answer>,
    metrics: Metrics,
    problems: Vec<String>,
}

/// Runs the demonstration.
///
/// # Errors
///
/// Says which setting is wrong, or what could not be started.
pub(crate) fn run(args: DemoArgs) -> Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .explain(|| "cannot start the runtime".to_owned())?
        .block_on(demonstrate(args))
}

async fn demonstrate(args: DemoArgs) -> Result<ExitCode> {
    let stop = Stop::on_signal(false)?;
    let setting = Setting::prepare(&args).await?;
    let mut children = Children::default();
    let outcome = tokio::select! {
        outcome = act(&args, &setting, &mut children) => outcome,
        () = stop.wait() => Ok(Outcome::Interrupted),
    };
    // However it went: the services drain, their spans arrive, and none of them is left.
    let mut problems = children.end().await;
    let outcome = outcome?;
    problems.extend(setting.problems());
    match outcome {
        Outcome::Done(run) => {
            problems.extend(run.problems);
            report::print(setting.receiver(), &run.answers, &run.metrics, problems)
        }
        Outcome::Interrupted => {
            if let Some(receiver) = setting.receiver().filter(|_| args.serve) {
                serve::show_the_rest(receiver);
            }
            Ok(report::exit(&problems))
        }
    }
}

async fn act(args: &DemoArgs, setting: &Setting, children: &mut Children) -> Result<Outcome> {
    let progress = progress::bar(args);
    let shop = open::start(args, setting, children, &progress).await?;
    if let Some(file) = &args.targets {
        targets::write(file, &shop)?;
    }
    if args.serve {
        progress.finish_and_clear();
        let showing = serve::run(args, setting, &shop);
        return tokio::select! {
            shown = showing => shown.map(|()| Outcome::Interrupted),
            lost = children.lost() => Err(lost.into()),
        };
    }
    tokio::select! {
        run = visit(args, &shop, &progress) => run.map(Outcome::Done),
        lost = children.lost() => Err(lost.into()),
    }
}

/// Sends the requests, and waits for what they set going behind Kafka.
async fn visit(args: &DemoArgs, shop: &Shop, progress: &indicatif::ProgressBar) -> Result<Run> {
    progress.set_message("sending requests");
    let requests = args.requests.unwrap_or(REQUESTS);
    let answers = load::send(shop.gateway, requests, progress).await?;
    progress.set_message("waiting for the last notification");
    let placed = answers.iter().filter(|answer| answer.placed()).count();
    let problems = kafka_side::wait(shop.notifications, placed).await?;
    let metrics = Metrics::scrape(shop.metrics_of_orders()?).await?;
    progress.finish_and_clear();
    Ok(Run {
        answers,
        metrics,
        problems: problems.into_iter().collect(),
    })
}
