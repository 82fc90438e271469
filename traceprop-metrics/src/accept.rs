//! Which of two formats a scraper asks for.

/// Registered schemes for names outside the classic alphabet; ours and `prometheus`'s are always inside.
const ESCAPING: [(&str, &str); 4] = [
    (
        "allow-utf-8",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
    ),
    (
        "underscores",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
    ),
    (
        "dots",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots",
    ),
    (
        "values",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=values",
    ),
];

pub(crate) const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
pub(crate) const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The `Content-Type` to answer an `Accept` header with.
///
/// OpenMetrics only for those who name it, in version 1.0.0 or without one, and like nothing better;
/// the text format for all others, also for those who accept neither: a scrape is worth more than a 406.
pub(crate) fn content_type(accept: &str) -> &'static str {
    let mut openmetrics: Option<(u16, &'static str)> = None;
    // How exactly a range names the text format, and how much it is liked.
    let mut text = (0_u8, 0_u16);
    for range in accept.split(',') {
        let range = Range::parse(range);
        let (media, quality) = (range.media, range.quality);
        if media.eq_ignore_ascii_case("application/openmetrics-text") {
            if matches!(range.version, None | Some("1.0.0"))
                && openmetrics.is_none_or(|(best, _)| quality > best)
            {
                openmetrics = Some((quality, range.openmetrics()));
            }
            continue;
        }
        let exactness = match media {
            _ if media.eq_ignore_ascii_case("text/plain")
                && matches!(range.version, None | Some("0.0.4")) =>
            {
                3
            }
            _ if media.eq_ignore_ascii_case("text/*") => 2,
            "*/*" => 1,
            _ => continue,
        };
        text = text.max((exactness, quality));
    }
    match openmetrics {
        Some((quality, answer)) if quality > 0 && quality >= text.1 => answer,
        _ => TEXT,
    }
}

/// One media range of an `Accept` header: RFC 9110, section 12.5.1.
struct Range<'a> {
    media: &'a str,
    /// In thousandths.
    quality: u16,
    version: Option<&'a str>,
    escaping: Option<&'a str>,
}

impl<'a> Range<'a> {
    fn parse(range: &'a str) -> Self {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let mut parsed = Self {
            media,
            quality: 1000,
            version: None,
            escaping: None,
        };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("q") {
                // A quality that is none counts as the least.
                parsed.quality = quality(value).unwrap_or_default();
            } else if name.eq_ignore_ascii_case("version") {
                parsed.version = Some(value);
            } else if name.eq_ignore_ascii_case("escaping") {
                parsed.escaping = Some(value);
            }
        }
        parsed
    }

    /// Echoes the escaping scheme, as scrapers that sent one expect; one we do not know is not echoed.
    fn openmetrics(&self) -> &'static str {
        let known = ESCAPING
            .iter()
            .find(|(scheme, _)| self.escaping == Some(scheme));
        known.map_or(OPENMETRICS, |(_, content_type)| content_type)
    }
}

/// `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`, in thousandths.
fn quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = fraction
        .bytes()
        .chain([b'0'; 3])
        .take(3)
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_table() {
        const PROMETHEUS_2: &str = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                                    text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                                    application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                                    text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        #[rustfmt::skip]
        let table = [
            ("Prometheus 2.42",             PROMETHEUS_2,                                                     OPENMETRICS),
            ("Prometheus 3 is echoed",      PROMETHEUS_3,                                                     ESCAPING[0].1),
            ("nothing",                     "",                                                               TEXT),
            ("a browser or curl",           "*/*",                                                            TEXT),
            ("text alone",                  "text/plain;version=0.0.4",                                       TEXT),
            ("OpenMetrics alone",           "application/openmetrics-text",                                   OPENMETRICS),
            ("quoted, in capitals, spaced", "Application/OpenMetrics-Text ; Version = \"1.0.0\" ; Q = 0.9",   OPENMETRICS),
            ("a tie is ours",               "text/plain, application/openmetrics-text; version=1.0.0",        OPENMETRICS),
            ("text is liked better",        "text/plain, application/openmetrics-text; version=1.0.0; q=0.9", TEXT),
            ("the exact range counts",      "*/*, text/plain; q=0.1, application/openmetrics-text; q=0.5",    OPENMETRICS),
            ("an unknown version",          "application/openmetrics-text; version=2.0.0",                    TEXT),
            ("an old version",              "application/openmetrics-text; version=0.0.1",                    TEXT),
            ("refused",                     "application/openmetrics-text; q=0",                              TEXT),
            ("a quality that is none",      "application/openmetrics-text; q=2, text/plain; q=0.001",         TEXT),
            ("an escaping that is none",    "application/openmetrics-text; escaping=\r\nset-cookie",          OPENMETRICS),
            ("protobuf is not ours",        "application/vnd.google.protobuf, */*; q=0.1",                    TEXT),
            ("garbage",                     ";;=,,q=;\u{0},,application/;=;\"",                               TEXT),
        ];
        for (name, accept, want) in table {
            assert_eq!(content_type(accept), want, "{name}");
        }
    }

    #[test]
    fn quality_table() {
        for (text, want) in [
            ("1", Some(1000)),
            ("1.000", Some(1000)),
            ("0.5", Some(500)),
            ("0.", Some(0)),
            ("0.123", Some(123)),
        ] {
            assert_eq!(quality(text), want, "{text}");
        }
        for text in ["", "1.001", "0.1234", "-1", "0.x", "2", "nan"] {
            assert_eq!(quality(text), None, "{text}");
        }
    }
}
