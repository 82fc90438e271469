//! What tracing a request of reqwest's costs: a client with a middleware that traces, over the same
//! client without it. In one process, without a socket: the last middleware answers.
//!
//! The peer stopped one version of OpenTelemetry earlier, so it has a provider of that one, and
//! tracing-opentelemetry for it, whose spans its own are. Ours starts its span directly and opens no log
//! scope, which is its default.
//!
//! Where the rest of ours goes, by the instructions of a request on its way out: 30 % the call and the
//! SDK's span in it, 28 % the context's headers (22 to write them, 6 to see that an earlier hop left none),
//! 24 % the facts, the name and the attributes, and 11 % what counts attempts in the extensions and the
//! middleware's boxed future; the rest is the next middleware. Of all that 10 % are moves of the call and
//! the request, and 9 % allocations. The way back costs a third of it.

mod clients;

use crate::measure::Work;

use self::clients::{Client, Sampled};

/// What ours may add at most over what the peer adds.
const MOST: f64 = 0.35;

/// Measures all in turns, prints the table, and returns what is above its maximum.
pub fn run(rounds: usize) -> Vec<String> {
    println!(
        "a request through a reqwest client, over the same without a middleware that traces\n"
    );
    println!(
        "{:<38} {:>7} {:>7}  {:>5} {:>5}  {:>6} {:>6}",
        "", "ours/ns", "peer/ns", "ratio", "most", "allocs", "peer's"
    );
    let both = [Sampled::Yes, Sampled::No];
    both.into_iter()
        .filter_map(|sampled| row(sampled, rounds))
        .collect()
}

/// Measures with all sampled, or none; the row's name where it is above the maximum.
fn row(sampled: Sampled, rounds: usize) -> Option<String> {
    let mut all = [
        Client::without(),
        Client::ours(sampled),
        Client::reqwest_tracing(sampled),
    ];
    for round in 0..rounds {
        let start = round % all.len();
        let (before, after) = all.split_at_mut(start);
        for client in after.iter_mut().chain(before) {
            client.turn();
        }
    }
    let [without, ours, peer] = all.map(|client| client.work);
    let added = |work: &Work| work.best - without.best;
    let allocations = |work: &Work| work.allocations as i64 - without.allocations as i64;
    let ratio = added(&ours) / added(&peer);
    let is_above = ratio > MOST;
    let name = format!("reqwest-tracing, sampled: {sampled:?}");
    println!(
        "{name:<38} {:>7.0} {:>7.0}  {ratio:>5.2} {MOST:>5.2}  {:>6} {:>6}{}",
        added(&ours),
        added(&peer),
        allocations(&ours),
        allocations(&peer),
        if is_above { "  above" } else { "" },
    );
    is_above.then(|| format!("{name}: {ratio:.3}"))
}
