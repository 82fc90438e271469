//! The value of one label of one call.

use std::sync::Arc;

/// A label's value, in the form that costs least to hand on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Absent,
    Static(&'static str),
    Shared(&'a Arc<str>),
    Text(&'a str),
    Number(&'a Digits),
}

impl<'a> Value<'a> {
    pub(super) fn shared(value: Option<&'a Arc<str>>) -> Self {
        value.map_or(Self::Absent, Self::Shared)
    }

    pub(super) fn fixed(value: Option<&'static str>) -> Self {
        value.map_or(Self::Absent, Self::Static)
    }

    pub(super) fn text(value: Option<&'a str>) -> Self {
        value.map_or(Self::Absent, Self::Text)
    }

    /// As a Prometheus label has it, where an absent one is empty.
    pub(super) fn as_str(self) -> &'a str {
        match self {
            Self::Absent => "",
            Self::Static(text) => text,
            Self::Text(text) => text,
            Self::Shared(text) => text,
            Self::Number(digits) => digits.as_str(),
        }
    }
}

/// The decimal digits of a number, on the stack: label values are looked up as text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    bytes: [u8; 10],
    start: usize,
    #[cfg_attr(
        not(feature = "otel"),
        allow(dead_code, reason = "text is enough there")
    )]
    number: Option<u32>,
}

impl Digits {
    /// Those of `number`, or none at all.
    pub(super) fn of(number: Option<impl Into<u32>>) -> Self {
        let number = number.map(Into::into);
        let mut digits = Self {
            bytes: [0; 10],
            start: 10,
            number,
        };
        let Some(mut rest) = number else {
            return digits;
        };
        // A `u32` has ten digits at most, so the array never ends first.
        for (at, byte) in digits.bytes.iter_mut().enumerate().rev() {
            *byte = b'0' + (rest % 10) as u8;
            digits.start = at;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        digits
    }

    pub(super) fn as_str(&self) -> &str {
        self.bytes
            .get(self.start..)
            .and_then(|digits| str::from_utf8(digits).ok())
            .unwrap_or_default()
    }

    #[cfg(feature = "otel")]
    pub(super) fn number(&self) -> Option<u32> {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_length() {
        for number in [0, 9, 10, 200, 503, 8080, 65535, u32::MAX] {
            assert_eq!(Digits::of(Some(number)).as_str(), number.to_string());
        }
        assert_eq!(Digits::of(None::<u32>).as_str(), "");
    }
}
