//! The status that an error stands for, as tonic tells its users.

use std::any::Any;
use std::error::Error;

use tonic::{Code, ConnectError, Status, TimeoutExpired};
use tower::load_shed::error::Overloaded;

type BoxError = Box<dyn Error + Send + Sync>;

/// How many causes of an error are looked at: one may name itself as its cause.
const DEEPEST: usize = 64;

/// The status of an error of any type, if it is one that has a status.
pub(crate) fn status_of(error: &dyn Any) -> Option<Code> {
    if let Some(status) = error.downcast_ref::<Status>() {
        return Some(status.code());
    }
    if let Some(boxed) = error.downcast_ref::<BoxError>() {
        return in_chain(boxed.as_ref());
    }
    error
        .downcast_ref::<hyper::Error>()
        .and_then(|error| in_chain(error))
}

/// The first status among an error and its causes.
pub(crate) fn in_chain(error: &(dyn Error + 'static)) -> Option<Code> {
    let chain = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| {
        (*error).source()
    });
    chain.take(DEEPEST).find_map(of_one)
}

fn of_one(error: &(dyn Error + 'static)) -> Option<Code> {
    if let Some(status) = error.downcast_ref::<Status>() {
        return Some(status.code());
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return of_hyper(error);
    }
    if let Some(error) = error.downcast_ref::<h2::Error>() {
        return Some(of_h2(error));
    }
    if error.is::<TimeoutExpired>() {
        return Some(Code::Cancelled);
    }
    if error.is::<Overloaded>() {
        return Some(Code::ResourceExhausted);
    }
    error.is::<ConnectError>().then_some(Code::Unavailable)
}

/// A connection's error; where it says nothing, its cause may.
fn of_hyper(error: &hyper::Error) -> Option<Code> {
    if error.is_timeout() {
        // Nobody answered the pings that keep a connection alive.
        Some(Code::Unavailable)
    } else if error.is_canceled() {
        Some(Code::Cancelled)
    } else {
        None
    }
}

/// [gRPC over HTTP/2], Errors.
///
/// [gRPC over HTTP/2]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors
fn of_h2(error: &h2::Error) -> Code {
    use h2::Reason;
    match error.reason() {
        Some(
            Reason::NO_ERROR
            | Reason::PROTOCOL_ERROR
            | Reason::INTERNAL_ERROR
            | Reason::FLOW_CONTROL_ERROR
            | Reason::SETTINGS_TIMEOUT
            | Reason::FRAME_SIZE_ERROR
            | Reason::COMPRESSION_ERROR
            | Reason::CONNECT_ERROR,
        ) => Code::Internal,
        Some(Reason::REFUSED_STREAM) => Code::Unavailable,
        Some(Reason::CANCEL) => Code::Cancelled,
        Some(Reason::ENHANCE_YOUR_CALM) => Code::ResourceExhausted,
        Some(Reason::INADEQUATE_SECURITY) => Code::PermissionDenied,
        _ => Code::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[derive(Debug)]
    struct Around(BoxError);

    impl fmt::Display for Around {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("around")
        }
    }

    impl Error for Around {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self.0.as_ref())
        }
    }

    /// Ours, and what tonic makes of the same error.
    fn both(make: impl Fn() -> BoxError) -> (Option<Code>, Option<Code>) {
        let error = make();
        let tonics = Status::try_from_error(make());
        (status_of(&error), tonics.ok().map(|status| status.code()))
    }

    #[test]
    fn every_reset_is_what_tonic_says_it_is() {
        for reason in 0..=16_u32 {
            let make = || BoxError::from(h2::Error::from(h2::Reason::from(reason)));
            let (ours, tonics) = both(make);
            assert_eq!(ours, tonics, "reason {reason}");
            assert!(ours.is_some());
        }
    }

    #[test]
    fn errors_with_causes_are_what_tonic_says_they_are() {
        type Make = fn() -> BoxError;
        let table: [(&str, Make, Option<Code>); 6] = [
            (
                "a status",
                || Status::aborted("").into(),
                Some(Code::Aborted),
            ),
            (
                "a status inside",
                || Around(Status::data_loss("").into()).into(),
                Some(Code::DataLoss),
            ),
            (
                "no connection",
                || Around(ConnectError("refused".into()).into()).into(),
                Some(Code::Unavailable),
            ),
            (
                "too much load",
                || Overloaded::new().into(),
                Some(Code::ResourceExhausted),
            ),
            ("another", || Around("?".into()).into(), None),
            ("a plain one", || "?".into(), None),
        ];
        for (name, make, want) in table {
            assert_eq!(both(make), (want, want), "{name}");
        }
    }

    #[test]
    fn an_error_of_its_own_cause_has_an_end() {
        #[derive(Debug)]
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("endless")
            }
        }
        impl Error for Endless {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }
        assert_eq!(in_chain(&Endless), None);
    }
}
