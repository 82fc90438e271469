//! Queries without their secrets.

use std::borrow::Cow;
use std::sync::Arc;

/// What stands where a secret stood.
pub(crate) const REDACTED: &str = "REDACTED";

/// The keys whose values the convention wants redacted: signatures and credentials of signed URLs.
const CONVENTION: [&str; 7] = [
    "AWSAccessKeyId",
    "Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Goog-Signature",
    "sig",
];

/// The query keys whose values are not recorded.
#[derive(Clone, Debug, Default)]
pub(crate) enum SecretKeys {
    #[default]
    Convention,
    Own(Arc<[String]>),
}

impl SecretKeys {
    /// These, and none of the convention's.
    pub(crate) fn own(keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Own(keys.into_iter().map(Into::into).collect())
    }

    /// The query with [`REDACTED`] for each secret's value; the keys stay.
    ///
    /// ```text
    /// query = pair *( "&" pair ) · pair = key [ "=" value ]      (application/x-www-form-urlencoded)
    /// ```
    ///
    /// Case counts, and a key may be spelt with escapes: `s%69g` is `sig`.
    pub(crate) fn redact<'a>(&self, query: &'a str) -> Cow<'a, str> {
        let is_secret = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            !value.is_empty() && self.contains(key)
        };
        if !query.split('&').any(is_secret) {
            return Cow::Borrowed(query);
        }
        let mut redacted = String::with_capacity(query.len());
        for pair in query.split('&') {
            if !redacted.is_empty() {
                redacted.push('&');
            }
            match pair.split_once('=') {
                Some((key, _)) if is_secret(pair) => {
                    redacted.push_str(key);
                    redacted.push('=');
                    redacted.push_str(REDACTED);
                }
                _ => redacted.push_str(pair),
            }
        }
        Cow::Owned(redacted)
    }

    fn contains(&self, key: &str) -> bool {
        let is = |secret: &str| decoded(key).eq(secret.bytes());
        match self {
            Self::Convention => CONVENTION.into_iter().any(is),
            Self::Own(keys) => keys.iter().any(|secret| is(secret)),
        }
    }
}

/// The bytes that `key` stands for.
fn decoded(key: &str) -> impl Iterator<Item = u8> {
    let mut bytes = key.bytes();
    std::iter::from_fn(move || {
        let byte = bytes.next()?;
        if byte != b'%' {
            return Some(byte);
        }
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| (byte? as char).to_digit(16);
        match (digit(ahead.next()), digit(ahead.next())) {
            (Some(high), Some(low)) => {
                bytes = ahead;
                u8::try_from(high * 16 + low).ok()
            }
            _ => Some(byte),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redaction_table() {
        #[rustfmt::skip]
        let table = [
            // what it shows          query                       recorded
            ("nothing secret",        "a=1&b=2",                  "a=1&b=2"),
            ("alone",                 "sig=s3cret",               "sig=REDACTED"),
            ("first, key stays",      "sig=s3cret&a=1",           "sig=REDACTED&a=1"),
            ("last",                  "a=1&Signature=x%2B",       "a=1&Signature=REDACTED"),
            ("each of two",           "sig=1&sig=2",              "sig=REDACTED&sig=REDACTED"),
            ("an equals sign in it",  "sig=a==",                  "sig=REDACTED"),
            ("case counts",           "SIG=1&signature=2",        "SIG=1&signature=2"),
            ("part of a key",         "design=1&sigma=2",         "design=1&sigma=2"),
            ("spelt with an escape",  "s%69g=s3cret",             "s%69g=REDACTED"),
            ("no escape",             "s%6=1&s%=2&%zz=3",         "s%6=1&s%=2&%zz=3"),
            ("no value",              "sig&sig=",                 "sig&sig="),
            ("empty pairs stay",      "a&&sig=1&",                "a&&sig=REDACTED&"),
            ("AWS",                   "AWSAccessKeyId=1&X-Amz-Signature=2&X-Amz-Credential=3&X-Amz-Security-Token=4",
                "AWSAccessKeyId=REDACTED&X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED"),
            ("Google",                "X-Goog-Signature=1",       "X-Goog-Signature=REDACTED"),
            ("empty",                 "",                         ""),
        ];
        for (name, query, want) in table {
            assert_eq!(SecretKeys::default().redact(query), want, "{name}");
        }
    }

    #[test]
    fn own_keys_replace_the_convention_s() {
        let keys = SecretKeys::own(["token"]);
        assert_eq!(keys.redact("token=1&sig=2"), "token=REDACTED&sig=2");
    }
}
