//! What is done with a response, and where its call ends.

use std::sync::Arc;

use http::{Method, Response, StatusCode};
use http_body::Body;
use opentelemetry::KeyValue;
use traceprop_core::call::{Call, Facts, Outcome};
use traceprop_core::semconv as key;

use super::attributes;
use super::settings::Settings;
use crate::body::{Count, ResponseBody, content_length, has_no_body, note_size};
use crate::head::ResponseHead;

/// What must be known of a request once there is a response to it.
#[derive(Debug)]
pub(super) struct Exchange {
    /// `None` where nothing is set that looks at responses.
    settings: Option<Arc<Settings>>,
    method: Asked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Head,
    Connect,
    Other,
}

impl Exchange {
    pub(super) fn new(method: &Method, settings: Option<Arc<Settings>>) -> Self {
        let method = match *method {
            Method::HEAD => Asked::Head,
            Method::CONNECT => Asked::Connect,
            _ => Asked::Other,
        };
        Self { settings, method }
    }

    /// Notes the status, and ends the call here where there is no body to wait for.
    pub(super) fn respond<R: Body>(
        &self,
        mut response: Response<R>,
        mut call: Call,
    ) -> Response<ResponseBody<R>> {
        let status = response.status();
        if let Facts::Http(http) = call.facts_mut() {
            http.status = Some(status.as_u16());
        }
        let code = i64::from(status.as_u16());
        call.set_attribute(KeyValue::new(key::HTTP_RESPONSE_STATUS_CODE, code));
        let outcome = attributes::outcome(status);
        if let Some(settings) = &self.settings {
            look_at(settings, &mut response, &mut call, &outcome);
        }
        let counting = self.settings.as_ref().filter(|it| it.counts_bodies());
        let count = counting.map(|settings| Count::new(settings.body_sizes));
        let length = content_length(response.headers());
        if self.ends_here(status, length, response.body()) {
            note_size(&mut call, count);
            call.finish(outcome);
            return response.map(ResponseBody::untraced);
        }
        response.map(|body| {
            let body = ResponseBody::new(body, call, outcome, length);
            match count {
                Some(count) => body.counting(count),
                None => body,
            }
        })
    }

    /// Ends a call that got no response.
    pub(super) fn fail(&self, mut call: Call, outcome: Outcome) {
        if let Some(settings) = &self.settings {
            settings.hooks.response(&mut call, None, &outcome);
        }
        call.finish(outcome);
    }

    /// Whether no server reads the body, or there is nothing in it to read.
    fn ends_here(&self, status: StatusCode, length: Option<u64>, body: &impl Body) -> bool {
        has_no_body(self.method == Asked::Head, status)
            // RFC 9110 §9.3.6: what follows is the tunnel's.
            || self.method == Asked::Connect && status.is_success()
            || length.or_else(|| body.size_hint().exact()) == Some(0)
            || body.is_end_stream()
    }
}

/// What the user wants of each response.
fn look_at<R>(settings: &Settings, response: &mut Response<R>, call: &mut Call, outcome: &Outcome) {
    if let Some(capture) = &settings.response_headers
        && call.is_recording()
    {
        call.set_attributes(capture.of_response(response.headers()));
    }
    settings
        .hooks
        .response(call, Some(&ResponseHead::of(response)), outcome);
    // After the hooks: what goes out is not what the service said.
    if let Some(trace_response) = settings.trace_response {
        trace_response.write(call.context(), response.headers_mut());
    }
}
