//! What stands in one cell of a row: text of a given width, a bar, a duration.

use std::time::Duration;

use unicode_width::UnicodeWidthChar;

use crate::tree::{Charset, printable};

/// The columns that printable text takes in a terminal: two for a wide character, none for an accent.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Makes text printable and cuts it in the middle, so that it takes at most `columns`.
///
/// Reads no more of the text than could be shown: a name can be a megabyte.
pub(super) fn elide(text: &str, columns: usize, charset: Charset) -> String {
    // Beyond a few accents a character, they are there to overflow the row.
    let enough = columns * 4 + 1;
    let head: String = text.chars().take(enough).collect();
    if head.len() == text.len() {
        let whole = printable(text, charset);
        if width(&whole) <= columns {
            return whole.into_owned();
        }
    }
    let dots = match charset {
        Charset::Unicode => "…",
        Charset::Ascii => "~",
    };
    let room = columns.saturating_sub(1);
    let tail: Vec<char> = text.chars().rev().take(enough).collect();
    // An end tells apart what begins alike, such as routes; so it gets the larger half.
    let end = fit(tail.into_iter(), room - room / 2, charset);
    let start = fit(head.chars(), room - width(&end), charset);
    let end: String = end.chars().rev().collect();
    format!("{start}{dots}{end}")
}

fn fit(text: impl Iterator<Item = char>, columns: usize, charset: Charset) -> String {
    let text: String = text.collect();
    let mut left = columns;
    printable(&text, charset)
        .chars()
        .take_while(|c| match left.checked_sub(c.width().unwrap_or(0)) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
        .collect()
}

/// Fills text up with spaces to `columns`, which it must not exceed.
pub(super) fn pad(text: &str, columns: usize) -> String {
    let mut cell = text.to_owned();
    cell.extend(std::iter::repeat_n(
        ' ',
        columns.saturating_sub(width(text)),
    ));
    cell
}

/// A bar of `columns` cells that shows where the time from `start` to `end` lies in `total`; at least
/// one cell is filled.
pub(super) fn bar(
    (start, end): (Duration, Duration),
    total: Duration,
    columns: usize,
    charset: Charset,
) -> String {
    let (full, empty) = match charset {
        Charset::Unicode => ('█', '░'),
        Charset::Ascii => ('#', '.'),
    };
    let total = total.as_nanos().max(1);
    let cells = columns as u128;
    // Both are at most `columns`, as the span is cut at the ends of the whole.
    let cell = |nanos: u128| usize::try_from(nanos / total).unwrap_or(columns);
    let from = cell(start.as_nanos().min(total) * cells).min(columns.saturating_sub(1));
    let end = end.as_nanos().min(total) * cells;
    let to = cell(end.next_multiple_of(total)).clamp(from + 1, columns.max(from + 1));
    (0..columns)
        .map(|at| {
            if (from..to).contains(&at) {
                full
            } else {
                empty
            }
        })
        .collect()
}

/// The columns that a [`duration`] takes at most.
pub(super) const DURATION: usize = 7;

/// A duration in at most seven characters: `850ns`, `12.3µs`, `250ms`, `1.25s`, `3m20s`, `2h05m`, `9d`.
pub(super) fn duration(duration: Duration, charset: Charset) -> String {
    let nanos = duration.as_nanos();
    let micro = match charset {
        Charset::Unicode => "µs",
        Charset::Ascii => "us",
    };
    let seconds = duration.as_secs();
    match nanos {
        0..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => decimal(nanos, 1_000, micro),
        1_000_000..1_000_000_000 => decimal(nanos, 1_000_000, "ms"),
        1_000_000_000..60_000_000_000 => decimal(nanos, 1_000_000_000, "s"),
        _ if seconds < 3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ if seconds < 86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d", (seconds / 86_400).min(999_999)),
    }
}

/// Three digits of a number that lies between one and a thousand units, without zeros at the end.
fn decimal(nanos: u128, unit: u128, name: &str) -> String {
    let digits = match nanos / unit {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    let scale = 10_u128.pow(digits);
    // Rounded down, so that 999.9 does not become a thousand of the smaller unit.
    let scaled = nanos * scale / unit;
    let (whole, fraction) = (scaled / scale, scaled % scale);
    let places = digits as usize;
    let fraction = format!("{fraction:0places$}");
    match fraction.trim_end_matches('0') {
        "" => format!("{whole}{name}"),
        fraction => format!("{whole}.{fraction}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Charset::{Ascii, Unicode};

    #[test]
    fn durations() {
        #[rustfmt::skip]
        let table = [
            (0, "0ns"), (999, "999ns"), (1_000, "1µs"), (12_345, "12.3µs"), (999_999, "999µs"),
            (1_000_000, "1ms"), (1_050_000, "1.05ms"), (250_000_000, "250ms"), (999_999_999, "999ms"),
            (1_250_000_000, "1.25s"), (59_999_999_999, "59.9s"), (200_000_000_000, "3m20s"),
            (7_500_000_000_000, "2h05m"), (864_000_000_000_000, "10d"), (u64::MAX, "213503d"),
        ];
        for (nanos, text) in table {
            let got = duration(Duration::from_nanos(nanos), Unicode);
            assert_eq!(got, text);
            assert!(width(&got) <= DURATION, "{got}");
        }
        assert_eq!(duration(Duration::MAX, Unicode), "999999d");
        assert_eq!(duration(Duration::from_micros(5), Ascii), "5us");
    }

    #[test]
    fn bars() {
        let ms = Duration::from_millis;
        #[rustfmt::skip]
        let table = [
            // what it shows             start    end        total    bar
            ("all of it",                ms(0),   ms(100),   ms(100), "##########"),
            ("the middle",               ms(20),  ms(50),    ms(100), "..###....."),
            ("started cells are filled", ms(25),  ms(35),    ms(100), "..##......"),
            ("no time, at the end",      ms(100), ms(100),   ms(100), ".........#"),
            ("beyond the end",           ms(90),  ms(5_000), ms(100), ".........#"),
            ("behind the end",           ms(500), ms(510),   ms(100), ".........#"),
            ("a trace of no time",       ms(0),   ms(0),     ms(0),   "#........."),
        ];
        for (name, start, end, total, want) in table {
            assert_eq!(bar((start, end), total, 10, Ascii), want, "{name}");
        }
        let forever = Duration::from_nanos(u64::MAX);
        assert_eq!(bar((forever, Duration::MAX), forever, 3, Unicode), "░░█");
        assert_eq!(bar((ms(1), ms(1)), ms(1), 0, Unicode), "");
    }

    #[test]
    fn elision() {
        let accents = format!("a{}", "\u{301}".repeat(100_000));
        let megabyte = "x".repeat(1 << 20);
        #[rustfmt::skip]
        let table = [
            // what it shows         text                          columns  unicode
            ("fits",                 "GET /orders",                11,      "GET /orders"),
            ("cut in the middle",    "GET /orders/{id}/items",     11,      "GET /…items"),
            ("wide characters",      "注文の一覧を取得する",           9,       "注文…する"),
            ("controls first",       "\x1b[31m0123456789",         7,       "␛[3…789"),
            ("one column",           "abc",                        1,       "…"),
            ("a megabyte",           megabyte.as_str(),            5,       "xx…xx"),
        ];
        for (name, text, columns, want) in table {
            let got = elide(text, columns, Unicode);
            assert_eq!(got, want, "{name}");
            assert!(width(&got) <= columns, "{name}");
        }
        assert!(elide(&accents, 5, Unicode).chars().count() <= 50);
        assert_eq!(elide("GET /orders/{id}/items", 11, Ascii), "GET /~items");
        assert_eq!(pad("注文", 6), "注文  ");
    }
}
