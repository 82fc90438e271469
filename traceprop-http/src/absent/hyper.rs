//! No hyper.

use std::any::Any;
use std::error::Error;
use std::net::SocketAddr;

use http::Extensions;

use crate::failure::Word;

pub(crate) fn peer(_extensions: &Extensions) -> Option<SocketAddr> {
    None
}

pub(crate) fn word(_error: &(dyn Error + 'static)) -> Word {
    Word::Nothing
}

pub(crate) fn as_error(_value: &dyn Any) -> Option<&(dyn Error + 'static)> {
    None
}
