//! The three tests of several callbacks, and the one of level 2.

use crate::Test;
use crate::exchange::{Exchange, PARENT, TRACE};

pub(crate) fn tests() -> Vec<Test> {
    let valid = format!("00-{TRACE}-{PARENT}-01");
    let illegal = format!("00-{}-{PARENT}-01", "0".repeat(32));
    let three = |exchange: Exchange| vec![exchange.with_callbacks(3)];
    vec![
        (
            "multiple_requests_with_valid_traceparent",
            three(Exchange::continues(&[("traceparent", &valid)])),
        ),
        (
            "multiple_requests_without_traceparent",
            three(Exchange::restarts(&[])),
        ),
        (
            "multiple_requests_with_illegal_traceparent",
            three(Exchange::restarts(&[("traceparent", &illegal)])),
        ),
    ]
}

pub(crate) fn level_2() -> Vec<Test> {
    let random = format!("00-{TRACE}-{PARENT}-02");
    let known = Exchange::continues(&[("traceparent", &random)]).with_flags(2);
    // What the service mints itself is random, too.
    let minted = Exchange::restarts(&[]).with_flags(2);
    vec![("propagates_random_flag", vec![known, minted])]
}
