//! Which headers are recorded: an allow-list, and nothing without one.

use std::fmt;

use http::{HeaderMap, HeaderName};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

/// Headers whose value lets whoever reads the trace act as the user.
const SECRETS: [&str; 5] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-api-key",
];

/// The headers to record: a list of names, checked when it is made.
///
/// Each becomes the attribute `http.request.header.<name>` or `http.response.header.<name>`, a list of
/// the values in their order. A value that was marked sensitive
/// ([`HeaderValue::set_sensitive`](http::HeaderValue::set_sensitive)) is recorded as `REDACTED`.
///
/// ```
/// use traceprop_http::{HeaderCapture, HeaderCaptureError, ServerLayer};
///
/// let headers = HeaderCapture::new(["x-tenant", "content-type"])?;
/// let layer = ServerLayer::new().capture_request_headers(headers);
/// # let _ = layer;
///
/// // A secret is refused, unless it is asked for twice.
/// let refused = HeaderCapture::new(["authorization"]);
/// assert!(matches!(refused, Err(HeaderCaptureError::Secret(_))));
/// let headers = HeaderCapture::with_secrets(["x-tenant", "authorization"], ["authorization"])?;
/// # let _ = headers;
/// # Ok::<(), HeaderCaptureError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct HeaderCapture {
    names: Vec<HeaderName>,
}

/// Why a list of headers was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderCaptureError {
    /// No header can have this name.
    Name(String),
    /// The header carries a secret, and was not named as one; see [`HeaderCapture::with_secrets`].
    Secret(HeaderName),
}

impl HeaderCapture {
    /// Records these headers, in any case.
    ///
    /// # Errors
    ///
    /// A name that no header can have, and those of secrets: `authorization`, `proxy-authorization`,
    /// `cookie`, `set-cookie` and `x-api-key`.
    pub fn new<N: AsRef<str>>(
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, HeaderCaptureError> {
        Self::with_secrets(names, [] as [&str; 0])
    }

    /// Records `names`, also those that are secrets as long as `secrets` names them again.
    ///
    /// # Errors
    ///
    /// A name that no header can have, and a secret in `names` that is not in `secrets`.
    pub fn with_secrets<N: AsRef<str>, S: AsRef<str>>(
        names: impl IntoIterator<Item = N>,
        secrets: impl IntoIterator<Item = S>,
    ) -> Result<Self, HeaderCaptureError> {
        let secrets: Vec<_> = parse(secrets)?;
        let names = parse(names)?;
        let refused =
            |name: &&HeaderName| SECRETS.contains(&name.as_str()) && !secrets.contains(name);
        match names.iter().find(refused) {
            Some(name) => Err(HeaderCaptureError::Secret(name.clone())),
            None => Ok(Self { names }),
        }
    }

    /// The attributes of a request's headers.
    pub(crate) fn of_request(&self, headers: &HeaderMap) -> impl Iterator<Item = KeyValue> {
        self.of("http.request.header.", headers)
    }

    /// The attributes of a response's headers.
    pub(crate) fn of_response(&self, headers: &HeaderMap) -> impl Iterator<Item = KeyValue> {
        self.of("http.response.header.", headers)
    }

    fn of(&self, prefix: &'static str, headers: &HeaderMap) -> impl Iterator<Item = KeyValue> {
        self.names.iter().filter_map(move |name| {
            let values: Vec<_> = headers.get_all(name).iter().map(text).collect();
            let key = || Key::new([prefix, name.as_str()].concat());
            (!values.is_empty()).then(|| KeyValue::new(key(), Value::Array(Array::String(values))))
        })
    }
}

fn text(value: &http::HeaderValue) -> StringValue {
    match value.is_sensitive() {
        true => StringValue::from("REDACTED"),
        false => String::from_utf8_lossy(value.as_bytes())
            .into_owned()
            .into(),
    }
}

fn parse<N: AsRef<str>>(
    names: impl IntoIterator<Item = N>,
) -> Result<Vec<HeaderName>, HeaderCaptureError> {
    let parse = |name: N| {
        let name = name.as_ref();
        HeaderName::try_from(name).map_err(|_| HeaderCaptureError::Name(name.to_owned()))
    };
    names.into_iter().map(parse).collect()
}

impl fmt::Display for HeaderCaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "no header can have the name {name:?}"),
            Self::Secret(name) => write!(
                f,
                "the header `{name}` carries a secret: name it again in `HeaderCapture::with_secrets`"
            ),
        }
    }
}

impl std::error::Error for HeaderCaptureError {}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn secrets_are_named_twice() {
        use HeaderCaptureError as E;
        let name = |name| HeaderName::from_static(name);
        #[rustfmt::skip]
        let table = [
            // what it shows        names                       secrets                 refused
            ("harmless",            &["x-tenant"][..],          &[][..],                None),
            ("a secret",            &["x-tenant", "Cookie"],    &[],                    Some(E::Secret(name("cookie")))),
            ("of a response",       &["set-cookie"],            &[],                    Some(E::Secret(name("set-cookie")))),
            ("named twice",         &["Authorization"],         &["authorization"],     None),
            ("the other one twice", &["authorization"],         &["cookie"],            Some(E::Secret(name("authorization")))),
            ("no name",             &["x tenant"],              &[],                    Some(E::Name("x tenant".to_owned()))),
        ];
        for (what, names, secrets, want) in table {
            let got = HeaderCapture::with_secrets(names, secrets).err();
            assert_eq!(got, want, "{what}");
        }
    }

    #[test]
    fn values_are_a_list() {
        let mut headers = HeaderMap::new();
        headers.append("x-tenant", HeaderValue::from_static("a"));
        headers.append("x-tenant", HeaderValue::from_bytes(b"\xff").unwrap());
        let mut secret = HeaderValue::from_static("hidden");
        secret.set_sensitive(true);
        headers.append("x-key", secret);
        let capture = HeaderCapture::new(["X-Tenant", "x-key", "x-absent"]).unwrap();
        let got: Vec<_> = capture.of_request(&headers).collect();
        let list = |values: &[&'static str]| {
            Value::Array(Array::String(values.iter().map(|v| (*v).into()).collect()))
        };
        let want = [
            KeyValue::new("http.request.header.x-tenant", list(&["a", "\u{fffd}"])),
            KeyValue::new("http.request.header.x-key", list(&["REDACTED"])),
        ];
        assert_eq!(got, want);
    }
}
