//! What tracing a request costs: an axum router with a layer, over the same router with one that does
//! nothing. In one process, without a socket; the response's body is read to its end.
//!
//! Where ours goes, for a call that is not sampled and has no log scope, of about 700 ns on a machine
//! where reading a clock takes 23:
//!
//! * 85 for the future and the body around the service's own, most of it the box that axum puts the body
//!   in since it is another type than before. The peers end their spans at the head, and have none.
//! * 95 to read `traceparent`, and 160 for the SDK's span, the context with it, the clock and the call.
//! * 85 to attach the context three times: while the service is called, polled, and its body is polled.
//! * The rest for the attributes, names and facts, and for what there is of each request to be dropped.
//!
//! A sampled call adds 130 for the span's own block and lock. A log scope adds 130 in a registry. With
//! tracing-opentelemetry it adds 950, all but 50 of it inside that crate and the registry: one new span
//! of three fields, and 80 for each of the three times that it is entered.

mod layers;
mod request;
pub mod setting;
mod table;

use self::layers::{Added, Case, Peer};
use self::setting::Sampled;

/// What ours may add at most over what the peer adds, sampled and not.
///
/// The peer without a log scope is compared with each of our scopes, since it offers none; what
/// tracing-opentelemetry itself costs, an adopted span for each request, is most of the last row.
#[rustfmt::skip]
const MOST: [(Case, Peer, f64, f64); 6] = [
    (Case::Off,            Peer::InstrumentationTower, 0.65, 0.45),
    (Case::LinkedNoLayer,  Peer::InstrumentationTower, 0.85, 0.65),
    (Case::Linked,         Peer::InstrumentationTower, 1.35, 1.20),
    (Case::Off,            Peer::AxumTracing,          0.30, 0.19),
    (Case::LinkedNoLayer,  Peer::AxumTracing,          0.38, 0.27),
    (Case::Linked,         Peer::AxumTracing,          0.60, 0.50),
];

/// Measures all in turns, prints the tables, and returns what is above its maximum.
pub fn run(rounds: usize) -> Vec<String> {
    let mut added: Vec<Added> = [Sampled::Yes, Sampled::No]
        .into_iter()
        .flat_map(layers::all)
        .collect();
    for round in 0..rounds {
        // Nobody is always the one that finds the caches as a certain other left them.
        let start = round % added.len();
        let (before, after) = added.split_at_mut(start);
        for work in after.iter_mut().chain(before) {
            work.turn();
        }
    }
    table::print(&added);
    MOST.iter()
        .flat_map(|(case, peer, sampled, not)| {
            let ratio = |is_sampled| table::ratio(&added, *case, *peer, is_sampled);
            [
                (case, peer, Sampled::Yes, ratio(Sampled::Yes), *sampled),
                (case, peer, Sampled::No, ratio(Sampled::No), *not),
            ]
        })
        .filter_map(|(case, peer, is_sampled, ratio, most)| {
            let line = format!("{case:?} over {peer:?}, sampled {is_sampled:?}: {ratio:.3}");
            println!("{line}, at most {most:.2}");
            (ratio > most).then_some(line)
        })
        .collect()
}
