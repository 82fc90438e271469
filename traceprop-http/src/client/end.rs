//! Where a call ends that got a response: at its headers, or at the end of its body.

use http::{HeaderMap, StatusCode};
use http_body::Body;
use traceprop_core::call::{Call, Outcome};

use super::settings::Settings;
use crate::body::{Count, ResponseBody, content_length, has_no_body, note_size};

/// A call with a response, whose outcome is known but for its body.
pub(crate) struct Responded<'a> {
    pub(crate) call: Call,
    pub(crate) outcome: Outcome,
    pub(crate) settings: &'a Settings,
    pub(crate) is_head: bool,
}

impl Responded<'_> {
    /// Ends the call unless it waits for the body; gives it back then, with the body's length.
    pub(crate) fn end(
        mut self,
        status: StatusCode,
        headers: &HeaderMap,
        is_end_stream: bool,
    ) -> Option<(Self, Option<u64>)> {
        let length = content_length(headers);
        let is_over = has_no_body(self.is_head, status) || is_end_stream || length == Some(0);
        if !is_over && self.settings.until_body_end {
            return Some((self, length));
        }
        let length = if is_over { Some(0) } else { length };
        let count = length.map(|length| Count::of(length, self.settings.body_sizes));
        note_size(&mut self.call, count);
        self.call.finish(self.outcome);
        None
    }

    /// Hands the call on to the body.
    pub(crate) fn hand_on<B: Body>(self, body: B, length: Option<u64>) -> ResponseBody<B> {
        let count = Count::new(self.settings.body_sizes);
        ResponseBody::new(body, self.call, self.outcome, length).counting(count)
    }
}
