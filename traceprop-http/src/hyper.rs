//! hyper's errors, and the address that its client connected to: the one place that names hyper.

use std::any::Any;
use std::error::Error;
use std::net::SocketAddr;

use http::Extensions;
use hyper_util::client::legacy::{self, connect::HttpInfo};

use crate::failure::Word;

/// Where the response came from, if hyper's connector said so.
pub(crate) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get().map(HttpInfo::remote_addr)
}

pub(crate) fn word(error: &(dyn Error + 'static)) -> Word {
    if let Some(error) = error.downcast_ref::<legacy::Error>() {
        return match error.is_connect() {
            true => Word::Connecting,
            false => Word::Nothing,
        };
    }
    let Some(error) = error.downcast_ref::<hyper::Error>() else {
        return Word::Nothing;
    };
    if error.is_timeout() {
        Word::Final("timeout")
    } else if error.is_parse() {
        Word::Final("protocol")
    } else if error.is_incomplete_message() || error.is_closed() {
        Word::Final("connection_closed")
    } else {
        Word::Nothing
    }
}

pub(crate) fn as_error(value: &dyn Any) -> Option<&(dyn Error + 'static)> {
    if let Some(error) = value.downcast_ref::<legacy::Error>() {
        return Some(error);
    }
    value
        .downcast_ref::<hyper::Error>()
        .map(|error| error as &(dyn Error + 'static))
}
