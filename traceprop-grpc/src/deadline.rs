//! The deadline that a call carries.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName};

// Timeout = "grpc-timeout" TimeoutValue TimeoutUnit          (gRPC over HTTP/2, Requests)
//   TimeoutValue = 1*8DIGIT · TimeoutUnit = H / M / S / m / u / n

static GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The part of its timeout by which a caller's deadline may come before the one that is reckoned here:
/// its clock started when it sent the call, which then waited for a connection and travelled. A caller
/// whose time is up resets the stream, and that is what is seen here.
const EARLY: u32 = 20;

/// When the call that starts now with these headers times out, or so shortly before that whoever gives
/// it up then does so for that.
pub(crate) fn of(headers: &HeaderMap) -> Option<Instant> {
    let timeout = parse(headers.get(&GRPC_TIMEOUT)?.as_bytes())?;
    Instant::now().checked_add(timeout - timeout / EARLY)
}

fn parse(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits
        .iter()
        .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    match unit {
        b'H' => Some(Duration::from_secs(number * 3600)),
        b'M' => Some(Duration::from_secs(number * 60)),
        b'S' => Some(Duration::from_secs(number)),
        b'm' => Some(Duration::from_millis(number)),
        b'u' => Some(Duration::from_micros(number)),
        b'n' => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeout_table() {
        let table: [(&str, Option<Duration>); 9] = [
            ("1H", Some(Duration::from_secs(3600))),
            ("2M", Some(Duration::from_secs(120))),
            ("3S", Some(Duration::from_secs(3))),
            ("4m", Some(Duration::from_millis(4))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("999999999n", None),
            ("-1S", None),
            ("S", None),
            ("", None),
        ];
        for (value, want) in table {
            assert_eq!(parse(value.as_bytes()), want, "{value}");
        }
    }
}
