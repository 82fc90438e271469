//! Rare slow requests get their exemplar, however much fast traffic there is beside them.
//!
//! On a virtual clock: 600 seconds of lognormal traffic around 10 ms, every request sampled, and 60
//! requests of 3 s at random times among it. A request counts as kept if its bucket's exemplar was it for
//! some time, as an exporter that streams would see it; so that the numbers are those of the gate alone.
//! A server that scrapes sees a part of them, one for each bucket and scrape at most: how many that is at a
//! scrape every 15 seconds is counted, too.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use common::openmetrics;
use prometheus::{HistogramOpts, Registry};
use traceprop_metrics::ExemplarHistogram;

/// The bounds of the semantic conventions, in seconds.
const BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
const SECONDS: u64 = 600;
const RARE: usize = 60;
const SLOW: f64 = 3.0;
const SCRAPE_MS: u64 = 15_000;

/// SplitMix64: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and 1, and neither of them.
    fn fraction(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Lognormal, with a median of 10 ms: one in 40 is slower than 70 ms.
    fn duration(&mut self) -> f64 {
        let radius = (-2.0 * self.fraction().ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.fraction()).cos();
        0.010 * normal.exp()
    }
}

/// What ends when, in microseconds, and how long it took.
fn traffic(rate: u64) -> Vec<(u64, f64)> {
    let mut random = Random(rate);
    let mut end = || (random.fraction() * (SECONDS * 1_000_000) as f64) as u64;
    let mut requests: Vec<(u64, f64)> = (0..RARE).map(|_| (end(), SLOW)).collect();
    let fast: Vec<u64> = (0..rate * SECONDS).map(|_| end()).collect();
    requests.extend(fast.into_iter().map(|end| (end, random.duration())));
    requests.sort_unstable_by_key(|(end, _)| *end);
    requests
}

/// How many of the rare ones were kept, and how many of those a scrape saw.
struct Kept {
    at_all: usize,
    scraped: usize,
}

fn ours(requests: &[(u64, f64)]) -> Kept {
    let registry = Registry::new();
    let opts = HistogramOpts::new("h", "H.").buckets(BOUNDS.to_vec());
    let histogram = ExemplarHistogram::new(opts).unwrap();
    registry.register(Box::new(histogram.clone())).unwrap();
    let start = Instant::now();
    let fast = common::span(u64::MAX);
    let (mut kept, mut next_scrape) = (
        Kept {
            at_all: 0,
            scraped: 0,
        },
        SCRAPE_MS,
    );
    let mut seen = HashSet::new();
    for (number, (end, duration)) in requests.iter().enumerate() {
        while *end >= next_scrape * 1000 {
            let body = openmetrics(&registry);
            let slow = body
                .lines()
                .find(|line| line.starts_with("h_bucket{le=\"5.0\"}"));
            if let Some((_, exemplar)) = slow.unwrap().split_once(" # ") {
                let id = exemplar.split('"').nth(1).unwrap().to_owned();
                kept.scraped += usize::from(seen.insert(id));
            }
            next_scrape += SCRAPE_MS;
        }
        let at = start + Duration::from_micros(*end);
        if *duration < SLOW {
            histogram.observe_at(*duration, &fast, at);
        } else {
            let id = number as u64 + 1;
            histogram.observe_at(*duration, &common::span(id), at);
            let mine = format!("span_id=\"{id:016x}\"");
            kept.at_all += usize::from(openmetrics(&registry).contains(&mine));
        }
    }
    kept
}

/// client_java 1.8's sampler, by its documented constants and what its source does.
///
/// A series has one flag that says whether the next observation is looked at at all. It is lowered when
/// one was looked at, and raised again 90 ms later, or when an exemplar is due to be dropped. An exemplar
/// may be replaced once it is 7 s old, and is dropped after 70 s. What reaches a place it cannot take has
/// lowered the flag all the same.
struct FlagPerSeries {
    accepts_from_us: u64,
    stored_us: Vec<Option<u64>>,
}

impl FlagPerSeries {
    const SAMPLE_INTERVAL_US: u64 = 90_000;
    const MIN_RETENTION_US: u64 = 7_000_000;
    const MAX_RETENTION_US: u64 = 70_000_000;

    fn observe(&mut self, now_us: u64, duration: f64) -> bool {
        if now_us < self.accepts_from_us {
            return false;
        }
        self.accepts_from_us = now_us + Self::SAMPLE_INTERVAL_US;
        let bucket = BOUNDS.iter().filter(|bound| **bound < duration).count();
        let is_old = |stored: u64| now_us - stored > Self::MIN_RETENTION_US;
        let takes = self.stored_us[bucket].is_none_or(is_old);
        if takes {
            self.stored_us[bucket] = Some(now_us);
        }
        for stored in &mut self.stored_us {
            *stored = stored.filter(|stored| now_us - stored < Self::MAX_RETENTION_US);
        }
        takes
    }
}

fn flag_per_series(requests: &[(u64, f64)]) -> usize {
    let mut sampler = FlagPerSeries {
        accepts_from_us: 0,
        stored_us: vec![None; BOUNDS.len() + 1],
    };
    let kept =
        |(end, duration): &&(u64, f64)| sampler.observe(*end, *duration) && *duration >= SLOW;
    requests.iter().filter(kept).count()
}

#[test]
fn sixty_slow_requests_are_kept_at_any_rate() {
    #[rustfmt::skip]
    let table = [
        // requests a second, most that a flag per series keeps
        (100,   15),
        (1_000,  5),
        (5_000,  2),
    ];
    for (rate, most) in table {
        let requests = traffic(rate);
        assert_eq!(requests.len() as u64, rate * SECONDS + RARE as u64);
        let (ours, theirs) = (ours(&requests), flag_per_series(&requests));
        let shown = format!(
            "{rate}/s: {} kept, {} scraped; flag: {theirs}",
            ours.at_all, ours.scraped
        );
        assert!(ours.at_all >= 54, "{shown}");
        // Sixty random times fall into 31 of the 40 intervals between scrapes, more or less.
        assert!(ours.scraped >= 26, "{shown}");
        assert!(theirs <= most, "{shown}");
    }
}
