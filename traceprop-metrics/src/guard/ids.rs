//! What looks like the id of a trace, which belongs into an exemplar and never into a label.

/// Whether a label of this name is meant for trace or span ids: `trace_id`, `TraceID`, `parent_span_id`,
/// `traceparent` and the like.
pub(crate) fn names_an_id(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(|char| *char != '_')
        .map(|char| char.to_ascii_lowercase())
        .collect();
    ["traceid", "spanid", "traceparent"]
        .iter()
        .any(|end| plain.ends_with(end))
}

/// Whether a value has the form of a trace id, a span id or a `traceparent`.
///
/// That is 32 or 16 hexadecimal digits, or 55 characters of which the first two fields are those of
/// `version "-" trace-id`.
pub(super) fn is_an_id(value: &str) -> bool {
    let is_hex = |text: &[u8]| text.iter().all(u8::is_ascii_hexdigit);
    match value.as_bytes() {
        id if id.len() == 16 || id.len() == 32 => is_hex(id),
        [a, b, b'-', rest @ ..] if rest.len() == 52 => {
            is_hex(&[*a, *b])
                && rest
                    .split(|byte| *byte == b'-')
                    .next()
                    .is_some_and(|id| id.len() == 32 && is_hex(id))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ids_are_told_in_every_spelling() {
        for name in [
            "trace_id",
            "traceid",
            "traceID",
            "TraceId",
            "span_id",
            "parent_span_id",
            "otel_trace_id",
            "traceparent",
        ] {
            assert!(names_an_id(name), "{name}");
        }
        for name in [
            "trace",
            "span",
            "id",
            "trace_state",
            "trace_id_kind",
            "tenant",
            "spans",
        ] {
            assert!(!names_an_id(name), "{name}");
        }
    }

    #[test]
    fn ids_are_told_by_their_form() {
        for value in [
            "0af7651916cd43dd8448eb211c80319c",
            "0AF7651916CD43DD8448EB211C80319C",
            "b7ad6b7169203331",
            "1234567890123456",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert!(is_an_id(value), "{value}");
        }
        for value in [
            "",
            "GET",
            "/orders/{id}/items",
            "b7ad6b716920333",
            "b7ad6b716920333g",
            "2f1d6d1c-9c1a-4c52-b5b0-9a4e1e3b2a77",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
        ] {
            assert!(!is_an_id(value), "{value}");
        }
    }
}
