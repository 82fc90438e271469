//! What each layer adds, and ratios of it.

use super::layers::{Added, Case, Peer, Who};
use super::setting::Sampled;

fn of(added: &[Added], who: Who, sampled: Sampled) -> &Added {
    let mut added = added.iter();
    added
        .find(|it| it.who == who && it.sampled == sampled)
        .expect("each was measured")
}

/// Nanoseconds over the router with the layer that does nothing.
fn nanoseconds(added: &[Added], who: Who, sampled: Sampled) -> f64 {
    of(added, who, sampled).work.best - of(added, Who::Nothing, sampled).work.best
}

/// What ours adds over what the peer adds.
pub fn ratio(added: &[Added], ours: Case, peer: Peer, sampled: Sampled) -> f64 {
    nanoseconds(added, Who::Ours(ours), sampled) / nanoseconds(added, Who::Peer(peer), sampled)
}

pub fn print(added: &[Added]) {
    println!("a request through an axum router, over the same with a layer that does nothing\n");
    println!(
        "{:<36} {:>10} {:>7}  {:>10} {:>7}",
        "", "sampled/ns", "allocs", "not/ns", "allocs"
    );
    for it in added.iter().filter(|it| it.sampled == Sampled::Yes) {
        print!("{:<36}", format!("{:?}", it.who));
        for sampled in [Sampled::Yes, Sampled::No] {
            let allocations = |who| of(added, who, sampled).work.allocations as i64;
            let (ns, count) = match it.who {
                Who::Nothing => (of(added, it.who, sampled).work.best, allocations(it.who)),
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
