//! One request to the service, and what its callbacks must look like.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::Verdict;
use crate::callbacks::{Callback, Callbacks};
use crate::service;

/// The trace id of the requests.
pub(crate) const TRACE: &str = "a3ce929d0e0e47364bf92f3577b34da6";
/// The parent id of the requests.
pub(crate) const PARENT: &str = "00f067aa0ba902b7";

/// As long as the harness waits by default.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is sent, and what must come back.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    headers: Vec<(String, String)>,
    callbacks: usize,
    continues: bool,
    tracestate: String,
    flags: u8,
}

impl Exchange {
    /// Sends these header lines and asks for one callback, which must be in a new trace and have no
    /// `tracestate`.
    pub(crate) fn restarts(headers: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            headers: headers.iter().map(own).collect(),
            callbacks: 1,
            continues: false,
            tracestate: String::new(),
            flags: 0,
        }
    }

    /// Sends these header lines and asks for one callback, which must be in the trace [`TRACE`].
    pub(crate) fn continues(headers: &[(&str, &str)]) -> Self {
        Self {
            continues: true,
            ..Self::restarts(headers)
        }
    }

    /// Expects this `tracestate`, and no other: empty for none.
    pub(crate) fn with_tracestate(mut self, list: impl Into<String>) -> Self {
        self.tracestate = list.into();
        self
    }

    /// Expects at least these flags.
    pub(crate) fn with_flags(mut self, flags: u8) -> Self {
        self.flags = flags;
        self
    }

    /// Asks for several callbacks.
    pub(crate) fn with_callbacks(mut self, count: usize) -> Self {
        self.callbacks = count;
        self
    }

    pub(crate) async fn run(self, service: &str, callbacks: &Callbacks) -> Verdict {
        let calls: Vec<_> = (0..self.callbacks)
            .map(|index| json!({ "url": callbacks.url(index), "arguments": [] }))
            .collect();
        let body = json!(calls).to_string();
        let answered = timeout(PATIENCE, service::post(service, &self.headers, &body)).await;
        // All must be over before the answer: none is waited for.
        let seen = callbacks.take();
        let verdict = match answered {
            Ok(status) if status == "HTTP/1.1 200 OK" => self.judge(&seen),
            Ok(status) => Err(format!("answered {status}")),
            Err(_) => Err(format!("no answer in {PATIENCE:?}")),
        };
        verdict.map_err(|reason| format!("{reason}\n  sent {:?}\n  got {seen:?}", self.headers))
    }

    fn judge(&self, seen: &[Callback]) -> Verdict {
        ensure(seen.len() == self.callbacks, "as many callbacks")?;
        let (mut traces, mut parents) = (HashSet::new(), HashSet::new());
        for (index, callback) in seen.iter().enumerate() {
            ensure(
                callback.line == format!("POST /{index} HTTP/1.1\r\n"),
                "the callbacks in their order",
            )?;
            ensure(callback.body == "[]", "the arguments as the body")?;
            let types = callback.values("content-type");
            ensure(types == ["application/json"], "a body of JSON")?;
            let (trace, parent) = self.judge_headers(callback)?;
            traces.insert(trace.to_owned());
            parents.insert(parent.to_owned());
        }
        ensure(traces.len() == 1, "one trace")?;
        ensure(parents.len() == seen.len(), "parent ids of their own")
    }

    /// The trace id and the parent id.
    fn judge_headers<'a>(&self, callback: &'a Callback) -> Result<(&'a str, &'a str), String> {
        let values = callback.values("traceparent");
        let [value] = values[..] else {
            return Err("not one traceparent".to_owned());
        };
        let (trace, parent, flags) = fields(value).ok_or("a traceparent that may be sent")?;
        let sent = |text: &str| self.headers.iter().any(|(_, value)| value.contains(text));
        if self.continues {
            ensure(trace == TRACE, "the trace goes on")?;
        } else {
            ensure(!sent(trace), "a new trace")?;
        }
        ensure(!sent(parent), "a new parent id")?;
        ensure(flags & self.flags == self.flags, "the flags")?;
        let lists = callback.values("tracestate");
        let want = &self.tracestate;
        match lists[..] {
            [] => ensure(want.is_empty(), "a tracestate")?,
            [list] => ensure(list == want && !want.is_empty(), "another tracestate")?,
            _ => return Err("several tracestates".to_owned()),
        }
        Ok((trace, parent))
    }
}

fn ensure(holds: bool, what: &str) -> Verdict {
    holds
        .then_some(())
        .ok_or_else(|| format!("does not hold: {what}"))
}

/// The trace id, the parent id and the flags, if the value may be sent: of version 00, no id all zero,
/// and no flag that is not known.
fn fields(value: &str) -> Option<(&str, &str, u8)> {
    let parts: Vec<_> = value.split('-').collect();
    let ["00", trace, parent, flags] = parts[..] else {
        return None;
    };
    let is_hex = |digits: &str| {
        let mut bytes = digits.bytes();
        bytes.all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id =
        |id: &str, len| id.len() == len && is_hex(id) && id.bytes().any(|byte| byte != b'0');
    let flags = Some(flags).filter(|flags| flags.len() == 2 && is_hex(flags))?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (is_id(trace, 32) && is_id(parent, 16) && flags <= 3).then_some((trace, parent, flags))
}
