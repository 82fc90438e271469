//! Where a call ends that got a response: at its headers, or at the end of its body.

use http_body::Body;
use traceprop_core::call::{Call, Outcome};

use super::settings::Settings;
use crate::body::{Count, ResponseBody, content_length, note_size};
use crate::head::ResponseHead;

/// Whether the call ends here; it is told of the body's size then, where that is known.
pub(crate) fn is_here(
    call: &mut Call,
    settings: &Settings,
    head: &ResponseHead<'_>,
    has_no_body: bool,
) -> bool {
    let length = content_length(head.headers);
    let is_empty = has_no_body || length == Some(0);
    if !is_empty && settings.until_body_end {
        return false;
    }
    let length = if is_empty { Some(0) } else { length };
    note_size(
        call,
        length.map(|length| Count::of(length, settings.body_sizes)),
    );
    true
}

/// Hands a call on to the body, which ends it.
pub(crate) fn hand_on<B: Body>(
    call: Call,
    settings: &Settings,
    outcome: Outcome,
    (body, length): (B, Option<u64>),
) -> ResponseBody<B> {
    let count = Count::new(settings.body_sizes);
    ResponseBody::new(body, call, outcome, length).counting(count)
}
