//! A scrape of a hundred thousand series, while somebody observes.

use std::hint::black_box;
use std::io::{self, Write};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use prometheus::Registry;
use traceprop_metrics::{ExemplarHistogramVec, Limits, OpenMetricsEncoder};

use super::fixtures::{LABELS, span};
use super::observe::opts;
use super::two_threads::pin;
use crate::allocations;

const SERIES: usize = 100_000;
/// Measurements of observers, alone and while they are scraped in turns.
const PAIRS: usize = 3;
/// Observations of one measurement, of which each is timed.
const LOOKS: usize = 1_000_000;

/// What an observer's p99.9 may grow by: it shares caches and memory with the scrape, but no lock.
const BLOCKED: f64 = 3.0;

/// What a scrape may hold besides a piece of the body: a pointer for each series, and small change.
const HELD: usize = 16 * SERIES;

pub struct Scrape {
    /// The body's length, and what the scrape held at most, in bytes.
    body: usize,
    peak: usize,
    taken: Duration,
    alone: Latency,
    scraped: Latency,
}

/// Nanoseconds.
struct Latency {
    median: u64,
    p99_9: u64,
    max: u64,
}

pub fn measure() -> Scrape {
    let (registry, histograms) = (Registry::new(), series());
    registry
        .register(Box::new(histograms.clone()))
        .expect("an empty registry");
    let encoder = OpenMetricsEncoder::new();
    let scrape = || {
        let mut sink = Sink(0);
        encoder
            .encode_to(&registry, &mut sink)
            .expect("a sink takes everything");
        sink.0
    };
    scrape();
    let began = Instant::now();
    let (body, peak) = allocations::peak(scrape);
    let taken = began.elapsed();
    let observers = |scraping: bool| {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let observer = scope.spawn(|| {
                pin(1);
                let latency = observe(&histograms);
                done.store(true, Relaxed);
                latency
            });
            pin(0);
            while scraping && !done.load(Relaxed) {
                black_box(scrape());
            }
            observer.join().expect("no panic")
        })
    };
    let (alone, scraped): (Vec<_>, Vec<_>) = (0..PAIRS)
        .map(|_| (observers(false), observers(true)))
        .unzip();
    Scrape {
        body,
        peak,
        taken,
        alone: Latency::least(&alone),
        scraped: Latency::least(&scraped),
    }
}

/// What a server does with the pieces of a body, without the network: they are gone.
struct Sink(usize);

impl Write for Sink {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0 += piece.len();
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Latency {
    /// The least of each: what else the machine does makes observers slower, never faster.
    fn least(all: &[Self]) -> Self {
        let least = |of: fn(&Self) -> u64| all.iter().map(of).min().unwrap_or_default();
        Self {
            median: least(|it| it.median),
            p99_9: least(|it| it.p99_9),
            max: least(|it| it.max),
        }
    }
}

/// A number of five digits in three labels.
fn label_set(number: usize) -> [String; 3] {
    [number / 1000, number / 10 % 100, number % 10].map(|part| format!("value-{part}"))
}

fn series() -> ExemplarHistogramVec {
    let histograms = ExemplarHistogramVec::new(opts(), &LABELS)
        .expect("valid options")
        .limits(&Limits::none());
    let (span, at) = (span(), Instant::now());
    for number in 0..SERIES {
        histograms
            .with_label_values(&label_set(number))
            .observe_at(0.02, &span, at);
    }
    histograms
}

/// Looks series up all over the place, more than a thread can remember, and observes.
fn observe(histograms: &ExemplarHistogramVec) -> Latency {
    let sets: Vec<_> = (0..SERIES).map(label_set).collect();
    let (span, mut nanos) = (span(), Vec::with_capacity(LOOKS));
    for look in 0..LOOKS {
        let set = &sets[look * 7919 % SERIES];
        let began = Instant::now();
        histograms
            .with_label_values(set)
            .observe_at(0.02, &span, began);
        nanos.push(began.elapsed().as_nanos() as u64);
    }
    nanos.sort_unstable();
    Latency {
        median: nanos[LOOKS / 2],
        p99_9: nanos[LOOKS - LOOKS / 1000],
        max: nanos[LOOKS - 1],
    }
}

impl Scrape {
    /// Prints what was measured, and returns what is above its maximum.
    pub fn report(&self) -> Vec<String> {
        const MIB: f64 = (1 << 20) as f64;
        println!("a scrape of {SERIES} series of 14 buckets\n");
        println!(
            "body {:.1} MiB in {:.0} ms",
            self.body as f64 / MIB,
            self.taken.as_secs_f64() * 1e3
        );
        println!(
            "memory at its peak {} bytes ({:.1} MiB)",
            self.peak,
            self.peak as f64 / MIB
        );
        for (name, latency) in [
            ("alone", &self.alone),
            ("scraped all the while", &self.scraped),
        ] {
            let Latency { median, p99_9, max } = latency;
            println!("an observer, {name}: median {median} ns, p99.9 {p99_9} ns, longest {max} ns");
        }
        println!();
        let slower = self.scraped.p99_9 as f64 / self.alone.p99_9 as f64;
        let blocked =
            (slower > BLOCKED).then(|| format!("observers while scraped, p99.9: {slower:.3}"));
        let holds = (self.peak > HELD).then(|| format!("a scrape holds {} bytes", self.peak));
        blocked.into_iter().chain(holds).collect()
    }
}
