//! Which format and which compression a scraper asks for.

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
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// What to answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Version 1.0.0, with this `Content-Type`.
    OpenMetrics(&'static str),
    /// Messages of the type `MetricFamily`, each after its length.
    Protobuf,
    /// Version 0.0.4.
    Text,
}

impl Format {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics(content_type) => content_type,
            Self::Protobuf => PROTOBUF,
            Self::Text => TEXT,
        }
    }

    pub(crate) fn is_openmetrics(self) -> bool {
        matches!(self, Self::OpenMetrics(_))
    }
}

/// The format to answer an `Accept` header with.
///
/// OpenMetrics only for those who name it, in version 1.0.0 or without one, and like nothing better;
/// likewise protobuf, where the caller can write it; of two that are liked alike, the one named first.
/// The text format is for all others, also for those who accept none: a scrape is worth more than a 406.
pub(crate) fn negotiate(accept: &str, protobuf: bool) -> Format {
    let mut best: Option<(u16, Format)> = None;
    // How exactly a range names the text format, and how much it is liked.
    let mut text = (0_u8, 0_u16);
    for range in accept.split(',') {
        let range = Range::parse(range);
        if let Some(format) = range.named(protobuf) {
            if best.is_none_or(|(quality, _)| range.quality > quality) {
                best = Some((range.quality, format));
            }
        } else if let Some(exactness) = range.names_text() {
            text = text.max((exactness, range.quality));
        }
    }
    match best {
        Some((quality, format)) if quality > 0 && quality >= text.1 => format,
        _ => Format::Text,
    }
}

/// Whether an `Accept-Encoding` header allows `gzip`: RFC 9110, section 12.5.3.
pub(crate) fn allows_gzip(accept_encoding: &str) -> bool {
    // How exactly a coding names gzip, and whether it may be used.
    let mut gzip = (0_u8, false);
    for coding in accept_encoding.split(',').map(Range::parse) {
        let exactness = match coding.media {
            name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => 2,
            "*" => 1,
            _ => continue,
        };
        gzip = gzip.max((exactness, coding.quality > 0));
    }
    gzip.1
}

/// One media range of an `Accept` header: RFC 9110, section 12.5.1.
struct Range<'a> {
    media: &'a str,
    /// In thousandths.
    quality: u16,
    version: Option<&'a str>,
    escaping: Option<&'a str>,
    proto: Option<&'a str>,
    encoding: Option<&'a str>,
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
            proto: None,
            encoding: None,
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
            } else if name.eq_ignore_ascii_case("proto") {
                parsed.proto = Some(value);
            } else if name.eq_ignore_ascii_case("encoding") {
                parsed.encoding = Some(value);
            }
        }
        parsed
    }

    /// The format that has to be named to be given.
    fn named(&self, protobuf: bool) -> Option<Format> {
        if self
            .media
            .eq_ignore_ascii_case("application/openmetrics-text")
        {
            matches!(self.version, None | Some("1.0.0"))
                .then(|| Format::OpenMetrics(self.openmetrics()))
        } else if protobuf
            && self
                .media
                .eq_ignore_ascii_case("application/vnd.google.protobuf")
        {
            let is_ours = self.proto == Some("io.prometheus.client.MetricFamily")
                && self.encoding == Some("delimited");
            is_ours.then_some(Format::Protobuf)
        } else {
            None
        }
    }

    /// How exactly this names the text format, if it does.
    fn names_text(&self) -> Option<u8> {
        match self.media {
            media if media.eq_ignore_ascii_case("text/plain") => {
                matches!(self.version, None | Some("0.0.4")).then_some(3)
            }
            media if media.eq_ignore_ascii_case("text/*") => Some(2),
            "*/*" => Some(1),
            _ => None,
        }
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
            assert_eq!(negotiate(accept, false).content_type(), want, "{name}");
        }
    }

    #[test]
    fn protobuf_table() {
        const PROMETHEUS_2: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,\
                                    application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,\
                                    text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        const NAMED: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        let less = format!("application/openmetrics-text, {NAMED};q=0.9");
        let tie = format!("application/openmetrics-text, {NAMED}");
        #[rustfmt::skip]
        let table = [
            ("Prometheus 2.42 with native histograms", PROMETHEUS_2,                           PROTOBUF),
            ("alone",                                  NAMED,                                  PROTOBUF),
            ("quoted",                                 "application/vnd.google.protobuf; proto=\"io.prometheus.client.MetricFamily\"; encoding=\"delimited\"", PROTOBUF),
            ("OpenMetrics is liked better",            &less,                                  OPENMETRICS),
            ("the first of a tie",                     &tie,                                   OPENMETRICS),
            ("another encoding",                       "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", TEXT),
            ("another message",                        "application/vnd.google.protobuf;proto=a.B;encoding=delimited", TEXT),
            ("none in particular",                     "application/vnd.google.protobuf",      TEXT),
        ];
        for (name, accept, want) in table {
            assert_eq!(negotiate(accept, true).content_type(), want, "{name}");
        }
        assert_ne!(negotiate(PROMETHEUS_2, false).content_type(), PROTOBUF);
    }

    #[test]
    fn gzip_table() {
        #[rustfmt::skip]
        let table = [
            ("gzip", true), ("GZIP;q=0.5", true), ("deflate, gzip;q=1.0, *;q=0.5", true), ("*", true), ("x-gzip", true),
            ("", false), ("identity", false), ("gzip;q=0", false), ("*;q=0", false), ("gzip;q=0, *", false), ("gzipped", false),
            ("gzip;q=x", false), (";,,=", false),
        ];
        for (header, want) in table {
            assert_eq!(allows_gzip(header), want, "{header}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_headers_hold_there_is_an_answer(header in "[ -~]{0,40}|([a-z*/;,=q.0-9\"]{0,9},?){0,9}") {
            let format = negotiate(&header, true);
            proptest::prop_assert!(format == Format::Text || header.to_ascii_lowercase().contains("application/"));
            proptest::prop_assert!(!allows_gzip(&header) || header.contains(['*', 'z', 'Z']));
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
