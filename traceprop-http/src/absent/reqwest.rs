//! No reqwest.

use std::any::Any;
use std::error::Error;

use crate::failure::Word;

pub(crate) fn word(_error: &(dyn Error + 'static)) -> Word {
    Word::Nothing
}

pub(crate) fn inner<'a>(_error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    None
}

pub(crate) fn as_error(_value: &dyn Any) -> Option<&(dyn Error + 'static)> {
    None
}
