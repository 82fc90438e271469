//! What each layer adds, and ratios of it.

use super::layers::{Added, Case, MORE, Peer, Who};
use crate::http::setting::Sampled;

fn of(added: &[Added], who: Who, sampled: Sampled) -> &Added {
    let mut added = added.iter();
    added
        .find(|it| it.who == who && it.sampled == sampled)
        .expect("each was measured")
}

/// Nanoseconds of a unary call over the service with the layer that does nothing.
fn nanoseconds(added: &[Added], who: Who, sampled: Sampled) -> f64 {
    of(added, who, sampled).unary.best - of(added, Who::Nothing, sampled).unary.best
}

/// Nanoseconds of a message.
fn message(it: &Added) -> f64 {
    (it.stream.best - it.unary.best) / MORE as f64
}

/// What ours adds over what the peer adds.
pub fn ratio(added: &[Added], ours: Case, peer: Peer, sampled: Sampled) -> f64 {
    nanoseconds(added, Who::Ours(ours), sampled) / nanoseconds(added, Who::Peer(peer), sampled)
}

pub fn unary(added: &[Added]) {
    println!("a unary call, over the same with a layer that does nothing\n");
    println!(
        "{:<36} {:>10} {:>7}  {:>10} {:>7}",
        "", "sampled/ns", "allocs", "not/ns", "allocs"
    );
    for it in added.iter().filter(|it| it.sampled == Sampled::Yes) {
        print!("{:<36}", format!("{:?}", it.who));
        for sampled in [Sampled::Yes, Sampled::No] {
            let allocations = |who| of(added, who, sampled).unary.allocations as i64;
            let (ns, count) = match it.who {
                Who::Nothing => (of(added, it.who, sampled).unary.best, allocations(it.who)),
                who => (
                    nanoseconds(added, who, sampled),
                    allocations(who) - allocations(Who::Nothing),
                ),
            };
            print!(" {ns:>10.0} {count:>7} ");
        }
        println!();
    }
    println!();
}

/// What ours adds to each message of a stream.
pub fn messages(added: &[Added], most: &[(Case, f64)]) {
    println!("a message of a stream, over the same with a layer that does nothing\n");
    for (case, most) in most {
        for sampled in [Sampled::Yes, Sampled::No] {
            let ours = of(added, Who::Ours(*case), sampled);
            let nothing = of(added, Who::Nothing, sampled);
            let ns = message(ours) - message(nothing);
            let allocations = ours.stream.allocations - ours.unary.allocations;
            println!(
                "{case:?}, sampled {sampled:?}: {ns:.0} ns, {most:.0} wanted; {allocations} \
                 allocations in {MORE} messages"
            );
        }
    }
    println!();
}
