//! The low-cardinality name of an error.

use std::any::type_name;
use std::borrow::Cow;
use std::io;

/// The value of `error.type` where nothing better is known, as for a `dyn Error`.
pub const OTHER: &str = "_OTHER";

/// An error that knows its `error.type`.
///
/// The name must have few values, known beforehand: a variant, a status, never a message. It follows
/// [`error.type`]; backends group by it. Implement it where a type's name says too little, and report
/// with [`ErrorReport::typed`](super::ErrorReport::typed).
///
/// [`error.type`]: https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/
///
/// ```
/// use std::borrow::Cow;
/// use traceprop_core::span::ErrorType;
///
/// enum StoreError {
///     Full,
///     Gone,
/// }
///
/// impl ErrorType for StoreError {
///     fn error_type(&self) -> Cow<'static, str> {
///         match self {
///             Self::Full => "store_full".into(),
///             Self::Gone => "store_gone".into(),
///         }
///     }
/// }
///
/// assert_eq!(StoreError::Gone.error_type(), "store_gone");
/// ```
pub trait ErrorType {
    /// The name. Default: the type's path without generic arguments, such as `shop::store::StoreError`.
    fn error_type(&self) -> Cow<'static, str> {
        of_type::<Self>().unwrap_or(OTHER).into()
    }
}

/// The kind in snake case for those that networks and files cause, else [`OTHER`].
impl ErrorType for io::Error {
    fn error_type(&self) -> Cow<'static, str> {
        use io::ErrorKind as K;
        Cow::Borrowed(match self.kind() {
            K::NotFound => "not_found",
            K::PermissionDenied => "permission_denied",
            K::ConnectionRefused => "connection_refused",
            K::ConnectionReset => "connection_reset",
            K::ConnectionAborted => "connection_aborted",
            K::HostUnreachable => "host_unreachable",
            K::NetworkUnreachable => "network_unreachable",
            K::NotConnected => "not_connected",
            K::AddrInUse => "addr_in_use",
            K::AddrNotAvailable => "addr_not_available",
            K::BrokenPipe => "broken_pipe",
            K::AlreadyExists => "already_exists",
            K::WouldBlock => "would_block",
            K::InvalidInput => "invalid_input",
            K::InvalidData => "invalid_data",
            K::TimedOut => "timed_out",
            K::WriteZero => "write_zero",
            K::Interrupted => "interrupted",
            K::UnexpectedEof => "unexpected_eof",
            K::StorageFull => "storage_full",
            K::OutOfMemory => "out_of_memory",
            K::Unsupported => "unsupported",
            _ => OTHER,
        })
    }
}

/// The path of `E` without generic arguments, looking through references and smart pointers; `None`
/// for a trait object, whose type is not known.
pub(super) fn of_type<E: ?Sized>() -> Option<&'static str> {
    const WRAPPERS: [&str; 5] = [
        "&",
        "mut ",
        "alloc::boxed::Box<",
        "alloc::rc::Rc<",
        "alloc::sync::Arc<",
    ];
    let mut name = type_name::<E>();
    while let Some(inner) = WRAPPERS.iter().find_map(|w| name.strip_prefix(w)) {
        name = inner;
    }
    if name.starts_with("dyn ") {
        return None;
    }
    name.split(['<', '>'])
        .next()
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::sync::Arc;

    use super::*;

    struct Plain;
    struct Generic<T>(std::marker::PhantomData<T>);
    impl ErrorType for Plain {}

    #[test]
    fn names_a_type_by_its_path() {
        let path = "traceprop_core::span::error_type::tests::";
        assert_eq!(of_type::<Plain>(), Some(&*format!("{path}Plain")));
        assert_eq!(of_type::<&Plain>(), Some(&*format!("{path}Plain")));
        assert_eq!(of_type::<&mut Plain>(), Some(&*format!("{path}Plain")));
        assert_eq!(of_type::<Box<Arc<Plain>>>(), Some(&*format!("{path}Plain")));
        let generic = format!("{path}Generic");
        assert_eq!(of_type::<Generic<Vec<u8>>>(), Some(&*generic));
        assert_eq!(of_type::<Box<Generic<Plain>>>(), Some(&*generic));
    }

    #[test]
    fn does_not_name_a_trait_object() {
        assert_eq!(of_type::<dyn Error>(), None);
        assert_eq!(of_type::<dyn Error + Send + Sync>(), None);
        assert_eq!(of_type::<Box<dyn Error + Send>>(), None);
    }

    #[test]
    fn names_by_the_trait() {
        assert!(Plain.error_type().ends_with("::Plain"));
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(refused.error_type(), "connection_refused");
        assert_eq!(io::Error::other("odd").error_type(), OTHER);
    }
}
