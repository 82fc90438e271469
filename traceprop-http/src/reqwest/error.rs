//! The errors of reqwest and of its middlewares.

use std::any::Any;
use std::error::Error;

use crate::failure::Word;

pub(crate) fn word(error: &(dyn Error + 'static)) -> Word {
    if error.is::<reqwest_middleware::Error>() {
        return Word::Unless("middleware");
    }
    let Some(error) = error.downcast_ref::<reqwest::Error>() else {
        return Word::Nothing;
    };
    if error.is_timeout() {
        Word::Final("timeout")
    } else if error.is_dns() {
        Word::Final("dns")
    } else if error.is_connect() {
        Word::Connecting
    } else if error.is_redirect() {
        Word::Final("redirect")
    } else if error.is_builder() {
        Word::Final("builder")
    } else if error.is_decode() {
        Word::Unless("decode")
    } else if error.is_body() {
        Word::Unless("body")
    } else {
        Word::Unless("request")
    }
}

/// What a middleware's error is, which passes itself over when it is asked for its cause.
pub(crate) fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<reqwest_middleware::Error>()? {
        reqwest_middleware::Error::Middleware(error) => Some(error.as_ref()),
        reqwest_middleware::Error::Reqwest(error) => Some(error),
    }
}

pub(crate) fn as_error(value: &dyn Any) -> Option<&(dyn Error + 'static)> {
    if let Some(error) = value.downcast_ref::<reqwest::Error>() {
        return Some(error);
    }
    let error = value.downcast_ref::<reqwest_middleware::Error>()?;
    Some(error)
}
