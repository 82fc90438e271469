//! The method of a call: `pkg.Service/Method`.

use std::borrow::Cow;

use http::Uri;

/// What stands for a method that nobody answers, so that strangers mint no names.
pub(crate) const OTHER: &str = "_OTHER";

/// The path without its leading slash, or [`OTHER`] where it is no gRPC path.
pub(crate) fn of(uri: &Uri) -> Cow<'static, str> {
    let path = uri.path().strip_prefix('/').unwrap_or_default();
    match path.split_once('/') {
        Some((service, method))
            if !service.is_empty() && !method.is_empty() && !method.contains('/') =>
        {
            Cow::Owned(path.to_owned())
        }
        _ => Cow::Borrowed(OTHER),
    }
}

/// The span's name: the method, or `grpc` for one that is not known.
pub(crate) fn span_name(method: &str) -> Cow<'static, str> {
    if method == OTHER {
        Cow::Borrowed("grpc")
    } else {
        Cow::Owned(method.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_table() {
        let table = [
            ("/shop.v1.Payments/Verify", "shop.v1.Payments/Verify"),
            ("/a/b/c", OTHER),
            ("/a/", OTHER),
            ("//b", OTHER),
            ("/", OTHER),
        ];
        for (path, want) in table {
            assert_eq!(of(&path.parse().unwrap()), want, "{path}");
        }
    }
}
