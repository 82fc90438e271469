//! What tracing a gRPC call costs a server: a service with a layer, over the same service with one that
//! does nothing. In one process, without a socket; the response is read to its trailers.
//!
//! The peers end their spans at the response's head and read no trailers, so that a call that fails the
//! ordinary way is an OK one to them. Ours wraps the body, which tonic then puts into a box since it is
//! of another type than before: that box is counted as ours.

mod answer;
mod layers;
mod table;

use self::layers::{Added, Case, Peer};
use crate::http::setting::Sampled;

/// What ours may add at most over what the peer adds, sampled and not.
#[rustfmt::skip]
const MOST: [(Case, Peer, f64, f64); 2] = [
    (Case::Off,    Peer::TonicTracing, 0.40, 0.25),
    (Case::Linked, Peer::TonicTracing, 0.70, 0.60),
];

/// What ours may add at most to each message of a stream, in nanoseconds: reported, since they do not
/// hold from machine to machine.
const MESSAGE: [(Case, f64); 2] = [(Case::Off, 60.0), (Case::Linked, 170.0)];

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
    table::unary(&added);
    table::messages(&added, &MESSAGE);
    let misses = MOST.iter().flat_map(|(case, peer, sampled, not)| {
        [(Sampled::Yes, *sampled), (Sampled::No, *not)]
            .map(|(is_sampled, most)| (*case, *peer, is_sampled, most))
    });
    misses
        .filter_map(|(case, peer, sampled, most)| {
            let ratio = table::ratio(&added, case, peer, sampled);
            let line = format!("{case:?} over {peer:?}, sampled {sampled:?}: {ratio:.3}");
            println!("{line}, at most {most:.2}");
            (ratio > most).then_some(line)
        })
        .collect()
}
